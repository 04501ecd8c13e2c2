"""gyre run get: files of a run on their way here, also from servers that mean ill."""
import contextlib
import http.server
import json
import os
import pathlib
import signal
import tempfile
import threading
import time

import terminal
from files import a_run, held

ESCAPES = 'esc\x1b]0;title\x07\x1b[31m.txt'


class Liar(http.server.BaseHTTPRequestHandler):
    """A server whose run has the files that are told to it, each with the same content."""

    def answer(self, body):
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        if self.server.etag:
            self.send_header('ETag', self.server.etag)
        self.end_headers()
        if self.command == 'GET':
            self.wfile.write(body)

    def do_GET(self):
        if '/files' in self.path:
            self.server.asked += 1
            self.server.speaks.wait(terminal.TIMEOUT_S)
            self.answer(json.dumps({'cursor': self.server.cursor, 'rows': [{'path': path, 'bytes': 4} for path in self.server.told]}).encode())
        elif '/series' in self.path:
            self.answer(json.dumps({'x': [0, 1], 'exact': True, 'series': [self.server.series]}).encode())
        elif 'runs/get' in self.path:
            self.answer(b'{"run": {"info": {"artifact_uri": "mlflow-artifacts:/0/x/artifacts"}}}')
        else:
            self.answer(b'evil')

    do_HEAD = do_GET

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def a_liar():
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Liar)
    server.series = {}
    server.told, server.cursor, server.etag, server.asked, server.speaks = [], None, '', 0, threading.Event()
    server.speaks.set()
    server.handle_error = lambda *_: None  # clients leave in the middle of answers here
    server.arguments = ('--server', f'http://127.0.0.1:{server.server_address[1]}')
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server
    finally:
        server.speaks.set()
        server.shutdown()
        server.server_close()


def case_no_server_writes_outside_of_the_folder(_):
    with a_liar() as server, tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        def get(path='.', *told):
            server.told = told
            return terminal.piped('run', 'get', '0' * 32, path, '-o', f'{place}/in/here', *server.arguments)
        lies = ('../../evil', f'{place}/evil', 'a/../../../evil', '..', '', 'a//b', './a')
        for told in lies:
            done = get('.', told)
            assert done.code == 1 and 'told of a file' in done.err, (told, done)
        assert get('model/', 'mode/x').code == 1 and get('model/', 'model/../../x').code == 1
        assert held(place) == {}
        done = get('.', *lies, 'fine')
        assert done.code == 1 and f'{len(lies)} files did not come, 1 of {len(lies) + 1} files' in done.err, done
        assert held(place) == {'in/here/fine': b'evil'}
        # Whatever is told as a file's hash leads nowhere else.
        for etag in ('/../../../evil'.ljust(64, 'x'), '/../../../xy', '/../../../xy' + 'A' * 52, 'A' * 64, '/' * 64):
            server.etag = f'"{etag:0<64}"'
            assert get('model/', 'model/etag').code == 0, etag
            assert held(place) == {'in/here/fine': b'evil', 'in/here/etag': b'evil'}, (etag, held(place))
            pathlib.Path(place, 'in/here/etag').unlink()


def case_a_list_of_files_that_does_not_end_is_left(_):
    with a_liar() as server, tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        server.cursor = 'again'
        for told in (['a'], []):
            server.told, server.asked = told, 0
            done = terminal.piped('run', 'get', '0' * 32, '.', '-o', place, *server.arguments)
            assert done.code == 1 and 'does not end' in done.err and server.asked <= 2, (done, server.asked)


def case_a_server_that_is_silent_is_left_at_once(_):
    with a_liar() as server, tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        server.speaks.clear()
        for number in (signal.SIGINT, signal.SIGTERM):
            server.asked = 0
            left = terminal.OnTerminal('run', 'get', '0' * 32, '.', '-o', place, *server.arguments)
            while server.asked == 0 and left.process.poll() is None:
                time.sleep(0.02)
            left.process.send_signal(number)
            assert left.finish(timeout=10).code == 130, number


def case_what_a_name_says_to_a_terminal_is_shown(_):
    with a_liar() as server, tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        server.told = [ESCAPES, f'../{ESCAPES}']
        for path, target in ((ESCAPES, f'{place}/{ESCAPES}'), ('.', place)):
            seen = terminal.shown('run', 'get', '0' * 32, path, '-o', target, *server.arguments, columns=400).out
            assert '\x1b]' not in seen and '\x07' not in seen and '\\x1b]0;title\\x07\\x1b[31m.txt' in seen, seen
        piped = terminal.piped('run', 'get', '0' * 32, ESCAPES, '-o', f'{place}/{ESCAPES}', *server.arguments)
        assert piped.out == f'{place}/{ESCAPES}\n', 'for programs a path is as it is'


def case_names_as_long_as_names_may_be_come_whole(w):
    run, name = a_run(w), 'n' * 255
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        pathlib.Path(place, name).write_bytes(b'long')
        w.gyre('run', 'put', run, f'{place}/{name}')
        w.gyre('run', 'get', run, '.', '-o', f'{place}/all')
        w.gyre('run', 'get', run, name, '-o', f'{place}/one/')
        assert held(f'{place}/all') == held(f'{place}/one') == {name: b'long'}


def case_a_file_that_does_not_come_keeps_no_other_from_coming(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        source = pathlib.Path(place, 'source')
        source.mkdir()
        for name in ('a', 'b', 'c'):
            (source / name).write_bytes(name.encode())
        w.gyre('run', 'put', run, f'{source}/')
        os.makedirs(f'{place}/back/b')  # where a file is to go
        left = w.gyre('run', 'get', run, '.', '-o', f'{place}/back', code=1)
        assert 'b: ' in left.err and '1 file did not come, 2 of 3 files' in left.err and 'the same command' in left.err, left
        assert held(f'{place}/back') == {'a': b'a', 'c': b'c'}
        os.rmdir(f'{place}/back/b')
        assert w.json('run', 'get', run, '.', '-o', f'{place}/back')['moved'] == 1 and held(f'{place}/back') == held(source)


def case_nothing_is_written_through_a_link(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory() as folder:
        here, elsewhere = pathlib.Path(folder, 'here'), pathlib.Path(folder, 'elsewhere')
        here.mkdir(), elsewhere.mkdir()
        (here / 'link').symlink_to(elsewhere)
        (pathlib.Path(folder) / 'x.txt').write_text('ours')
        w.gyre('run', 'put', run, pathlib.Path(folder) / 'x.txt', 'link/x.txt')
        refused = w.gyre('run', 'get', run, '.', '-o', here, code=1)
        assert 'is a link' in refused.err and not list(elsewhere.iterdir()), refused


def case_curves_that_do_not_fit_are_an_error(w):
    whole = {'key': 'loss', 'last': [1, 2], 'min': [1, 2], 'max': [1, 2], 'count': [1, 1]}
    with a_liar() as liar:
        for member in ('last', 'min', 'max', 'count'):
            for wrong in ([], [1], None, 'x'):
                liar.series = {**whole, member: wrong}
                refused = w.gyre('run', 'curve', '0' * 32, *liar.arguments, code=1)
                assert f"'{member}'" in refused.err, refused
