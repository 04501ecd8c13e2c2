"""A server that is not there, that is something else, or that hangs."""
import http.server
import json
import os
import socket
import tempfile
import threading
import time

import terminal

ASKING = (['repo', 'ls'], ['pipe', 'run', 'train', '--wait'], ['run', 'ls'], ['model', 'show', 'm'], ['endpoint', 'deploy', 'e', '1'], ['monitor', 'show', 'm'], ['policy', 'ls'], ['lineage', 'a@1'])


def case_nobody_listens_is_exit_7(_):
    for arguments in ASKING:
        done = terminal.piped(*arguments, GYRE_SERVER='http://127.0.0.1:9')
        assert done.code == 7 and done.out == '', (arguments, done)
        assert 'no server answers at http://127.0.0.1:9' in done.err and 'gyre server' in done.err, done.err
        error = json.loads(terminal.piped(*arguments, '--json', GYRE_SERVER='http://127.0.0.1:9').err)
        assert error['error']['exit'] == 7 and error['error']['code'] == 'unavailable'


def case_the_flag_is_stronger_than_the_environment(w):
    assert terminal.piped('repo', 'ls', '--server', w.server.url, GYRE_SERVER='http://127.0.0.1:9').code == 0
    assert terminal.piped('repo', 'ls', '--server', w.server.url.removeprefix('http://') + '/', GYRE_SERVER='http://127.0.0.1:9').code == 0


def case_listening_to_the_network_is_refused_before_anything_is_made(_):
    with tempfile.TemporaryDirectory() as folder:
        for command in (['server'], ['demo', 'flights', '--small']):
            for host in ('0.0.0.0:0', '[::]:0', '192.0.2.1:0'):
                done = terminal.piped(*command, '--data-dir', f'{folder}/data', '--listen', host)
                assert done.code == 4 and 'sign-in' in done.err and 'ssh -L' in done.err, (command, host, done)
        for wrong in ('::1:0', '127.0.0.1', '127.0.0.1:port', '127.0.0.1:70000'):
            assert terminal.piped('server', '--data-dir', f'{folder}/data', '--listen', wrong).code == 2, wrong
        assert not os.listdir(folder), os.listdir(folder)


def case_names_that_are_no_servers(_):
    for server in ('http://no-such-host.invalid', 'http://', 'ftp://127.0.0.1', 'http://127.0.0.1:99999'):
        assert terminal.piped('repo', 'ls', '--server', server).code == 7, server


class Stranger(http.server.BaseHTTPRequestHandler):
    answer = (200, b'<html>hello \x1b[2J</html>')

    def do_GET(self):
        status, body = self.answer
        self.send_response(status)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def case_a_stranger_answers(_):
    server = http.server.HTTPServer(('127.0.0.1', 0), Stranger)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        url = f'http://127.0.0.1:{server.server_port}'
        for answer, code in (((200, b'<html>hello \x1b[2J</html>'), 1), ((404, b'gone'), 3), ((403, b''), 4), ((500, b'oops'), 1), ((200, b'[1, 2]'), 0), ((200, b''), 1)):
            Stranger.answer = answer
            done = terminal.piped('repo', 'ls', GYRE_SERVER=url)
            assert done.code == code and '\x1b' not in done.out + done.err, (answer, done)
    finally:
        server.shutdown()
        server.server_close()


def case_a_server_that_hangs_can_be_left(_):
    with socket.create_server(('127.0.0.1', 0)) as listener:
        run = terminal.OnTerminal('repo', 'ls', GYRE_SERVER=f'http://127.0.0.1:{listener.getsockname()[1]}')
        time.sleep(0.5)
        run.write('\x03')
        assert run.finish(10).code in (130, -2)
