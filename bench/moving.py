"""How long it takes to bring in an MLflow database: BINARY POINTS. The schema is that of the mlflow that runs this; the points are those of 10 metrics of 1,000 steps a run.

`mlflow migrate-filestore`, the nearest that MLflow has, reads folders and not databases, so there is no peer of the same work."""
import os
import pathlib
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', GIT_PYTHON_REFRESH='quiet')

from mlflow import MlflowClient  # noqa: E402

STEPS, KEYS = 1000, 10


def fill(file, points):
    experiment = MlflowClient(f'sqlite:///{file}').create_experiment('bench', 's3://elsewhere/bench')
    runs = [f'{random.getrandbits(128):032x}' for _ in range(points // (STEPS * KEYS))]
    with sqlite3.connect(file) as db:
        for pragma in ('journal_mode=off', 'synchronous=off', 'cache_size=-1000000'):
            db.execute(f'PRAGMA {pragma}')
        db.executemany("INSERT INTO runs (run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id) "
                       "VALUES (?, ?, 'LOCAL', 'ann', 'FINISHED', ?, ?, 'active', 's3://elsewhere', ?)", [(run, run[:8], 1_700_000_000_000 + i, 1_700_000_100_000 + i, experiment) for i, run in enumerate(runs)])
        db.execute(f'CREATE TEMP TABLE n AS WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {STEPS - 1}) SELECT i FROM n')
        db.execute(f"CREATE TEMP TABLE k AS SELECT 'metric/' || i AS key, i FROM n WHERE i < {KEYS}")
        for run in runs:
            db.execute('INSERT INTO metrics (key, value, timestamp, run_uuid, step, is_nan) SELECT k.key, 1.0 / (n.i + 1) + (abs(random()) % 1000000) / 1e9, 1700000000000 + n.i * 1000 + k.i, ?, n.i, 0 FROM n, k', (run,))


def main(binary, points):
    points = int(points)
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder, 'mlflow.db')
        fill(file, points)
        for what in ('first', 'again, nothing new'):
            before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
            subprocess.run([binary, 'import', file, '--data-dir', pathlib.Path(folder, 'data'), '--quiet'], check=True, stderr=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
            print(f'{what}: {points:,} points, compared afterwards: {time.monotonic() - started:.1f} s, CPU {cpu:.1f} s  (aim for 10 M: 30 s)')


main(*sys.argv[1:])
