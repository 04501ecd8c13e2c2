"""A server with a little of everything: data, a pipeline that registers a model, an endpoint, a monitor, a policy."""
import contextlib
import pathlib
import shutil
import sys
import tempfile
import time

from harness import fixtures
from harness.server import Server

import terminal

HERE = pathlib.Path(__file__).parent
WAIT_S = 60


class World:
    def __init__(self):
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        self.files = self.stack.enter_context(fixtures.folder())
        self.folder = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix='gyre-cli.')))
        # Steps find the Python of these tests first.
        python = str(pathlib.Path(sys.executable).parent)
        import os
        self.server = self.stack.enter_context(Server(environment={'PATH': f'{python}:{os.environ["PATH"]}'}))
        shutil.copytree(HERE / 'project', self.folder / 'project')
        for name in ('columns.onnx', 'columns-doubled.onnx'):
            shutil.copy(self.files / name, self.folder / 'project')
        return self

    def __exit__(self, *_):
        self.stack.close()

    def gyre(self, *arguments, code=0, **more):
        """Into a pipe; fails unless it ends with `code`."""
        done = terminal.piped(*arguments, GYRE_SERVER=self.server.url, **more)
        assert done.code == code, f'gyre {" ".join(map(str, arguments))} ended with {done.code}, not {code}\n{done.out}{done.err}'
        return done

    def json(self, *arguments, **more):
        done = self.gyre(*arguments, '--json', **more)
        assert len(done.out.splitlines()) == 1, 'one document on one line'
        assert 'schema' in done.document, done.out
        return done.document

    def shown(self, *arguments, code=0, columns=120, **more):
        """On a terminal."""
        done = terminal.shown(*arguments, columns=columns, GYRE_SERVER=self.server.url, **more)
        assert done.code == code, f'gyre {" ".join(map(str, arguments))} ended with {done.code}, not {code}\n{done.out}'
        assert not terminal.MOVES.search(done.out.replace('\x1b[K', '')), f'only colours and erased lines: {done.out!r}'
        return done

    def on_terminal(self, *arguments, **more):
        return terminal.OnTerminal(*arguments, GYRE_SERVER=self.server.url, **more)

    def until(self, what, question):
        """Asks again until the answer is one, and gives it."""
        end = time.monotonic() + WAIT_S
        while True:
            answer = question()
            if answer:
                return answer
            assert time.monotonic() < end, f'{what} did not come in {WAIT_S} s'
            time.sleep(0.2)
