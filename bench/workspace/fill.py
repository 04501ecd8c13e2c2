"""A data folder that looks like a team's: one experiment of 100,000 runs with names, parameters, figures, failures and families, some hundreds
of them with curves, one run with 10,000 metrics; an experiment with a few runs, and one with none.

    python3 bench/workspace/fill.py --binary build/release/gyre --data-dir DIR [--runs 100000] [--curves 240] [--keys 10000] [--long 0]

The many are written by SQL while the server is down, as bench/peers does; what has curves is logged through the API. `--long N`: one more run
with a curve of N points.
"""
import argparse
import concurrent.futures
import json
import math
import pathlib
import random
import re
import sqlite3
import subprocess
import time
import urllib.request

BEFORE_MS = 3 * 86_400_000  # that the many ended before those with curves
MODELS = ['transformer-base', 'transformer-large', 'mlp', 'gbdt', 'resnet50']
RATES = ['1e-4', '3e-4', '1e-3', '3e-3', '1e-2']
OPTIMIZERS = ['adamw', 'sgd', 'lion']
LONG = 'with-relative-positions-and-a-warmup-of-4000-steps-on-the-cleaned-corpus-of-november'


class Server:
    def __init__(self, binary, folder):
        self.process = subprocess.Popen([binary, 'server', '--data-dir', str(folder), '--listen', '127.0.0.1:0'], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        for line in self.process.stdout:
            if found := re.search(r'http://127\.0\.0\.1:\d+', line):
                self.url = found.group(0)
                break
        else:
            raise SystemExit('the server did not start')

    def send(self, path, body):
        request = urllib.request.Request(self.url + path, json.dumps(body).encode(), {'content-type': 'application/json'})
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or b'{}')

    def stop(self):
        self.process.terminate()
        self.process.wait()


def quality(rng, model, rate, dropout):
    """A figure that depends on the parameters, so that importance and scatter have something to find."""
    base = {'transformer-base': .90, 'transformer-large': .915, 'mlp': .86, 'gbdt': .885, 'resnet50': .87}[model]
    return base - .012 * abs(math.log10(float(rate)) + 3.4) - .06 * (dropout - .1) ** 2 + rng.gauss(0, .004)


def make(rng, i):
    model, rate, optimizer = rng.choice(MODELS), rng.choice(RATES), rng.choice(OPTIMIZERS)
    dropout, depth, seed = rng.choice([0, .1, .2, .3]), rng.choice([4, 6, 8, 12]), i % 10
    name = f'{model}-{optimizer}-depth{depth}-drop{dropout}-lr{rate}-seed{seed}'
    if i % 25 == 0:
        name = f'{model}-{LONG}-lr{rate}-depth{depth}-seed{i:05d}'
    auc = quality(rng, model, rate, dropout)
    params = {'model': model, 'lr': rate, 'optimizer': optimizer, 'dropout': str(dropout), 'depth': str(depth), 'seed': str(seed), 'batch_size': rng.choice(['64', '128', '256']), 'data': 'orders@4be1c07'}
    return name, params, auc


def fill(db, experiment, count, rng):
    """Runs of the past, each with what its last step left; the series have no points of their own but the last."""
    runs, tags, params, series = [], [], [], []
    parent = None
    first = int(time.time() * 1000) - BEFORE_MS - count * 60_000
    for i in range(count):
        id_, start = f'{i + 1:032x}', first + i * 60_000
        name, chosen, auc = make(rng, i)
        status = 'FAILED' if i % 37 == 3 else 'KILLED' if i % 211 == 5 else 'FINISHED'
        runs.append((id_, experiment, name, rng.choice(['mara', 'jon', 'ada']), status, start, start + rng.randint(600_000, 9_000_000), 'active', f'mlflow-artifacts:/{experiment}/{id_}/artifacts'))
        tags.append((id_, 'mlflow.runName', name))
        tags.append((id_, 'team', rng.choice(['fraud', 'risk', 'ads'])))
        if i % 500 == 0:
            parent = id_
        elif i % 500 < 8:
            tags.append((id_, 'mlflow.parentRunId', parent))
        params += [(id_, key, value) for key, value in chosen.items()]
        nan = i % 97 == 11
        for k, (key, value) in enumerate({'val/auc': auc, 'val/loss': 1.2 - auc + rng.gauss(0, .01), 'train/loss': 1.1 - auc + rng.gauss(0, .01), 'epoch': 40}.items()):
            if status == 'FAILED' and k == 0 and i % 2:
                continue
            series.append((4_611_686_018_427_387_904 + i * 8 + k, id_, key, 1, 12_000, start, None if nan and k < 3 else value))
    db.executescript('PRAGMA cache_size = -400000; PRAGMA synchronous = OFF;')
    columns = {row[1] for row in db.execute('PRAGMA table_info(metric_series)')}
    db.executemany('INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)', runs)
    db.executemany('INSERT INTO run_tags (run_id, key, value) VALUES (?, ?, ?)', tags)
    db.executemany('INSERT INTO run_params (run_id, key, value) VALUES (?, ?, ?)', params)
    assert {'latest_value', 'latest_step'} <= columns
    db.executemany('INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value) VALUES (?, ?, ?, ?, ?, ?, ?)', series)
    db.commit()
    db.execute('PRAGMA wal_checkpoint(TRUNCATE)')


def log_run(server, experiment, i, rng, parent=None):
    name, params, auc = make(rng, 1_000_000 + i)
    start = int(time.time() * 1000) - (400 - i) * 120_000
    tags = [{'key': 'team', 'value': 'fraud'}] + ([{'key': 'mlflow.parentRunId', 'value': parent}] if parent else [])
    run = server.send('/api/2.0/mlflow/runs/create', {'experiment_id': experiment, 'run_name': name, 'start_time': start, 'tags': tags})['run']['info']['run_id']
    steps = 12_000 if i % 7 else 4_900
    points = []
    for n in range(240):
        step = round(n * steps / 239)
        rise = 1 - math.exp(-step / 2600)
        value = .62 + (auc - .62) * rise + rng.gauss(0, .002)
        broken = i % 23 == 9 and step > 812
        points += [{'key': 'val/auc', 'value': 'NaN' if broken else value, 'timestamp': start + step * 500, 'step': step},
                   {'key': 'val/loss', 'value': 'NaN' if broken else 1.15 - value, 'timestamp': start + step * 500, 'step': step},
                   {'key': 'train/loss', 'value': 1.1 - value + rng.gauss(0, .02), 'timestamp': start + step * 500, 'step': step}]
    for at in range(0, len(points), 900):
        server.send('/api/2.0/mlflow/runs/log-batch', {'run_id': run, 'metrics': points[at:at + 900], 'params': [{'key': k, 'value': v} for k, v in params.items()] if at == 0 else []})
    if i % 7:
        server.send('/api/2.0/mlflow/runs/update', {'run_id': run, 'status': 'FAILED' if i % 19 == 4 else 'FINISHED', 'end_time': start + steps * 500})
    return run


def many_keys(server, experiment, count):
    run = server.send('/api/2.0/mlflow/runs/create', {'experiment_id': experiment, 'run_name': 'every-layer-has-its-norms', 'start_time': int(time.time() * 1000)})['run']['info']['run_id']
    for at in range(0, count, 900):
        server.send('/api/2.0/mlflow/runs/log-batch', {'run_id': run, 'metrics': [{'key': f'layer{k // 8:04d}/{"grad weight act bias".split()[k % 4]}_norm_{k % 2}', 'value': 1 / (k + 1), 'timestamp': 1, 'step': 1} for k in range(at, min(count, at + 900))]})
    server.send('/api/2.0/mlflow/runs/update', {'run_id': run, 'status': 'FINISHED'})


def long_curve(server, experiment, count, rng):
    run = server.send('/api/2.0/mlflow/runs/create', {'experiment_id': experiment, 'run_name': 'a-very-long-training', 'start_time': int(time.time() * 1000)})['run']['info']['run_id']
    for at in range(0, count, 1000):
        server.send('/api/2.0/mlflow/runs/log-batch', {'run_id': run, 'metrics': [{'key': 'val/auc', 'value': .9 - .3 * math.exp(-k * 6 / count) + rng.gauss(0, .004), 'timestamp': k, 'step': k} for k in range(at, min(count, at + 1000))]})


def main():
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument('--binary', default='build/release/gyre')
    words.add_argument('--data-dir', type=pathlib.Path, required=True)
    words.add_argument('--runs', type=int, default=100_000)
    words.add_argument('--curves', type=int, default=240)
    words.add_argument('--keys', type=int, default=10_000)
    words.add_argument('--long', type=int, default=0)
    asked = words.parse_args()
    rng = random.Random(21)
    server = Server(asked.binary, asked.data_dir)
    experiment, few, _ = [server.send('/api/2.0/mlflow/experiments/create', {'name': name})['experiment_id'] for name in ('exp-21', 'a-few', 'nothing-yet')]
    server.stop()
    db = sqlite3.connect(asked.data_dir / 'gyre.db')
    fill(db, int(experiment), asked.runs, rng)
    db.close()
    server = Server(asked.binary, asked.data_dir)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda i: log_run(server, experiment, i, random.Random(i)), range(asked.curves)))
    sweep = log_run(server, few, 1, rng)
    for i in range(12):
        log_run(server, few, i, rng, sweep)
    many_keys(server, few, asked.keys)
    long_curve(server, few, asked.long, rng)
    server.stop()
    print(f'{asked.data_dir}: experiment {experiment} has {asked.runs + asked.curves:,} runs, {few} a few and a run with {asked.keys:,} metrics')


if __name__ == '__main__':
    main()
