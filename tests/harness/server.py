"""The real binary on a folder and a free port of its own."""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import threading
import time

BINARY = os.environ.get('GYRE_BINARY', 'build/release/gyre')
READY_S = 20
STOP_S = 20


class ServerDied(Exception):
    pass


class Server:
    """Ends its process and removes its folder at the end, whatever happens in between. `keep`: the folder is the caller's."""

    def __init__(self, *arguments, folder=None, database=None, environment=None, listen='127.0.0.1:0'):
        self.keep = folder is not None
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix='gyre-test.'))
        self.arguments = [*arguments, *(['--database', database] if database else [])]
        self.environment = environment or {}
        self.listen = listen
        self.process = None
        self.url = ''
        self.ready = None
        self.output = []

    def __enter__(self):
        try:
            return self.start()
        except BaseException:
            self.__exit__()
            raise

    def __exit__(self, *_):
        self.kill()
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self.launch()
        return self.wait_until_ready()

    def launch(self):
        """Begins, and waits for nothing: several may begin at once."""
        command = [BINARY, 'server', '--data-dir', str(self.folder / 'data'), '--listen', self.listen, *self.arguments]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors='replace',
                                        env={**os.environ, **self.environment}, start_new_session=True)
        self.ready = threading.Event()
        self.output = []
        threading.Thread(target=self._read, args=(self.process.stderr, self.ready), daemon=True).start()

    def wait_until_ready(self):
        end = time.monotonic() + READY_S
        while not self.ready.wait(0.02):
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise ServerDied('the server did not start:\n' + self.tail())
        return self

    def _read(self, stream, ready):
        for line in stream:
            self.output.append(re.sub(r'\x1b\[[0-9;]*m', '', line.rstrip()))
            found = re.search(r'serves (http://\S+)', self.output[-1])
            if found:
                self.url = found.group(1)
                ready.set()

    @property
    def port(self):
        return int(self.url.rsplit(':', 1)[1])

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def tail(self, lines=20):
        return '\n'.join(self.output[-lines:])

    def stop(self):
        """As an operator does: TERM, and its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_S)
        finally:
            self.kill()

    def kill(self):
        if self.alive():
            self.process.kill()
            self.process.wait()


def check(folder, database=None):
    """`gyre check` on a data folder whose server is down: (exit code, output)."""
    command = [BINARY, 'check', '--data-dir', str(pathlib.Path(folder) / 'data'), *(['--database', database] if database else [])]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    return done.returncode, done.stdout + done.stderr
