"""Large files in pieces: MLflow's multipart, and streams that are taken up where they were cut; restarts, kills and wrong digests between."""
import base64
import concurrent.futures
import hashlib
import http.client
import json
import pathlib
import socket
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from harness.server import Server, check  # noqa: E402

ROOT = '/api/2.0/mlflow-artifacts'
FOLDER = '0/run/artifacts/model'
PART = bytes(range(256)) * 1024
PATIENCE_S = 10


class Answer:
    def __init__(self, answer):
        self.status, self.headers, self.body = answer.status, answer.headers, answer.read()

    def json(self):
        return json.loads(self.body)

    def says(self, status, text=''):
        return [] if self.status == status and text.encode() in self.body else [f'expected {status} and {text!r}, found {self.status}: {self.body[:300]!r}']


def send(server, method, path, body=None, **headers):
    """Header names come with underscores."""
    if isinstance(body, dict):
        body, headers['content_type'] = json.dumps(body).encode(), 'application/json'
    connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace('_', '-'): str(value) for name, value in headers.items()})
        return Answer(connection.getresponse())
    finally:
        connection.close()


def begin(server, name, parts):
    return send(server, 'POST', f'{ROOT}/mpu/create/{FOLDER}', {'path': f'C:\\there\\{name}', 'num_parts': parts}).json()


def put(server, upload, number, body, **headers):
    """The part's place is the one that the server named."""
    return send(server, 'PUT', '/' + upload['credentials'][number - 1]['url'].split('/', 3)[3], body, **headers)


def complete(server, name, upload, etags, folder=FOLDER):
    parts = [{'part_number': number, 'etag': etag, 'url': 'x'} for number, etag in etags]
    return send(server, 'POST', f'{ROOT}/mpu/complete/{folder}', {'path': name, 'upload_id': upload['upload_id'], 'parts': parts})


def fetch(server, name):
    return send(server, 'GET', f'{ROOT}/artifacts/{FOLDER}/{name}')


def listed(server):
    return [f['path'] for f in send(server, 'GET', f'{ROOT}/artifacts?path={FOLDER}').json().get('files', [])]


def parts_in_any_order(server):
    upload = begin(server, 'any.bin', 4)
    yield from [] if upload['credentials'][0]['url'].startswith(f'http://127.0.0.1:{server.port}{ROOT}/') else [f'a place elsewhere: {upload}']
    bodies = {number: PART[:1000 * number] for number in (4, 2, 1, 3)}
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        answers = dict(zip(bodies, pool.map(lambda number: put(server, upload, number, bodies[number]), bodies)))
    again = put(server, upload, 2, b'again')
    answers[2], bodies[2] = again, b'again'
    yield from [] if not listed(server) else ['it is listed before it is whole']
    yield from complete(server, 'any.bin', upload, [(n, answers[n].headers['ETag']) for n in (1, 2, 3, 4)]).says(200)
    whole = fetch(server, 'any.bin')
    yield from [] if whole.body == b''.join(bodies[n] for n in (1, 2, 3, 4)) else ['another file came back']
    yield from complete(server, 'any.bin', upload, [(1, 'the answer was lost')]).says(200)


def wrong_parts(server):
    upload = begin(server, 'wrong.bin', 2)
    one = put(server, upload, 1, b'one').headers['ETag']
    other = '"' + hashlib.sha256(b'x').hexdigest() + '"'
    yield from complete(server, 'wrong.bin', upload, [(1, one), (2, other)]).says(400, 'part 2 has not been uploaded')
    two = put(server, upload, 2, b'two').headers['ETag']
    yield from complete(server, 'wrong.bin', upload, [(1, one), (2, other)]).says(400, 'another ETag')
    yield from complete(server, 'wrong.bin', upload, [(1, one)]).says(400, 'has 2 parts')
    yield from complete(server, 'other.bin', upload, [(1, one), (2, two)]).says(404)
    yield from complete(server, '..', upload, [(1, one), (2, two)]).says(400, 'Invalid path')
    yield from complete(server, 'wrong.bin', upload, [(1, one), (2, two)], '0/../../x').says(400, 'Invalid path')
    yield from send(server, 'PUT', f'{ROOT}/mpu/parts/{upload["upload_id"]}/3', b'x').says(400, 'no 3')
    yield from send(server, 'PUT', f'{ROOT}/mpu/parts/{upload["upload_id"]}/x', b'x').says(400)
    yield from send(server, 'PUT', f'{ROOT}/mpu/parts/{"0" * 32}/1', b'x').says(404)
    for parts in (0, -1, 10_001):
        yield from send(server, 'POST', f'{ROOT}/mpu/create/{FOLDER}', {'path': 'x', 'num_parts': parts}).says(400, 'num_parts')
    yield from send(server, 'POST', f'{ROOT}/mpu/create/0/../../etc', {'path': 'passwd', 'num_parts': 1}).says(400, 'Invalid path')
    yield from send(server, 'POST', f'{ROOT}/mpu/create/{FOLDER}', {'path': 'a/..', 'num_parts': 1}).says(400, 'Invalid path')
    yield from fetch(server, 'wrong.bin').says(404)
    yield from complete(server, 'wrong.bin', upload, [(1, one), (2, two)]).says(200)


def aborted(server):
    upload = begin(server, 'aborted.bin', 1)
    etag = put(server, upload, 1, b'one').headers['ETag']
    abort = {'path': 'aborted.bin', 'upload_id': upload['upload_id']}
    yield from send(server, 'POST', f'{ROOT}/mpu/abort/{FOLDER}', abort).says(200)
    yield from put(server, upload, 1, b'late').says(404)
    yield from complete(server, 'aborted.bin', upload, [(1, etag)]).says(404)
    yield from send(server, 'POST', f'{ROOT}/mpu/abort/{FOLDER}', abort).says(404)
    yield from fetch(server, 'aborted.bin').says(404)


def digests(server):
    right, wrong = (base64.b64encode(hashlib.sha256(body).digest()).decode() for body in (b'body', b'other'))
    md5 = base64.b64encode(hashlib.md5(b'body').digest()).decode()
    path = f'{ROOT}/artifacts/{FOLDER}/digest.txt'
    for headers in ({'content_digest': f'sha-256=:{wrong}:'}, {'repr_digest': f'sha-256=:{wrong}:'}, {'content_md5': base64.b64encode(b'0' * 16).decode()}):
        yield from send(server, 'PUT', path, b'body', **headers).says(400, 'nothing was kept')
    yield from send(server, 'PUT', path, b'body', content_digest='sha-256=nonsense').says(400, 'is no digest')
    yield from fetch(server, 'digest.txt').says(404)
    yield from send(server, 'PUT', path, b'body', content_digest=f'sha-256=:{right}:', content_md5=md5).says(200)
    yield from send(server, 'PUT', path, b'other', content_md5=md5).says(400)
    yield from [] if fetch(server, 'digest.txt').body == b'body' else ['the file was changed by what was refused']
    upload = begin(server, 'digest.bin', 1)
    yield from put(server, upload, 1, b'body', content_md5=base64.b64encode(b'0' * 16).decode()).says(400)
    part = put(server, upload, 1, b'body', content_digest=f'sha-256=:{right}:')
    yield from complete(server, 'digest.bin', upload, [(1, part.headers['ETag'])]).says(200)


def one_content(server):
    """Files of the same bytes are one on the disk, and tell by which hash."""
    digest = hashlib.sha256(PART).hexdigest()
    names = ('same.bin', 'twin.bin')
    for name in names:
        answer = send(server, 'PUT', f'{ROOT}/artifacts/{FOLDER}/{name}', PART)
        yield from [] if answer.headers['ETag'] == f'"{digest}"' else [f'{name}: another ETag: {answer.headers["ETag"]}']
    upload = begin(server, 'joined.bin', 2)
    etags = [(number, put(server, upload, number, body).headers['ETag']) for number, body in ((1, PART[:99]), (2, PART[99:]))]
    yield from complete(server, 'joined.bin', upload, etags).says(200)
    files = [server.folder / f'data/blobs/objects/artifacts/{FOLDER}' / name for name in (*names, 'joined.bin')]
    yield from [] if len({file.stat().st_ino for file in files}) == 1 else ['the same bytes are kept more than once']
    path = f'{ROOT}/artifacts/{FOLDER}/same.bin'
    part = send(server, 'GET', path, range='bytes=10-19', if_range=f'"{digest}"')
    yield from part.says(206)
    yield from [] if part.body == PART[10:20] and part.headers['Repr-Digest'].startswith('sha-256=:') else ['another range, or no digest of the whole']
    yield from send(server, 'GET', path, range='bytes=10-19', if_range='"of another one"').says(200)
    yield from send(server, 'DELETE', path).says(200)
    yield from [] if fetch(server, 'twin.bin').body == PART else ['what went with its twin was another file']


def behind_a_proxy(server):
    answer = send(server, 'POST', f'{ROOT}/mpu/create/{FOLDER}', {'path': 'x', 'num_parts': 1}, x_forwarded_proto='https', x_forwarded_host='ml.example.org',
                  x_forwarded_prefix='/team')
    url = answer.json()['credentials'][0]['url']
    yield from [] if url.startswith(f'https://ml.example.org/team{ROOT}/mpu/parts/') else [f'a place that the client cannot reach: {url}']


def presigned(server):
    send(server, 'PUT', f'{ROOT}/artifacts/{FOLDER}/down%20load.bin', PART)
    told = send(server, 'GET', f'{ROOT}/presigned/{FOLDER}/down%20load.bin').json()
    yield from [] if told['file_size'] == len(PART) else [f'another size: {told}']
    part = send(server, 'GET', '/' + told['url'].split('/', 3)[3], range='bytes=1000-1999')
    yield from part.says(206)
    yield from [] if part.body == PART[1000:2000] else ['another range']
    yield from send(server, 'GET', f'{ROOT}/presigned/{FOLDER}/none').says(404)


def resume(server, place, offset, body, last, **headers):
    return send(server, 'PATCH', place, body, content_type='application/partial-upload', upload_offset=offset, upload_complete='?1' if last else '?0', **headers)


def cut(server, place, offset, body, announced):
    """Sends less than it announces, then goes away."""
    head = (f'PATCH {place} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/partial-upload\r\nUpload-Offset: {offset}\r\nUpload-Complete: ?1\r\n'
            f'Content-Length: {announced}\r\n\r\n')
    with socket.create_connection(('127.0.0.1', server.port)) as s:
        s.sendall(head.encode() + body)


def offset_of(server, place, at_least=0):
    end = time.monotonic() + PATIENCE_S
    while True:
        told = send(server, 'HEAD', place)
        offset = int(told.headers['Upload-Offset'])
        if offset >= at_least or time.monotonic() > end:
            return offset, told
        time.sleep(0.02)


def overtaken(server, place, offset, body):
    """The answer to a request that began first and whose end comes after another one has gone on from the same place."""
    slow = http.client.HTTPConnection('127.0.0.1', server.port, timeout=30)
    try:
        slow.putrequest('PATCH', place)
        for name, value in (('Content-Type', 'application/partial-upload'), ('Upload-Offset', offset), ('Upload-Complete', '?0'), ('Content-Length', len(body))):
            slow.putheader(name, str(value))
        slow.endheaders(body[:1])
        time.sleep(0.2)  # it waits for the rest of its body
        resume(server, place, offset, body, False)
        slow.send(body[1:])
        return Answer(slow.getresponse())
    finally:
        slow.close()


def begin_stream(server, name, body=b'', **headers):
    return send(server, 'PUT', f'{ROOT}/artifacts/{FOLDER}/{name}', body, upload_complete='?0', **headers)


def cut_and_resumed(server):
    digest = base64.b64encode(hashlib.sha256(PART).digest()).decode()
    begun = begin_stream(server, 'stream.bin', PART[:1000], upload_length=len(PART), repr_digest=f'sha-256=:{digest}:')
    yield from begun.says(201)
    place = begun.headers['Location']
    yield from [] if begun.headers['Upload-Offset'] == '1000' and begun.headers['Upload-Complete'] == '?0' else [f'another state: {begun.headers}']
    cut(server, place, 1000, PART[1000:9000], len(PART) - 1000)
    offset, _ = offset_of(server, place, 9000)
    yield from [] if offset == 9000 else [f'what came before the cut is not kept: {offset}']
    server.kill()
    server.start()
    offset, told = offset_of(server, place)
    yield from told.says(204)
    yield from [] if offset == 9000 else [f'what was acknowledged is gone after a kill: {offset}']
    yield from fetch(server, 'stream.bin').says(404)
    yield from resume(server, place, 5000, b'x', False).says(409, 'mismatching-upload-offset')
    yield from resume(server, place, 9000, b'xyz', False, content_digest=f'sha-256=:{digest}:').says(400)
    yield from [] if offset_of(server, place)[0] == 9000 else ['bytes that were refused are counted']
    last = resume(server, place, 9000, PART[9000:], True)
    yield from last.says(200)
    yield from [] if last.headers['Upload-Complete'] == '?1' else ['it is not told to be complete']
    yield from [] if fetch(server, 'stream.bin').body == PART else ['another file came back']
    yield from resume(server, place, len(PART), b'', True).says(200)
    yield from resume(server, place, len(PART), b'more', True).says(400, 'completed-upload')


def of_two_at_one_place(server):
    """The one that comes second is told where the upload stands, however late it is seen."""
    place = begin_stream(server, 'two.bin', b'0123').headers['Location']
    late = overtaken(server, place, 4, b'4567')
    yield from late.says(409, 'mismatching-upload-offset')
    yield from [] if late.headers['Upload-Offset'] == '8' else [f'another state: {late.headers}']
    yield from resume(server, place, 8, b'89', True).says(200)
    yield from [] if fetch(server, 'two.bin').body == b'0123456789' else ['another file came back']


def streams_that_are_refused(server):
    yield from begin_stream(server, 'no.bin', upload_length='x').says(400, 'Upload-Length')
    yield from send(server, 'PUT', f'{ROOT}/artifacts/{FOLDER}/no.bin', b'', upload_complete='yes').says(400, 'Upload-Complete')
    yield from begin_stream(server, '..%2f..%2f..%2f..%2fno.bin').says(400, 'Invalid path')
    wrong = base64.b64encode(hashlib.sha256(b'other').digest()).decode()
    place = begin_stream(server, 'no.bin', repr_digest=f'sha-256=:{wrong}:').headers['Location']
    yield from send(server, 'PATCH', place, b'x', upload_offset=0, upload_complete='?0', content_type='text/plain').says(415)
    yield from send(server, 'PATCH', place, b'x', upload_complete='?0', content_type='application/partial-upload').says(400, 'Upload-Offset')
    yield from resume(server, place, 0, b'body', True).says(400, 'nothing was kept')
    yield from send(server, 'HEAD', place).says(404)
    yield from fetch(server, 'no.bin').says(404)
    wrong = base64.b64encode(hashlib.sha512(b'other').digest()).decode()
    place = begin_stream(server, 'no.bin', repr_digest=f'sha-512=:{wrong}:').headers['Location']
    yield from resume(server, place, 0, b'body', True).says(400, 'nothing was kept')
    unknown = begin_stream(server, 'unknown.bin', b'body', repr_digest='sha3-256=:AAAA:')
    yield from resume(server, unknown.headers['Location'], 4, b'', True).says(200)
    upload = begin(server, 'large.bin', 1)
    padded = {'path': 'large.bin', 'upload_id': upload['upload_id'], 'parts': [{'part_number': 1, 'etag': 'x' * (17 << 20)}]}
    yield from send(server, 'POST', f'{ROOT}/mpu/complete/{FOLDER}', padded).says(413, 'larger than')
    place = begin_stream(server, 'no.bin', upload_length=3).headers['Location']
    yield from resume(server, place, 0, b'four', False).says(400, 'more than the 3 bytes')
    yield from resume(server, place, 0, b'12', True).says(400, 'was to have 3 bytes')
    yield from send(server, 'DELETE', place).says(204)
    yield from send(server, 'HEAD', place).says(404)
    whole = send(server, 'PUT', f'{ROOT}/artifacts/{FOLDER}/whole.bin', b'whole', upload_complete='?1')
    yield from whole.says(200)


def told_lengths(server):
    """A whole body is as long as it was announced, and is no range of a file."""
    path = f'{ROOT}/artifacts/{FOLDER}/length.txt'
    for length in (3, 5):
        yield from send(server, 'PUT', path, b'body', upload_complete='?1', upload_length=length).says(400, 'nothing was kept')
    yield from send(server, 'PUT', path, b'body', upload_complete='?1', upload_length='x').says(400, 'Upload-Length')
    yield from send(server, 'PUT', path, b'body', content_range='bytes 0-3/100').says(400, 'Content-Range')
    yield from put(server, begin(server, 'range.bin', 1), 1, b'body', content_range='bytes 0-3/100').says(400, 'Content-Range')
    yield from fetch(server, 'length.txt').says(404)
    yield from send(server, 'PUT', path, b'body', upload_complete='?1', upload_length=4).says(200)


def preconditions(server):
    """A file is replaced only as it was known (RFC 9110, 13.1)."""
    path = f'{ROOT}/artifacts/{FOLDER}/once.txt'
    yield from send(server, 'PUT', path, b'none', if_match='*').says(412, 'there is none')
    first = send(server, 'PUT', path, b'first', if_none_match='*')
    yield from first.says(200)
    tag = first.headers['ETag']
    for headers in ({'if_none_match': '*'}, {'if_none_match': f'"x", W/{tag}'}, {'if_match': '"x"'}, {'if_match': f'W/{tag}'}):
        yield from send(server, 'PUT', path, b'lost', **headers).says(412, tag[1:-1])
        yield from begin_stream(server, 'once.txt', **headers).says(412)
    yield from [] if fetch(server, 'once.txt').body == b'first' else ['it was replaced all the same']
    yield from send(server, 'PUT', path, b'second', if_match=f'"x", {tag}').says(200)
    yield from send(server, 'PUT', path, b'lost', if_match=tag).says(412)
    yield from send(server, 'PUT', path, b'third', if_none_match=tag).says(200)
    yield from of_two_who_make_it(server)
    yield from of_many_who_make_it(server)
    yield from begin_stream(server, 'pieces.txt', if_none_match='*').says(400, 'sent whole')
    place = begin_stream(server, 'pieces.txt', b'ab').headers['Location']
    by_curl = send(server, 'PATCH', place, b'c', upload_offset=2, upload_complete='?1', content_type='application/partial-upload', content_range='bytes 2-2/3')
    yield from by_curl.says(200)  # as `curl -C 2 -T FILE -X PATCH` sends it


def of_two_who_make_it(server):
    """Of two who make a file at once, the second to end does not replace it."""
    path = f'{ROOT}/artifacts/{FOLDER}/overtaken.txt'
    head = f'PUT {path} HTTP/1.1\r\nHost: localhost\r\nIf-None-Match: *\r\nContent-Length: 4\r\nConnection: close\r\n\r\n'
    with socket.create_connection(('127.0.0.1', server.port), timeout=PATIENCE_S) as slow:
        slow.sendall(head.encode() + b'sl')
        yield from send(server, 'PUT', path, b'fast').says(200)
        slow.sendall(b'ow')
        answer = slow.recv(4096)
    yield from [] if b' 412 ' in answer else [f'the slow one is not refused: {answer[:200]!r}']
    yield from [] if fetch(server, 'overtaken.txt').body == b'fast' else ['the slow one replaced the fast one']


def of_many_who_make_it(server):
    """Of many who make a file at once one does."""
    for i in range(20):
        path = f'{ROOT}/artifacts/{FOLDER}/one-{i}.txt'
        with concurrent.futures.ThreadPoolExecutor(8) as many:
            answers = list(many.map(lambda body, path=path: send(server, 'PUT', path, body, if_none_match='*').status, [b'%d' % k for k in range(8)]))
        yield from [] if sorted(answers) == [200] + 7 * [412] else [f'{path}: {answers}']


def a_kill_in_the_middle(server):
    """Parts that were acknowledged stay; nothing that is half there is seen."""
    upload = begin(server, 'killed.bin', 2)
    one = put(server, upload, 1, PART)
    head = f'PUT /{upload["credentials"][1]["url"].split("/", 3)[3]} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(PART)}\r\n\r\n'.encode()
    plain = f'PUT {ROOT}/artifacts/{FOLDER}/half.bin HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(PART)}\r\n\r\n'.encode()
    with socket.create_connection(('127.0.0.1', server.port)) as part, socket.create_connection(('127.0.0.1', server.port)) as whole:
        part.sendall(head + PART[:100_000])
        whole.sendall(plain + PART[:100_000])
        server.kill()
    server.start()
    yield from [f'{name} is seen' for name in ('killed.bin', 'half.bin') if name in listed(server)]
    two = put(server, upload, 2, PART[:10])
    yield from complete(server, 'killed.bin', upload, [(1, one.headers['ETag']), (2, two.headers['ETag'])]).says(200)
    yield from [] if fetch(server, 'killed.bin').body == PART + PART[:10] else ['another file came back']


CASES = (parts_in_any_order, wrong_parts, aborted, digests, one_content, behind_a_proxy, presigned, cut_and_resumed, of_two_at_one_place, streams_that_are_refused,
         told_lengths, preconditions, a_kill_in_the_middle)


def run(tally, kind, database):
    with Server(database=database) as server:
        for case in CASES:
            tally.case(f'uploads on {kind}: {case.__name__.replace("_", " ")}', list(case(server)))
        if server.stop() != 0:
            tally.fail(f'uploads on {kind}: a clean end', server.tail())
        code, output = check(server.folder, database)
        tally.case(f'uploads on {kind}: check', [] if code == 0 else [output])
        left = [str(path) for path in (server.folder / 'data/blobs').glob('**/uploads/*/*')]
        tally.case(f'uploads on {kind}: no piece of a finished upload stays', left)
