"""What real releases of mlflow wrote comes here as it is: each fills a store of its own, gyre imports it, and one client tells of both sides, value by value."""
import json
import os
import pathlib
import shutil
import subprocess

import pytest
from harness.server import BINARY, Server, check

HERE = pathlib.Path(__file__).parent
DEPS = pathlib.Path(os.environ.get('GYRE_CLIENTS', HERE.parents[1] / '.deps'))  # releases that setup does not bring may lie elsewhere
CLIENTS = [('mlflow1', 'sqlite'), ('mlflow1', 'mlruns'), ('mlflow2', 'sqlite'), ('mlflow2', 'mlruns'), ('mlflow3', 'sqlite'), ('mlflow3', 'mlruns')]
PLAY_S = 400


def python(client):
    found = DEPS / f'python-{client}' / 'bin/python'
    if not found.exists():
        pytest.skip(f'{client} is not set up')
    return found


def play(client, script, *arguments, cwd, **variables):
    done = subprocess.run([python(client), HERE / 'clients' / script, *map(str, arguments)], cwd=cwd, capture_output=True, text=True, timeout=PLAY_S, env={**os.environ, **variables})
    assert done.returncode == 0, done.stderr[-3000:]


def tell(client, store, cwd, **variables):
    play(client, 'telling.py', store, cwd / 'told.json', cwd=cwd, **variables)
    return json.loads((cwd / 'told.json').read_text())


def gyre(*arguments):
    return subprocess.run([BINARY, *map(str, arguments)], capture_output=True, text=True, timeout=PLAY_S, env={**os.environ, 'GYRE_SERVER': ''})


@pytest.fixture(scope='module', params=CLIENTS, ids='-'.join)
def source(request, tmp_path_factory):
    client, kind = request.param
    folder = tmp_path_factory.mktemp(f'{client}-{kind}')
    place = folder / ('mlflow.db' if kind == 'sqlite' else 'mlruns')
    if kind == 'sqlite' and subprocess.run([python(client), '-c', 'import mlflow.store.tracking.sqlalchemy_store'], capture_output=True).returncode:
        pytest.skip(f'{client} has no SQL store with the SQLAlchemy that it is set up with')
    store = f'sqlite:///{place}' if kind == 'sqlite' else str(place)
    play(client, 'filling.py', store, folder / 'files', cwd=folder)
    return client, place, store, folder


def plain(told):
    """What both sides know. Names of runs that had none, and the sweep of history by old clients, are the server's own."""
    for run in told['runs'].values():
        run['tags'] = {key: value for key, value in run['tags'].items() if key != 'mlflow.runName'}
        run['end'] = run['end'] or None
        run['params'] = {key: value.strip() for key, value in run['params'].items()}
    told['experiments'].pop('0', None)
    return told


def test_all_of_it_is_here(source):
    client, place, store, folder = source
    before = plain(tell(client, store, folder))
    with Server() as server:
        first = gyre('import', place, '--server', server.url, '--json')
        assert first.returncode == 0, first.stdout + first.stderr
        told = json.loads(first.stdout)
        assert told['verified'] and all(line['hash_source'] == line['hash_here'] for line in told['kinds'])
        after = plain(tell(client, server.url, folder))
        for part in before:
            assert after[part] == before[part], part
        again = json.loads(gyre('import', place, '--server', server.url, '--json').stdout)
        assert again['verified'] and not any(line['imported'] for line in again['kinds'])


def test_into_a_folder_that_is_sound_afterwards(source):
    _, place, _, folder = source
    data = folder / 'data'
    done = gyre('import', place, '--data-dir', data)
    assert done.returncode == 0, done.stdout + done.stderr
    assert check(folder)[0] == 0
    shutil.rmtree(data)


def test_there_and_back(source):
    """What was exported is, for the client that wrote it, what it wrote."""
    client, place, store, folder = source
    if client != 'mlflow3' or not store.startswith('sqlite'):
        pytest.skip('one client tells')
    data, back = folder / 'data', folder / 'back.db'
    assert gyre('import', place, '--data-dir', data).returncode == 0
    done = gyre('export', back, '--data-dir', data)
    assert done.returncode == 0, done.stderr
    upgraded = subprocess.run([python(client).parent / 'mlflow', 'db', 'upgrade', f'sqlite:///{back}'], capture_output=True, text=True, timeout=PLAY_S)
    assert upgraded.returncode == 0, upgraded.stderr[-2000:]
    before, after = (tell(client, where, folder, WITHOUT_FILES='1') for where in (store, f'sqlite:///{back}'))
    kept = ('experiment', 'status', 'start', 'end', 'stage', 'user', 'params', 'tags', 'points')
    assert after['experiments'] == before['experiments']
    assert {run: [one[k] for k in kept] for run, one in after['runs'].items()} == {run: [one[k] for k in kept] for run, one in before['runs'].items()}


def test_every_schema(tmp_path):
    """From the first migration on, each as that release left it: one run with a parameter, a tag and a point is in all of them."""
    play('mlflow3', 'schemas.py', tmp_path, cwd=tmp_path)
    files = sorted(tmp_path.glob('*.db'))
    assert len(files) > 40
    for file in files:
        done = gyre('import', file, '--data-dir', tmp_path / 'data', '--json')
        assert done.returncode == 0, file.name + done.stdout + done.stderr
        found = {line['kind']: line['found'] for line in json.loads(done.stdout)['kinds']}
        assert {'experiments', 'runs', 'params', 'tags', 'points'} <= set(found), (file.name, found)
