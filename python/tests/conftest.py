"""The real server beside the package, a spool of its own for each test, and scripts in processes of their own."""
import os
import pathlib
import signal
import subprocess
import sys
import textwrap
import time

import pytest

PYTHON = pathlib.Path(__file__).resolve().parents[1]
ROOT = PYTHON.parent
sys.path[:0] = [str(PYTHON), str(ROOT / 'tests'), str(pathlib.Path(__file__).parent)]
os.environ.setdefault('GYRE_BINARY', str(ROOT / 'build/release/gyre'))
os.environ.setdefault('GYRE_LIB_DIR', str(ROOT / '.deps/lib'))
from conftest_tally import pytest_unconfigure  # noqa: E402, F401
from harness.server import Server  # noqa: E402
from story import Story  # noqa: E402

signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts us may ignore it, and scripts would inherit that

SCRIPT_S = 120


@pytest.fixture(autouse=True)
def surroundings(tmp_path, monkeypatch):
    """No test meets what another has left, or what the machine's user has set."""
    for name in list(os.environ):
        if name.startswith(('GYRE_', 'MLFLOW_', 'SLURM_')) and name not in ('GYRE_BINARY', 'GYRE_LIB_DIR') or name == 'RANK':
            monkeypatch.delenv(name)
    monkeypatch.setenv('GYRE_SPOOL', str(tmp_path / 'spool'))
    monkeypatch.setenv('PYTHONPATH', str(PYTHON))


@pytest.fixture(scope='session')
def shared_server():
    with Server() as server:
        yield server


@pytest.fixture
def story(shared_server, monkeypatch):
    """What the server has to say."""
    monkeypatch.setenv('GYRE_SERVER', shared_server.url)
    return Story(shared_server.url)


@pytest.fixture
def own_server(monkeypatch):
    """A server that the test may stop and start again, at the same address."""
    with Server() as server:
        server.listen = f'127.0.0.1:{server.port}'
        monkeypatch.setenv('GYRE_SERVER', server.url)
        yield server


@pytest.fixture
def spool(tmp_path):
    return tmp_path / 'spool'


@pytest.fixture
def script(tmp_path):
    """Starts Python with a text as its script; every process ends with the test."""
    started = []

    def start(text, *arguments, python=sys.executable, **environment):
        place = tmp_path / f'train{len(started)}.py'
        place.write_text(textwrap.dedent(text))
        process = subprocess.Popen([python, str(place), *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
                                   env={**os.environ, 'PYTHONDONTWRITEBYTECODE': '1', **environment}, start_new_session=True)
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def finish():
    def wait(process, code=0):
        out, err = process.communicate(timeout=SCRIPT_S)
        assert process.returncode == code, f'exit code {process.returncode}\n{out}\n{err}'
        return out, err

    return wait


def until(condition, seconds=60.0):
    """What the condition comes to, once it holds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError(f'not within {seconds} s: {condition}')
