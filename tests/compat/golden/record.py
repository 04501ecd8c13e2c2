#!/usr/bin/env python
"""Plays the script against a fresh `mlflow server` (SQLite) of the running interpreter and keeps its answers in answers/.

    .deps/python-tests/bin/python tests/compat/golden/record.py [GROUP...]
"""
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from golden.play import Play, write  # noqa: E402
from golden.script import GROUPS  # noqa: E402

READY_S = 300


def free_port():
    with socket.socket() as probe:
        probe.bind(('127.0.0.1', 0))
        return probe.getsockname()[1]


def start(folder, port):
    command = [sys.executable, '-m', 'mlflow', 'server', '--backend-store-uri', f'sqlite:///{folder}/mlflow.db', '--artifacts-destination', f'{folder}/artifacts',
               '--host', '127.0.0.1', '--port', str(port), '--workers', '1']
    environment = {**os.environ, 'MLFLOW_DISABLE_TELEMETRY': 'true', 'DO_NOT_TRACK': 'true', 'MLFLOW_SERVER_ENABLE_JOB_EXECUTION': 'false',
                   'PATH': f'{pathlib.Path(sys.executable).parent}:{os.environ["PATH"]}'}
    return subprocess.Popen(command, cwd=folder, env=environment, stdin=subprocess.DEVNULL, stdout=open(f'{folder}/log', 'w'), stderr=subprocess.STDOUT, start_new_session=True)


def wait(url, process, folder):
    end = time.monotonic() + READY_S
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            return urllib.request.urlopen(url + '/health', timeout=5).read()
        except OSError:
            time.sleep(0.5)
    sys.exit('mlflow server does not start:\n' + pathlib.Path(folder, 'log').read_text()[-3000:])


def main(wanted):
    with tempfile.TemporaryDirectory(prefix='gyre-golden.') as folder:
        port = free_port()
        process = start(folder, port)
        try:
            url = f'http://127.0.0.1:{port}'
            wait(url, process, folder)
            for name, play_group in GROUPS.items():  # all are played, for ids count up through them
                play = Play(url)
                play_group(play)
                if not wanted or name in wanted:
                    (HERE / 'answers' / f'{name}.txt').write_text(write(play.exchanges))
                    print(f'{name}: {len(play.exchanges)} calls')
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


if __name__ == '__main__':
    main(sys.argv[1:])
