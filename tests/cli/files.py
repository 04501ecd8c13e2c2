"""gyre run put, get: files of runs that arrive whole although the connection is cut on the way."""
import os
import socket
import tempfile
import threading

from harness.client import Client

import terminal

MIB = 1 << 20
SIZE = 12 * MIB + 3


class Relay:
    """Stands between the command and the server, and hangs up once after so many bytes one way."""

    def __init__(self, port, up=None, down=None):
        self.port, self.left, self.cuts = port, {'up': up, 'down': down}, 0
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.url = f'http://127.0.0.1:{self.listener.getsockname()[1]}'
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(('127.0.0.1', self.port))
            for source, sink, way in ((client, server, 'up'), (server, client, 'down')):
                threading.Thread(target=self.pump, args=(source, sink, way), daemon=True).start()

    def pump(self, source, sink, way):
        try:
            while block := source.recv(65536):
                sink.sendall(block)
                if self.left[way] is not None:
                    self.left[way] -= len(block)
                    if self.left[way] < 0:
                        self.left[way] = None
                        self.cuts += 1
                        break
        except OSError:
            pass
        for one in (source, sink):
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def close(self):
        self.listener.close()


def a_run(w):
    return Client(w.server.port).post('/api/2.0/mlflow/runs/create', {'experiment_id': '0', 'run_name': 'with-files'})['run']['info']['run_id']


def relayed(w, relay, *arguments, code=0):
    done = terminal.piped(*arguments, '--server', relay.url)
    relay.close()
    assert done.code == code, (done.code, done.out, done.err)
    return done


def case_put_and_get_over_a_connection_that_is_cut(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as folder:
        file, back = f'{folder}/large file.bin', f'{folder}/back.bin'
        content = os.urandom(SIZE)
        with open(file, 'wb') as out:
            out.write(content)
        relay = Relay(w.server.port, up=5 * MIB)
        assert relayed(w, relay, 'run', 'put', run, file, '--to', 'deep/lärge.bin').out.strip() == 'deep/lärge.bin'
        assert relay.cuts == 1, 'nothing was cut'
        relay = Relay(w.server.port, down=5 * MIB)
        assert relayed(w, relay, 'run', 'get', run, 'deep/lärge.bin', '-o', back).out.strip() == back
        assert relay.cuts == 1, 'nothing was cut'
        with open(back, 'rb') as got:
            assert got.read() == content
        assert sorted(os.listdir(folder)) == ['back.bin', 'large file.bin'], 'a part was left'


def case_a_file_that_is_not_there(w):
    run = a_run(w)
    w.gyre('run', 'get', run, 'nothing.bin', code=3)
    w.gyre('run', 'put', run, '/nowhere/nothing.bin', code=3)
    w.gyre('run', 'put', run, __file__, '--to', '../../x', code=2)
    w.gyre('run', 'put', run, __file__, '--resume', '0' * 32, code=3)
