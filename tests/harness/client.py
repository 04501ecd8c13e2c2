"""A small client of the server's REST for tests: JSON in, JSON out, and patience while the server is away."""
import http.client
import json
import time

TIMEOUT_S = 20


class Refused(Exception):
    def __init__(self, status, body):
        super().__init__(f'{status}: {body[:300]!r}')
        self.status, self.body = status, body

    @property
    def told(self):
        """What the answer says to the user."""
        try:
            answer = json.loads(self.body)
            return answer.get('message') or answer['error']['what']
        except (ValueError, KeyError, TypeError):
            return ''


class Client:
    def __init__(self, port):
        self.port = port

    def call(self, method, path, body=None, headers=None):
        """The answer as JSON, or as bytes where it is none. Refused on a status of 400 and above."""
        headers = dict(headers or {})
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection('127.0.0.1', self.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 400:
            raise Refused(answer.status, content)
        if 'json' in (answer.getheader('Content-Type') or ''):
            return json.loads(content)
        return content

    def get(self, path):
        return self.call('GET', path)

    def post(self, path, body, headers=None):
        return self.call('POST', path, body, headers)

    def put(self, path, body):
        return self.call('PUT', path, body)

    def persist(self, method, path, body=None, headers=None, patience_s=60):
        """Sends until there is an answer: what is sent must be the same when it is done twice."""
        end = time.monotonic() + patience_s
        while True:
            try:
                return self.call(method, path, body, headers)
            except (OSError, http.client.HTTPException):
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            except Refused as error:
                if error.status != 503 or time.monotonic() > end:
                    raise
                time.sleep(0.1)
