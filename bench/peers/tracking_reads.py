"""The tracking engine beside `mlflow server`: what is searched and read."""

import json
import random
import sqlite3
import struct
import time

import figures
import machine
import ours
import theirs
import tracking

PIXELS = 2_000
METRICS = 5  # of each run that is searched
LARGE_PRIME = 1_000_003


def log(server, run, key, points):
    for start in range(0, len(points), 1000):
        metrics = [{"key": key, "value": value, "timestamp": at_ms, "step": step} for step, at_ms, value in points[start:start + 1000]]
        ours.call(server, "/api/2.0/mlflow/runs/log-batch", {"run_id": run, "metrics": metrics})


def walk(count, seed=1, start=0):
    """A loss that falls and jitters, as a float that became a double; times jitter too."""
    chance, value, at_ms = random.Random(seed), 2.0, 1_700_000_000_000
    points = []
    for step in range(start, start + count):
        value = max(0.01, value * 0.99999 + chance.gauss(0, 0.002))
        at_ms += 35 + chance.randrange(6)
        points.append((step, at_ms, struct.unpack("f", struct.pack("f", value))[0]))
    return points


def timed(server, ask, rounds=5):
    """The cost of one call: the median wall time, and CPU over all of them, as the system counts it by hundredths of a second."""
    ask()
    walls, cpu = [], server.cpu_seconds()
    for _ in range(rounds):
        started = time.monotonic()
        ask()
        walls.append(1e3 * (time.monotonic() - started))
    cpu = server.cpu_seconds() - cpu
    return figures.Figure(1e3 * max(cpu, 1 / machine.TICKS) / rounds, sorted(walls)[rounds // 2])


def fill_runs(server, count):
    chance = random.Random(3)
    for i in range(count):
        run = ours.new_run(server)
        metrics = [{"key": f"m{m}", "value": chance.random(), "timestamp": i, "step": 1} for m in range(METRICS)]
        ours.call(server, "/api/2.0/mlflow/runs/log-batch", {"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": str(i % 7)}]})


def search_rows(driver, folder, setting):
    sizes, costs = setting.sizes, {}
    for make in (ours.server, theirs.mlflow):
        with tracking.one(make, folder / make.__name__, setting.kind) as server:
            fill_runs(server, sizes.runs)
            costs[make] = [driver.run(server, "search_runs.lua", "/", 1, max(1, sizes.seconds)) for _ in range(tracking.ROUNDS)]
    name = f"search of {sizes.runs:,} runs: filter, order, first 100"
    return [tracking.row(name, costs[ours.server], costs[theirs.mlflow], "reading a hundred runs with all that they hold", 100, setting.kind)]


def run_statements(count, kind):
    """Runs as a server would have written them, five metrics each; a million calls would take an hour."""
    numbers = f"generate_series(1, {count}) AS n(i)" if kind == "postgres" else f"(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count}) SELECT i FROM n) AS n"
    hexed = "lpad(to_hex(n.i), 32, '0')" if kind == "postgres" else "printf('%032x', n.i)"
    metrics = ("generate_series(0, {0}) AS k(m)" if kind == "postgres" else "(WITH RECURSIVE k(m) AS (SELECT 0 UNION ALL SELECT m + 1 FROM k WHERE m < {0}) SELECT m FROM k) AS k").format(METRICS - 1)
    return f"""
INSERT INTO runs (id, experiment_id, name, user_name, status, start_ms, end_ms, lifecycle, artifact_uri, ensure_key)
  SELECT {hexed}, 0, 'run-' || n.i, 'bench', 'FINISHED', 1700000000000 + n.i, 1700000001000 + n.i, 'active', 'mlflow-artifacts:/0/' || n.i, NULL FROM {numbers};
INSERT INTO run_tags (run_id, key, value) SELECT {hexed}, 'mlflow.runName', 'run-' || n.i FROM {numbers};
INSERT INTO run_params (run_id, key, value) SELECT {hexed}, 'p', CAST(n.i % 7 AS TEXT) FROM {numbers};
INSERT INTO metric_series (id, run_id, key, points, latest_step, latest_at_ms, latest_value)
  SELECT CAST(n.i AS BIGINT) * {METRICS} + k.m + 4611686018427387904, {hexed}, 'm' || k.m, 1, 1, n.i, CAST(CAST(n.i AS BIGINT) * 7919 * (2 * k.m + 1) % {LARGE_PRIME} AS DOUBLE PRECISION) / {LARGE_PRIME}
  FROM {numbers} CROSS JOIN {metrics};
"""


def fill_by_sql(server_folder, postgres, count):
    if postgres:
        postgres.run(run_statements(count, "postgres") + "ANALYZE;\n")
        return
    with sqlite3.connect(server_folder / "gyre/gyre.db") as db:
        db.executescript("PRAGMA cache_size = -1000000; PRAGMA synchronous = OFF;")
        index = db.execute("SELECT sql FROM sqlite_master WHERE name = 'metric_series_by_key'").fetchone()[0]
        db.executescript(f"DROP INDEX metric_series_by_key; {run_statements(count, 'sqlite')} {index}; PRAGMA wal_checkpoint(TRUNCATE);")
    db.close()


def search_many_facts(driver, folder, setting):
    """The server is filled while it is down: its own tables, written by SQL."""
    count, place = setting.sizes.many_runs, folder / "many"
    with tracking.one(ours.server, place, setting.kind) as server:
        postgres = server.database
        server.__exit__()
        fill_by_sql(place, postgres, count)
        with ours.server(place, postgres=postgres) as full:
            idle = machine.memory(full.pid).rss_mib
            answer = json.loads(ours.send(full, "POST", "/api/2.0/mlflow/runs/search", b'{"experiment_ids": ["0"], "filter": "metrics.m1 > 0.5", "order_by": ["metrics.m2 DESC"], "max_results": 100}'))
            if len(answer["runs"]) != 100:
                raise SystemExit(f"the search found {len(answer['runs'])} runs")
            costs = [driver.run(full, "search_runs.lua", "/", 1, max(1, setting.sizes.seconds)) for _ in range(tracking.ROUNDS)]
            memory = machine.memory(full.pid).rss_mib
    cost = figures.of_rounds(costs)
    return [figures.Fact(f"search of {count:,} runs: filter, order, first 100, wall", "ms", cost.wall_ms, at_most=20),
            figures.Fact(f"search of {count:,} runs: filter, order, first 100, CPU", "ms", cost.cpu_ms),
            figures.Fact(f"memory with {count:,} runs, at the start (RSS)", "MiB", idle, at_most=512),
            figures.Fact(f"memory with {count:,} runs, after the searches (RSS)", "MiB", memory, at_most=512)]


def read_history(server, run, count):
    token, seen = "", 0
    while True:
        path = f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000" + (f"&page_token={token}" if token else "")
        answer = json.loads(ours.send(server, "GET", path, None))
        seen += len(answer.get("metrics", []))
        token = answer.get("next_page_token", "")
        if not token:
            break
    if seen != count:
        raise SystemExit(f"{server.name}: {seen} of {count} points came back")


def history_rows(_driver, folder, setting):
    count, found = setting.sizes.history, []
    points = walk(count)
    for make in (ours.server, theirs.mlflow):
        with tracking.one(make, folder / make.__name__, setting.kind) as server:
            run = ours.new_run(server)
            log(server, run, "loss", points)
            found.append(timed(server, lambda server=server, run=run: read_history(server, run, count)))
    name = f"history of {count:,} points by MLflow's route"
    return [figures.Row(name, setting.peer, found[0], found[1], None, "JSON"),
            figures.Fact(name + ", the client's decoding of JSON included", "ms", found[0].wall_ms, found[1].wall_ms, setting.peer, 50)]
