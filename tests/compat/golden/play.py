"""Plays the script against a server and notes each exchange in a form that two servers, or two days, can share."""
import hashlib
import http.client
import json
import re
import urllib.parse

TIMEOUT_S = 60
NEWER_THAN_THE_SCRIPT_MS = 1_780_000_000_000  # the script's own times are older; a server's clock is not

LONG_TEXT, LONG_LIST = 1000, 50  # what is longer is kept by its beginning and a digest


def digest(text):
    return hashlib.sha256(text.encode()).hexdigest()[:12]


class Notes:
    """Ids become <1>, <2>, ... in the order of their appearance; a server's times, invented names and page tokens of runs become <time>, <name> and <token>."""

    def __init__(self):
        self.ids = {}
        self.tokens = set()

    def hide_tokens(self, answer):
        for key, item in answer.items() if isinstance(answer, dict) else ():
            if key in ('next_page_token', 'nextPageToken') and item:
                self.tokens.add(item)
            self.hide_tokens(item)

    def text(self, text):
        for token in self.tokens:
            text = text.replace(token, '<token>').replace(urllib.parse.quote_plus(token), '<token>')
        text = re.sub(r'\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b', lambda found: self.ids.setdefault(found.group(), f'<{len(self.ids) + 1}>'), text)
        text = re.sub(r'(?:(?<=%2F)|(?<=%27)|\b)(m-)?([0-9a-f]{32})\b', lambda found: (found.group(1) or '') + self.ids.setdefault(found.group(2), f'<{len(self.ids) + 1}>'), text)
        text = re.sub(r'\b(17[89]|1[89]\d)\d{10}\b', '<time>', text)
        text = re.sub(r'\bhttp://127\.0\.0\.1:\d+', 'http://<server>', text)
        text = re.sub(r' Error: \(.*', '', text, flags=re.DOTALL)  # the database library's own words
        text = re.sub(r"\{('[^{}]*')\}", lambda found: '{' + ', '.join(sorted(found.group(1).split(', '))) + '}', text)  # a Python set has no order
        if re.fullmatch(r'[a-z]+-[a-z]+-\d{1,4}', text):
            return '<name>'
        return text if len(text) <= LONG_TEXT else f'{text[:100]}... {len(text)} characters, {digest(text)}'

    def value(self, value):
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, dict):
            return {self.text(key): self.value(item) for key, item in unpacked(value).items()}
        if isinstance(value, list):
            items = [self.value(item) for item in sorted(value, key=rank)]
            return items if len(items) <= LONG_LIST else [*items[:3], f'... {len(items)} in all, {digest(json.dumps(items, sort_keys=True))}']
        if isinstance(value, float) and value != value:
            return 'bare NaN'
        if isinstance(value, int) and not isinstance(value, bool) and value >= NEWER_THAN_THE_SCRIPT_MS and value < 10**14:
            return '<time>'
        return value


def unpacked(value):
    """JSON that stands in texts of an evaluation dataset: how it is spaced is no one's business. Its digest is of the time, and records that came together have no order."""
    if isinstance(value.get('records'), str):
        records = [dict(record, inputs=json.dumps(record['inputs'], sort_keys=True)) for record in json.loads(value['records'])]
        return {**value, 'records': [json.dumps(record, sort_keys=True) for record in sorted(records, key=lambda record: record['inputs'])]}
    if 'dataset_id' in value and 'digest' in value:
        return {**value, 'digest': f'{len(value["digest"])} characters',
                **{key: json.dumps(json.loads(value[key]), sort_keys=True) for key in ('tags', 'schema', 'profile') if key in value}}
    return value


def rank(item):
    """MLflow promises no order for keys of one run, nor for files of one folder; other lists stay as they are."""
    if not isinstance(item, dict):
        return ''
    if set(item) <= {'key', 'value', 'timestamp', 'step'}:  # points of one history have one key
        return item.get('key', '')
    if 'dataset_id' in item:
        return ''
    if 'is_dir' in item:
        return item.get('path', '')
    if 'dataset' in item:
        return json.dumps(item['dataset'], sort_keys=True)
    if 'digest' in item:
        return json.dumps(item, sort_keys=True)
    return item.get('alias') or ''


class Play:
    def __init__(self, url):
        self.host = url.removeprefix('http://')
        self.notes = Notes()
        self.exchanges = []

    def get(self, path, /, **query):
        return self.call('GET', path, query=query)

    def post(self, path, /, body=None, label=None, **query):
        return self.call('POST', path, body, query, label)

    def patch(self, path, body=None):
        return self.call('PATCH', path, body)

    def delete(self, path, /, body=None, **query):
        return self.call('DELETE', path, body, query)

    def put(self, path, content):
        return self.call('PUT', path, content)

    def experiment(self, name):
        return self.post('experiments/create', {'name': name}).get('experiment_id', '')

    def run(self, experiment, name, start=1712000000000, **fields):
        answer = self.post('runs/create', {'experiment_id': experiment, 'start_time': start, 'run_name': name, **fields})
        return answer.get('run', {}).get('info', {}).get('run_id', '')

    def logged_model(self, experiment, name, **fields):
        answer = self.post('logged-models', {'experiment_id': experiment, 'name': name, **fields})
        return answer.get('model', {}).get('info', {}).get('model_id', '')

    def call(self, method, path, body=None, query=None, label=None, headers=None):
        """The answer's JSON, {} where it has none. A path without a leading / is one of /api/2.0/mlflow."""
        target = path if path.startswith('/') else '/api/2.0/mlflow/' + path
        if query:
            target += '?' + urllib.parse.urlencode(query, doseq=True)
        content, sent = encode(body)
        headers = {**({'Content-Type': 'application/json'} if isinstance(body, dict | list) else {}), **(headers or {})}
        connection = http.client.HTTPConnection(self.host, timeout=TIMEOUT_S)
        try:
            connection.request(method, target, content, headers)
            answer = connection.getresponse()
            received = answer.read()
        finally:
            connection.close()
        kind = (answer.getheader('Content-Type') or '').split(';')[0]
        value = decode(kind, received)
        if target.endswith(('/runs/search', '/graphql', '/traces/search')) or '/records' in target:
            self.notes.hide_tokens(value)
        asked = self.notes.text(f'{method} {target.removeprefix("/api/2.0/mlflow/")} {label or sent}'.rstrip())
        self.exchanges.append({'asked': asked, 'status': answer.status, 'kind': kind, 'body': self.notes.value(value)})
        return value if isinstance(value, dict) else {}


def encode(body):
    if body is None:
        return None, ''
    if isinstance(body, bytes):
        return body, body.decode() if len(body) < 100 and body.isascii() and body.decode().isprintable() else f'{len(body)} bytes'
    if isinstance(body, str):
        return body.encode(), body
    text = json.dumps(body, ensure_ascii=False)
    return text.encode(), text if len(text) < 1000 else f'{len(text)} characters'


def decode(kind, content):
    if 'json' in kind and content:
        return json.loads(content)
    return content.decode('latin-1')


def write(exchanges):
    """Two lines an exchange: what was asked, and what came."""
    return ''.join(f'> {e["asked"]}\n< {e["status"]} {e["kind"]} {json.dumps(e["body"], ensure_ascii=False, sort_keys=True)}\n' for e in exchanges)


def read(text):
    exchanges = []
    for line in text.split('\n'):
        if line.startswith('> '):
            exchanges.append({'asked': line[2:]})
        elif line.startswith('< '):
            status, kind, body = line[2:].split(' ', 2)
            exchanges[-1].update(status=int(status), kind=kind, body=json.loads(body))
    return exchanges
