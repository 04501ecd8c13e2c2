"""kill -9 of the server, of steps and of their watchers, at random, over a load of all that the server does durably."""
import pathlib
import random
import shutil
import socket
import tempfile
import time

import verify
import victims
from harness.client import Client
from harness.server import Server, check
from load import Load

PROJECT = pathlib.Path(__file__).parent / 'project'


def ends_clean(tally, name, server, folder, database):
    """The server stops by itself, and what it leaves behind is whole."""
    tally.case(f'{name}: a clean end', [] if server.stop() == 0 else [server.tail()])
    code, said = check(folder, database)
    tally.case(f'{name}: gyre check', [] if code == 0 else [f'exit code {code}', said])


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def strike(rng, server, folder):
    """Kills one process and tells which; the server is started again."""
    kind = rng.choice(['server', 'server', 'step', 'watcher', 'all'])
    if kind in ('step', 'all'):
        for pid in victims.steps(folder)[:1]:
            victims.kill(pid)
    if kind in ('watcher', 'all'):
        for pid in victims.watchers(folder)[:1]:
            victims.kill(pid)
    if kind in ('server', 'all'):
        server.kill()
        time.sleep(rng.uniform(0, 0.4))
        server.start()
    return kind


def run(seed, kills, tally, database=None):
    """One load under `kills` kills; a case each for the kills and for what is verified afterwards."""
    rng = random.Random(seed)
    name = f'kills, seed {seed}' + (', postgres' if database else '')
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-faults.'))
    shutil.copytree(PROJECT, folder / 'project')
    server = Server('--project-file', str(folder / 'project/gyre.yaml'), folder=folder, database=database, listen=f'127.0.0.1:{free_port()}')
    try:
        server.start()
        load = Load(Client(server.port))
        load.begin()
        struck = []
        for _ in range(kills):
            time.sleep(rng.uniform(0.3, 1.5))
            struck.append(strike(rng, server, folder))
            tally.ok()
        load.stop()
        print(f'{name}: killed {", ".join(struck)}; {sum(map(len, load.points.values()))} points, {len(load.commits)} commits, {len(load.started)} pipeline runs', flush=True)
        tally.case(f'{name}: the writers', load.troubles)
        tally.case(f'{name}: pipelines end', list(verify.wait_for_pipelines(load.client, load)))
        for one in verify.CHECKS:
            tally.case(f'{name}: {one.__name__.replace("_", " ")}', list(one(load.client, load)))
        ends_clean(tally, name, server, folder, database)
    except Exception as error:
        tally.fail(name, f'{type(error).__name__}: {error}\n{server.tail()}')
    finally:
        server.kill()
        victims.end_all(folder)
        shutil.rmtree(folder, ignore_errors=True)
