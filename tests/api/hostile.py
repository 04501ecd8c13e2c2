"""Requests that no client would send: a clear 4xx, at once, and the server stays up. On raw sockets, since clients refuse to send most."""
import gzip
import http.client
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from harness.server import Server  # noqa: E402

AT_ONCE_S = 2
JSON_ROUTE = '/api/2.0/mlflow/experiments/create'
MAX_RESIDENT_MIB = 400
GIB = 1 << 30


def exchange(server, head, pieces=(), timeout=10):
    """Sends bytes as they are; returns (status, body) of the answer, or (0, what happened) where there is none."""
    with socket.create_connection(('127.0.0.1', server.port), timeout=timeout) as s:
        answer = b''
        try:
            s.sendall(head.replace(b'HOST', f'127.0.0.1:{server.port}'.encode()))
            for piece in pieces:
                s.sendall(piece)
        except OSError:
            pass  # it has refused already; the answer stands in the socket
        try:
            while b'\r\n\r\n' not in answer or not complete(answer):
                got = s.recv(65536)
                if not got:
                    break
                answer += got
        except OSError as error:
            return 0, f'no answer: {error}'.encode()
    if not answer.startswith(b'HTTP/1.1 '):
        return 0, b'closed without an answer' if not answer else answer[:200]
    return int(answer[9:12]), answer.partition(b'\r\n\r\n')[2]


def complete(answer):
    head, _, body = answer.partition(b'\r\n\r\n')
    length = [line for line in head.lower().split(b'\r\n') if line.startswith(b'content-length:')]
    return not length or len(body) >= int(length[0].split(b':')[1])


def post(path, body, *headers, length=None):
    lines = [f'POST {path} HTTP/1.1', 'Host: HOST', 'Content-Type: application/json', f'Content-Length: {len(body) if length is None else length}', *headers]
    return '\r\n'.join(lines).encode() + b'\r\n\r\n' + body


def get(target, *headers, host='Host: HOST'):
    lines = [f'GET {target} HTTP/1.1', *([host] if host else []), *headers]
    return '\r\n'.join(lines).encode() + b'\r\n\r\n'


def endless_chunks(total):
    block = b'10000\r\n' + b' ' * 0x10000 + b'\r\n'
    for _ in range(total // 0x10000):
        yield block


CHUNKED = f'POST {JSON_ROUTE} HTTP/1.1\r\nHost: HOST\r\nTransfer-Encoding: chunked\r\n\r\n'.encode()
BOMB = gzip.compress(b'0' * (256 << 20), 1)

# name, bytes, more pieces, statuses that are right, text that the answer must hold
CASES = [
    ('10 GiB announced', post(JSON_ROUTE, b'', length=10 * GIB), (), {413}, 'larger than'),
    ('10 GiB announced to a scoring route', post('/endpoints/x/invocations', b'', length=10 * GIB), (), {413}, 'larger than'),
    ('10 GiB in chunks', CHUNKED, endless_chunks(10 * GIB), {413}, 'larger than'),
    ('a length beyond 64 bits', post(JSON_ROUTE, b'', length='99999999999999999999999'), (), {400}, ''),
    ('a negative length', post(JSON_ROUTE, b'', length=-1), (), {400}, ''),
    ('two lengths', post(JSON_ROUTE, b'{}', 'Content-Length: 5'), (), {400}, ''),
    ('a length and chunks', post(JSON_ROUTE, b'0\r\n\r\n', 'Transfer-Encoding: chunked'), (), {400}, ''),
    ('a chunk of no size', CHUNKED, (b'xyz\r\n',), {400}, ''),
    ('a gzip bomb', post(JSON_ROUTE, BOMB, 'Content-Encoding: gzip'), (), {413}, ''),
    ('no gzip', post(JSON_ROUTE, b'{"name": "x"}', 'Content-Encoding: gzip'), (), {400}, ''),
    ('malformed JSON', post(JSON_ROUTE, b'{"name": "x",\n "tags": [}'), (), {400}, 'line 2, column 11'),
    ('JSON cut off', post(JSON_ROUTE, b'{"name": "x'), (), {400}, 'line 1, column 12'),
    ('JSON nested 100,000 deep', post(JSON_ROUTE, b'[' * 100_000 + b']' * 100_000), (), {400}, 'deeper than'),
    ('JSON objects nested 50,000 deep', post(JSON_ROUTE, b'{"a":' * 50_000 + b'1' + b'}' * 50_000), (), {400}, 'deeper than'),
    ('JSON that is not UTF-8', post(JSON_ROUTE, b'{"name": "\xff\xfe"}'), (), {400}, 'UTF-8'),
    ('JSON that is no object', post(JSON_ROUTE, b'[1, 2]'), (), {400}, 'object'),
    ('a number too large', post(JSON_ROUTE, b'{"name": "n", "x": 1e999}'), (), {400}, ''),
    ('no body', post(JSON_ROUTE, b''), (), {400}, 'name'),
    ('headers of 1 MiB', get('/v2', 'X-Long: ' + 'a' * (1 << 20)), (), {431}, 'larger than'),
    ('a target of 1 MiB', get('/v2?' + 'a' * (1 << 20)), (), {414, 431}, ''),
    ('10,000 headers', get('/v2', *[f'X-{i}: 1' for i in range(10_000)]), (), {431}, ''),
    ('no HTTP', b'\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03' + b'\0' * 64 + b'\r\n\r\n', (), {400}, 'HTTP'),
    ('the start of HTTP/2', b'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', (), {400, 505}, ''),
    ('a method of its own', b'BREW /v2 HTTP/1.1\r\nHost: HOST\r\n\r\n', (), {400, 405}, ''),
    ('an unknown path', get('/api/v1/no-such-thing'), (), {404}, ''),
    ('a zero byte in the path', get('/api/%00'), (), {400}, ''),
    ('a broken escape in the path', get('/api/%zz'), (), {400}, ''),
    ('out of the root', get('/../../etc/passwd'), (), {400, 404}, ''),
    ('out of the assets', get('/assets/../../../etc/passwd'), (), {400, 404}, ''),
    ('out of the assets, escaped', get('/assets/%2e%2e/%2e%2e/etc/passwd'), (), {400, 404}, ''),
    ('an absolute target', get('http://example.org/v2'), (), {400, 403}, ''),
    ('no Host', get('/v2', host=''), (), {400}, 'Host'),
    ('a foreign Host', get('/v2', host='Host: example.org'), (), {403}, 'example.org'),
    ('a Host that begins like ours', get('/v2', host='Host: 127.0.0.1.example.org'), (), {403}, ''),
    ('a Host that ends like ours', get('/v2', host='Host: evil-localhost'), (), {403}, ''),
    ('two Hosts', get('/v2', 'Host: example.org'), (), {400, 403}, ''),
    ('a foreign Origin', get('/v2', 'Origin: http://example.org'), (), {403}, 'example.org'),
    ('the Origin of a file', get('/v2', 'Origin: null'), (), {403}, ''),
    ('the Origin of another port', get('/v2', 'Origin: http://127.0.0.1:1'), (), {403}, ''),
    ('a post from a foreign page', post(JSON_ROUTE, b'{"name": "x"}', 'Origin: http://example.org'), (), {403}, ''),
    ('a range of nonsense', get('/api/2.0/mlflow-artifacts/artifacts/none', 'Range: bytes=9-1,x'), (), {400, 404, 416}, ''),
]


def judge(server, head, pieces, statuses, holds):
    started = time.monotonic()
    status, body = exchange(server, head, pieces)
    problems = []
    if status not in statuses:
        problems.append(f'status: expected {sorted(statuses)}, found {status}: {body[:200]!r}')
    if holds and holds.encode() not in body:
        problems.append(f'expected {holds!r} in the answer, found {body[:300]!r}')
    if status and not is_told(body):
        problems.append(f'the answer tells no reason: {body[:200]!r}')
    if time.monotonic() - started > AT_ONCE_S:
        problems.append(f'took {time.monotonic() - started:.1f} s')
    return problems + still_serves(server)


def is_told(body):
    try:
        told = json.loads(body)
    except ValueError:
        return body.startswith(b'There is no file ')  # the page's assets are plain text
    return bool(told.get('message') or (told.get('error') or {}).get('what'))


def still_serves(server):
    if not server.alive():
        return ['the server has died:\n' + server.tail()]
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=5)
    try:
        connection.request('GET', '/v2/health/live')
        return [] if connection.getresponse().status == 200 else ['the server answers no other request']
    except OSError as error:
        return [f'the server answers no other request: {error}']
    finally:
        connection.close()


def cut_off_requests(server):
    """Bodies and heads whose sender goes away."""
    for head in (post(JSON_ROUTE, b'{"na', length=1000), b'POST /api', get('/v2')[:-2]):
        with socket.create_connection(('127.0.0.1', server.port)) as s:
            s.sendall(head.replace(b'HOST', b'localhost'))
    return still_serves(server)


def many_idle_connections(server):
    sockets = [socket.create_connection(('127.0.0.1', server.port)) for _ in range(300)]
    problems = still_serves(server)
    for s in sockets:
        s.close()
    return problems + still_serves(server)


def memory_is_bounded(server):
    text = pathlib.Path(f'/proc/{server.process.pid}/status').read_text()
    peak = int(text.split('VmHWM:')[1].split()[0]) // 1024
    return [] if peak < MAX_RESIDENT_MIB else [f'the server took {peak} MiB at its peak; at most {MAX_RESIDENT_MIB}']


def run(tally):
    with Server() as server:
        for name, head, pieces, statuses, holds in CASES:
            tally.case(f'hostile: {name}', judge(server, head, pieces, statuses, holds))
        for case in (cut_off_requests, many_idle_connections, memory_is_bounded):
            tally.case(f'hostile: {case.__name__.replace("_", " ")}', case(server))
        tally.case('hostile: a clean end', [] if server.stop() == 0 else [server.tail()])
