"""kill -9 of the server in the middle of a purge: it goes on, takes all of the run and nothing of others."""
import concurrent.futures
import pathlib
import random
import shutil
import sqlite3
import tempfile
import time

from harness.client import Client, Refused
from harness.server import Server
from kills import ends_clean, free_port

MLFLOW, ARTIFACTS = '/api/2.0/mlflow', '/api/2.0/mlflow-artifacts/artifacts'
BATCH, KEYS, WORKERS = 1000, 20, 8
DONE_S, FILES_A_SECOND = 60, 50  # each file is a sync of its folder
TABLES = {'metric_tail': 'run_id', 'metric_owed': 'run_id', 'metric_series': 'run_id', 'run_params': 'run_id', 'run_tags': 'run_id', 'runs': 'id'}
MEMORY_KB = 96 << 10  # that a purge may add at most, however large the run


def make_run(client, name, batches, files):
    run = client.post(MLFLOW + '/runs/create', {'experiment_id': '0', 'run_name': name, 'start_time': 1})['run']['info']['run_id']

    def log(batch):
        points = [{'key': f'k{i % KEYS}', 'value': i, 'timestamp': i, 'step': batch * BATCH + i} for i in range(BATCH)]
        client.post(MLFLOW + '/runs/log-batch', {'run_id': run, 'metrics': points})
        client.post(MLFLOW + '/runs/log-parameter', {'run_id': run, 'key': f'p{batch}', 'value': 'x'})

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(log, range(batches)))
        list(pool.map(lambda i: client.put(f'{ARTIFACTS}/0/{run}/artifacts/d{i % 7}/{i}.txt', f'{name} {i}'.encode()), range(files)))
    client.post(MLFLOW + '/runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': 2})
    return run


def figure(client, name):
    lines = client.call('GET', '/metrics').decode().splitlines()
    return float(next(line for line in lines if line.startswith(name + ' ')).split()[1])


def until_it_is_done(client, files):
    end = time.monotonic() + DONE_S + files / FILES_A_SECOND
    while figure(client, 'gyre_retention_purging') > 0:
        if time.monotonic() > end:
            return ['it does not end']
        time.sleep(0.05)
    return []


def nothing_is_left(client, folder, run, database):
    try:
        client.get(f'{MLFLOW}/runs/get?run_id={run}')
        yield 'the run is still there'
    except Refused as error:
        if error.status != 404:
            yield str(error)
    left = [path for path in (folder / 'data/blobs/objects/artifacts/0').glob(f'{run}/**/*') if path.is_file()]
    if left:
        yield f'{len(left)} files are left, such as {left[0].name}'
    if not database:
        with sqlite3.connect(f'file:{folder}/data/gyre.db?mode=ro', uri=True) as rows:
            for table, column in TABLES.items():
                if count := rows.execute(f'SELECT COUNT(*) FROM {table} WHERE {column} = ?', (run,)).fetchone()[0]:
                    yield f'{count} rows are left in {table}'


def others_are_whole(client, run, batches, files):
    for i in range(KEYS):
        found = client.get(f'{MLFLOW}/metrics/get-history?run_id={run}&metric_key=k{i}&max_results=25000').get('metrics', [])
        if len(found) != batches * BATCH // KEYS:
            yield f'k{i} of the other run has {len(found)} points'
    for i in range(files):
        if client.get(f'{ARTIFACTS}/0/{run}/artifacts/d{i % 7}/{i}.txt') != f'other {i}'.encode():
            yield f'file {i} of the other run has other content'


def memory_kb(server):
    status = pathlib.Path(f'/proc/{server.process.pid}/status').read_text()
    return int(next(line for line in status.splitlines() if line.startswith('VmHWM')).split()[1])


def run(seed, kills, tally, database=None, batches=100, files=400):
    name = f'purge, {"postgres" if database else "sqlite"}, seed {seed}'
    rng, folder = random.Random(seed), pathlib.Path(tempfile.mkdtemp(prefix='gyre-purge.'))
    server = Server(folder=folder, database=database, listen=f'127.0.0.1:{free_port()}')
    try:
        server.start()
        client = Client(server.port)
        other, gone = make_run(client, 'other', 2, 10), make_run(client, 'gone', batches, files)
        client.post(MLFLOW + '/runs/delete', {'run_id': gone})
        pathlib.Path(f'/proc/{server.process.pid}/clear_refs').write_text('5')  # its peak begins here
        before = memory_kb(server)
        client.post('/api/v1/retention/purge', {'kind': 'run', 'id': gone})
        amid = 0
        for i in range(kills):
            time.sleep(rng.uniform(0, 0.15) if i else 0)
            amid += figure(client, 'gyre_retention_purging') > 0
            server.kill()
            server.start()
        tally.case(f'{name}: it goes on', until_it_is_done(client, files) + (['no kill was amid it'] if kills and not amid else []))
        print(f'{name}: {batches * BATCH} points, {files} files, {amid} of {kills} kills amid it', flush=True)
        if not kills:
            added = memory_kb(server) - before
            print(f'{name}: {added} KiB of memory more at most', flush=True)
            tally.case(f'{name}: memory', [f'{added} KiB more'] if added > MEMORY_KB else [])
        tally.case(f'{name}: nothing is left', list(nothing_is_left(client, folder, gone, database)))
        tally.case(f'{name}: the other run', list(others_are_whole(client, other, 2, 10)))
        ends_clean(tally, name, server, folder, database)
    except Exception as error:
        tally.fail(name, f'{type(error).__name__}: {error}\n{server.tail()}')
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
