"""Runs gyre as a person does, on a terminal of so many columns, and as a program does, into a pipe."""
import dataclasses
import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
import unicodedata

BINARY = os.environ.get('GYRE_BINARY', 'build/release/gyre')
TIMEOUT_S = 60
PAINT = re.compile(r'\x1b\[[0-9;]*m')
MOVES = re.compile(r'\x1b\[(?![0-9;]*m)|\x1b[^\[]')


def environment(**more):
    kept = {name: os.environ[name] for name in ('PATH', 'HOME', 'GYRE_LIB_DIR', 'USER') if name in os.environ}
    return {**kept, 'LANG': 'C.UTF-8', 'TERM': 'xterm-256color', 'TZ': 'UTC', **more}


@dataclasses.dataclass
class Done:
    code: int
    out: str  # standard output; of a terminal, all that was shown
    err: str = ''

    @property
    def document(self):
        return json.loads(self.out)

    @property
    def rows(self):
        """Cells of what was written into a pipe."""
        return [line.split('\t') for line in self.out.splitlines()]

    @property
    def plain(self):
        return PAINT.sub('', self.out).replace('\r', '')

    @property
    def lines(self):
        return self.plain.splitlines()


def width(line):
    """Columns on the screen."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in 'WF' else 1 for c in line)


def piped(*arguments, stdin=None, cwd=None, timeout=TIMEOUT_S, **more):
    done = subprocess.run([BINARY, *map(str, arguments)], input=stdin, capture_output=True, cwd=cwd, timeout=timeout, env=environment(**more),
                          **({'stdin': subprocess.DEVNULL} if stdin is None else {}))
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())


class OnTerminal:
    """A process whose three streams are one terminal."""

    def __init__(self, *arguments, columns=120, cwd=None, command=None, **more):
        self.text = b''
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack('HHHH', 50, columns, 0, 0))
        self.fd = ours
        self.process = subprocess.Popen(command or [BINARY, *map(str, arguments)], stdin=theirs, stdout=theirs, stderr=theirs, cwd=cwd, env=environment(**more), start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(theirs)

    def read_until(self, found, timeout=TIMEOUT_S):
        """Reads until `found(text so far)`, or the end."""
        end = time.monotonic() + timeout
        while not found(self.text.decode(errors='replace')):
            if time.monotonic() > end:
                raise TimeoutError(f'not seen in {timeout} s; so far:\n' + self.text.decode(errors='replace')[-2000:])
            if not select.select([self.fd], [], [], 0.1)[0]:
                continue
            try:
                block = os.read(self.fd, 65536)
            except OSError:  # the other side is closed
                block = b''
            if not block:
                break
            self.text += block
        return self.text.decode(errors='replace')

    def write(self, text):
        os.write(self.fd, text.encode())

    def finish(self, timeout=TIMEOUT_S):
        try:
            self.read_until(lambda _: False, timeout)
            code = self.process.wait(timeout)
        finally:
            if self.process.poll() is None:
                self.process.kill()
                self.process.wait()
            os.close(self.fd)
        return Done(code, self.text.decode(errors='replace'))


def shown(*arguments, columns=120, **more):
    return OnTerminal(*arguments, columns=columns, **more).finish()
