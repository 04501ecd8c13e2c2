"""A full disk and a read-only one: clear errors, what was acknowledged stays, and all works again when there is room.

Runs itself in a mount namespace of its own (root, or a user namespace), where the data folder is a small tmpfs.
"""
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
from harness.client import Client, Refused  # noqa: E402
from harness.server import BINARY, Server, ServerDied, check  # noqa: E402
from harness.tally import Tally  # noqa: E402

MLFLOW = '/api/2.0/mlflow'
DISK_BYTES = 64 << 20
FILE_BYTES = 4 << 20
INSIDE = 'GYRE_TEST_IN_NAMESPACE'
FULL = ['full', 'no space']
READ_ONLY = ['read-only', 'readonly', 'read only']


def mount(*arguments):
    subprocess.run(['mount', *arguments], check=True)


class Story:
    """A server on a small disk, and what it has acknowledged."""

    def __init__(self, server, folder):
        self.server, self.folder = server, folder
        self.client = Client(server.port)
        self.run = self.client.post(MLFLOW + '/runs/create', {'experiment_id': '0'})['run']['info']['run_id']
        self.steps, self.files = [], []

    def log(self, step):
        metrics = [{'key': 'm', 'value': step + i / 1000, 'timestamp': 1, 'step': step * 1000 + i} for i in range(1000)]
        self.client.post(MLFLOW + '/runs/log-batch', {'run_id': self.run, 'metrics': metrics})
        self.steps.append(step)

    def upload(self, number):
        name = f'0/{self.run}/artifacts/f{number:03}.bin'
        self.client.put('/api/2.0/mlflow-artifacts/artifacts/' + name, bytes([number % 256]) * FILE_BYTES)
        self.files.append((name, number))

    def until_refused(self, act):
        """The refusal that comes, within more steps than the disk holds."""
        for number in range(2000):
            try:
                act(number)
            except Refused as error:
                return error
        return None

    def forget_file(self):
        name, _ = self.files.pop()
        self.client.call('DELETE', '/api/2.0/mlflow-artifacts/artifacts/' + name)

    def lost(self):
        history, token = [], ''
        while True:
            page = self.client.get(f'{MLFLOW}/metrics/get-history?run_id={self.run}&metric_key=m&max_results=25000' + (f'&page_token={token}' if token else ''))
            history += page.get('metrics', [])
            token = page.get('next_page_token')
            if not token:
                break
        found = {point['step'] for point in history}
        for step in self.steps:
            missing = sum(step * 1000 + i not in found for i in range(1000))
            if missing:
                yield f'{missing} points of batch {step} were acknowledged and are gone'
        for name, number in self.files:
            if self.client.get('/api/2.0/mlflow-artifacts/artifacts/' + name) != bytes([number % 256]) * FILE_BYTES:
                yield f'{name} has other content than was acknowledged'


def is_clear(error, words):
    """A refusal that tells the user what is wrong with the disk: 507 where it is full, 403 where it may not be written."""
    if error is None:
        return ['nothing was refused']
    wanted = 507 if words == FULL else 403
    problems = [] if error.status == wanted else [f'status: expected {wanted}, found {error.status}']
    if not any(word in error.told.lower() for word in words):
        problems.append(f'the answer does not say {" or ".join(words)}: {error.told!r}')
    return problems


def full_disk(tally, folder):
    with Server(folder=folder) as server:
        story = Story(server, folder)
        story.log(0)
        tally.case('full disk: uploads are refused', is_clear(story.until_refused(story.upload), FULL))
        ballast = folder / 'data' / 'ballast'
        with open(ballast, 'wb', buffering=0) as out:  # nothing is left over that its end would have to write
            try:
                while True:
                    out.write(b'\0' * 65536)
            except OSError:
                pass
        tally.case('full disk: points are refused', is_clear(story.until_refused(lambda n: story.log(n + 1)), FULL))
        tally.case('full disk: reading goes on', list(story.lost()))
        ballast.unlink()
        story.forget_file()
        try:
            story.log(9999)
            story.upload(999)
            tally.ok()
        except Refused as error:
            tally.fail('room again: writing goes on', error)
        tally.case('room again: nothing is lost', list(story.lost()))
        tally.case('full disk: a clean end', [] if server.stop() == 0 else [server.tail()])
    code, said = check(folder)
    tally.case('full disk: gyre check', [] if code == 0 else [said])


def read_only(tally, folder):
    with Server(folder=folder) as server:
        story = Story(server, folder)
        story.log(0)
        story.upload(1)
        blobs = str(folder / 'data' / 'blobs')
        mount('--bind', blobs, blobs)
        mount('-o', 'remount,bind,ro', blobs)
        tally.case('read-only content: uploads are refused', is_clear(story.until_refused(lambda n: story.upload(n + 2)), READ_ONLY))
        story.log(1)
        tally.case('read-only content: all else goes on', list(story.lost()))
        subprocess.run(['umount', blobs], check=True)
        try:
            story.upload(500)
            tally.ok()
        except Refused as error:
            tally.fail('writable again: uploads go on', error)
        tally.case('writable again: nothing is lost', list(story.lost()))
        server.stop()
    code, said = check(folder)
    tally.case('read-only content: gyre check', [] if code == 0 else [said])
    mount('-o', 'remount,ro', str(folder))
    refused_to_start(tally, folder)
    mount('-o', 'remount,rw', str(folder))


def refused_to_start(tally, folder):
    for command in (['server', '--listen', '127.0.0.1:0'], ['check']):
        done = subprocess.run([BINARY, *command, '--data-dir', str(folder / 'data')], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
        problems = [] if done.returncode > 0 else [f'exit code {done.returncode}']
        if not any(word in done.stderr.lower() for word in READ_ONLY):
            problems.append(f'does not say that the folder is read-only: {done.stderr}')
        tally.case(f'read-only: gyre {command[0]} says so', problems)


def inside():
    tally = Tally()
    mount('--make-rprivate', '/')
    for story in (full_disk, read_only):
        with tempfile.TemporaryDirectory(prefix='gyre-disk.') as name:
            mount('-t', 'tmpfs', '-o', f'size={DISK_BYTES}', 'tmpfs', name)
            try:
                story(tally, pathlib.Path(name))
            except (OSError, ServerDied, Refused) as error:
                tally.fail(story.__name__, f'{type(error).__name__}: {error}')
            finally:
                subprocess.run(['umount', '-l', name])
    tally.close()


def run(tally):
    """From outside: the same file in a namespace, its cases counted here."""
    command = ['unshare', '-m'] if os.geteuid() == 0 else ['unshare', '-rm']
    done = subprocess.run([*command, sys.executable, __file__], capture_output=True, text=True, env={**os.environ, INSIDE: '1'}, timeout=300)
    lines = done.stdout.splitlines()
    if not lines or ' passed, ' not in lines[-1]:
        tally.fail('full and read-only disks', done.stdout + done.stderr)
        return
    print('\n'.join(lines[:-1]), flush=True)
    tally.passed += int(lines[-1].split()[0])
    tally.failed += int(lines[-1].split()[2])


if __name__ == '__main__':
    if not os.environ.get(INSIDE):
        sys.exit('this file is run by run.py')
    inside()
