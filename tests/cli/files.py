"""gyre run put, get: files of runs that arrive whole although the connection is cut on the way."""
import os
import pathlib
import shlex
import socket
import tempfile
import threading
import time

from harness.client import Client

import terminal

MIB = 1 << 20
SIZE = 12 * MIB + 3


class Relay:
    """Stands between the command and the server, and hangs up once after so many bytes one way."""

    def __init__(self, port, up=None, down=None):
        self.port, self.left, self.cuts, self.pause_s, self.passed = port, {'up': up, 'down': down}, 0, 0, 0
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
                self.passed += len(block)
                if self.pause_s:
                    time.sleep(self.pause_s)
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
            one.close()  # with a reset: a socket that is only shut down still takes what is sent to it, and the sender waits

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
    assert 'no files at all' in w.gyre('run', 'get', run, 'nothing.bin', code=3).err
    w.gyre('run', 'put', run, __file__, 'model/weights.bin')
    for path in ('model/weihgts.bin', 'modle/', 'modle'):
        refused = w.gyre('run', 'get', run, path, code=3).err
        assert "the run has no file" in refused and 'nearest: model/weights.bin' in refused and 'Gyre server' not in refused, refused
    w.gyre('run', 'put', run, '/nowhere/nothing.bin', code=3)
    w.gyre('run', 'put', run, __file__, '--to', '../../x', code=2)
    w.gyre('run', 'put', run, __file__, '--resume', '0' * 32, code=3)


CONTENT = {'a.txt': b'a', 'empty': b'', 'deep/er/b.bin': b'b' * 100_000, 'deep/c +%.txt': b'c', 'deep/l\u00e4rge.bin': os.urandom(3 * MIB)}


def a_folder(place):
    for name, content in CONTENT.items():
        path = pathlib.Path(place, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return place


def held(place):
    return {str(path.relative_to(place)): path.read_bytes() for path in pathlib.Path(place).rglob('*') if path.is_file()}


def paths(w, run):
    return {file['path'] for file in w.json('run', 'show', run)['files']}


def case_a_folder_goes_up_and_comes_back(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        source = a_folder(f'{place}/source')
        os.symlink('/etc', f'{source}/elsewhere')
        done = w.gyre('run', 'put', run, source)
        assert done.out == 'source\n' and '5 files' in done.err and '1 left out' in done.err, done
        assert paths(w, run) == {f'source/{name}' for name in CONTENT}
        again = w.json('run', 'put', run, source)
        assert (again['files'], again['moved']) == (5, 0), 'the server has them'
        for arguments, folder in (((f'{source}/',), ''), ((source, 'as/that'), 'as/that/'), ((source, 'in/'), 'in/source/')):
            other = a_run(w)
            w.gyre('run', 'put', other, *arguments)
            assert paths(w, other) == {folder + name for name in CONTENT}, arguments
        for path, target, back in (('source/', 'b1', 'b1'), ('source', 'b2', 'b2'), ('.', 'b3', 'b3/source')):
            assert w.gyre('run', 'get', run, path, '-o', f'{place}/{target}').out == f'{place}/{target}\n'
            assert held(f'{place}/{back}') == CONTENT, path
        w.gyre('run', 'get', run, 'source/deep/', cwd=place)
        assert held(f'{place}/deep') == {name[5:]: content for name, content in CONTENT.items() if name.startswith('deep/')}
        pathlib.Path(place, 'b1/a.txt').write_bytes(b'x')
        pathlib.Path(place, 'b1/empty').unlink()
        assert w.json('run', 'get', run, 'source/', '-o', f'{place}/b1')['moved'] == 2 and held(f'{place}/b1') == CONTENT
        w.gyre('run', 'get', run, '.', code=2)
        w.gyre('run', 'get', run, '../x/', code=2)
        os.mkdir(f'{place}/none')
        w.gyre('run', 'put', run, f'{place}/none', code=2)
        w.gyre('run', 'put', run, source, '--resume', '0' * 32, code=2)


def case_a_folder_over_a_connection_that_is_cut(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        source = a_folder(f'{place}/source')
        relay = Relay(w.server.port, up=MIB)
        relayed(w, relay, 'run', 'put', run, f'{source}/')
        assert relay.cuts == 1, 'nothing was cut'
        relay = Relay(w.server.port, down=MIB)
        relayed(w, relay, 'run', 'get', run, '.', '-o', f'{place}/back')
        assert relay.cuts == 1 and held(f'{place}/back') == CONTENT


def case_names_that_the_server_would_take_for_others_are_refused_before_anything_is_sent(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        for name, why in (('a%20b.txt', "'%20'"), ('x#y', "'#'"), ('back\\slash', "'\\'"), ('n' * 250 + ' 123', '255 bytes'), ('50%41', "'%41'"), ('%2e%2e', "'%2e'")):
            folder = pathlib.Path(tempfile.mkdtemp(dir=place))
            (folder / 'a b.txt').write_bytes(b'right')
            (folder / name).write_bytes(b'wrong')
            for source in (f'{folder}/', folder / name):
                refused = w.gyre('run', 'put', run, source, code=2).err
                assert name[:40] in refused and why in refused and 'rename it' in refused, refused
        deep = pathlib.Path(place, *['d' * 200] * 3)
        deep.mkdir(parents=True)
        (deep / 'x').write_bytes(b'x')
        assert '512 bytes' in w.gyre('run', 'put', run, pathlib.Path(place, 'd' * 200), code=2).err
        w.gyre('run', 'put', run, __file__, 'a%20b', code=2)
        assert paths(w, run) == set(), 'something was sent'
        w.gyre('run', 'put', run, __file__, '50%17.png')
        assert paths(w, run) == {'50%17.png'}, 'a control character, as gyre run get names it'


def case_the_command_that_goes_on_is_the_one_that_was_left(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        file = pathlib.Path(place, "it's a file.bin")
        file.write_bytes(os.urandom(6 * MIB))
        for arguments in (('deep/a b.bin',), ('--to', 'deep/$x.bin', '--exp', 'Default')):
            slow = Relay(w.server.port)
            slow.pause_s = 0.005
            left = w.on_terminal('run', 'put', run, file, *arguments, '--server', slow.url, columns=400)
            w.until('some bytes', lambda: slow.passed > MIB)
            left.write('\x03')
            done = left.finish()
            slow.close()
            assert done.code == 130, done
            printed = next(line for line in done.plain.splitlines() if '--resume' in line)
            words = shlex.split(printed[printed.index('gyre run put'):])
            assert words[1:-1] == ['run', 'put', run, str(file), *arguments, '--resume'], words
            assert w.gyre(*words[1:]).out.strip() == arguments[-1 if len(arguments) == 1 else 1]
        assert paths(w, run) == {'deep/a b.bin', 'deep/$x.bin'}


def case_a_folder_that_is_left_goes_on_by_the_same_command(w):
    run = a_run(w)
    with tempfile.TemporaryDirectory(prefix='gyre-files.') as place:
        for i in range(16):
            pathlib.Path(place, 'source', f'{i:02}.bin').parent.mkdir(exist_ok=True)
            pathlib.Path(place, 'source', f'{i:02}.bin').write_bytes(bytes([i]) * 300_000)
        slow = Relay(w.server.port)
        slow.pause_s = 0.005
        for arguments, moved in ((('put', run, f'{place}/source/'), lambda: len(paths(w, run))), (('get', run, '.', '-o', f'{place}/back'), lambda: len(held(f'{place}/back')))):
            left = w.on_terminal('run', *arguments, '--server', slow.url)
            w.until('some files', lambda: moved() >= 2)
            left.write('\x03')
            done = left.finish()
            assert done.code == 130 and 'of 16 files' in done.plain and 'the same command goes on' in done.plain, done
            before = moved()
            assert 2 <= before < 16, before
            assert w.json('run', *arguments)['moved'] <= 16 - before + 1 and moved() == 16
        slow.close()
        assert held(f'{place}/back') == held(f'{place}/source')
