"""The tracking engine beside `mlflow server`: what is written and read at size."""

import json
import random
import sqlite3
import struct
import subprocess
import sys
import time
from dataclasses import dataclass

import figures
import machine
import ours
import places
import theirs
import tracking


@dataclass
class Sizes:
    runs: int  # searched
    history: int  # points of one curve by MLflow's route
    curve: int  # points of the curve that is drawn
    seconds: float  # a round of load


SMALL = Sizes(runs=300, history=20_000, curve=200_000, seconds=1)
FULL = Sizes(runs=10_000, history=100_000, curve=10_000_000, seconds=3)
PIXELS = 2_000
SEAL_SECONDS = 120  # until the tail must be sealed


def log(server, run, key, points):
    for start in range(0, len(points), 1000):
        metrics = [{"key": key, "value": value, "timestamp": at_ms, "step": step} for step, at_ms, value in points[start:start + 1000]]
        ours.call(server, "/api/2.0/mlflow/runs/log-batch", {"run_id": run, "metrics": metrics})


def timed(server, ask, rounds=5):
    """The cost of one call: the median round."""
    costs = []
    for _ in range(rounds + 1):
        cpu, wall = machine.cpu_seconds(server.pid), time.monotonic()
        ask()
        costs.append(figures.Figure(1e3 * (machine.cpu_seconds(server.pid) - cpu), 1e3 * (time.monotonic() - wall)))
    costs = sorted(costs[1:], key=lambda cost: cost.wall_ms)
    return costs[len(costs) // 2]


def walk(count, seed=1, start=0):
    """A loss that falls and jitters, as a float that became a double; times jitter too."""
    chance, value, at_ms = random.Random(seed), 2.0, 1_700_000_000_000
    points = []
    for step in range(start, start + count):
        value = max(0.01, value * 0.99999 + chance.gauss(0, 0.002))
        at_ms += 35 + chance.randrange(6)
        points.append((step, at_ms, struct.unpack("f", struct.pack("f", value))[0]))
    return points


def log_batch_rows(driver, folder, sizes, peer):
    rows = []
    for shape, name, aim in (("curve", "log-batch, 1,000 points of one metric", 1e6), ("wide", "log-batch, one point each of 1,000 metrics", 5e5)):
        here, there = tracking.beside(driver, folder, "log_batch.lua", 4, sizes.seconds, SHAPE=shape)
        rows.append(figures.Row(name, peer, figures.of_rounds(here), figures.of_rounds(there), 100, "see docs/design/0002-tracking-engine.md", figures.ratios(here, there)))
        rate = sorted(1000 * cost.rate for cost in here)[len(here) // 2]
        print(f"  {name}: {rate:,.0f} points/s, aim {aim:,.0f}, the driver on the same cores", file=sys.stderr)
    return rows


def log_metric_rows(driver, folder, sizes, peer):
    here, there = tracking.beside(driver, folder, "log_metric.lua", 64, sizes.seconds)
    return [figures.Row("log-metric, 64 connections", peer, figures.of_rounds(here), figures.of_rounds(there), 100, "HTTP, JSON and a commit for those that wait", figures.ratios(here, there)),
            figures.Fact("log-metric, 64 connections, p99", "ms", max(cost.p99_ms for cost in here), max(cost.p99_ms for cost in there), peer, 10)]


def fill_runs(server, count):
    chance = random.Random(3)
    for i in range(count):
        run = ours.new_run(server)
        metrics = [{"key": f"m{m}", "value": chance.random(), "timestamp": i, "step": 1} for m in range(5)]
        ours.call(server, "/api/2.0/mlflow/runs/log-batch", {"run_id": run, "metrics": metrics, "params": [{"key": "p", "value": str(i % 7)}]})


def search_rows(driver, folder, sizes, peer):
    costs = {}
    for make in (ours.server, theirs.mlflow):
        place = folder / make.__name__
        place.mkdir()
        with make(place) as server:
            fill_runs(server, sizes.runs)
            costs[make] = [driver.run(server, "search_runs.lua", "/", 1, max(1, sizes.seconds)) for _ in range(tracking.ROUNDS)]
    here, there = costs[ours.server], costs[theirs.mlflow]
    return [figures.Row(f"search of {sizes.runs:,} runs: filter, order, first 100", peer, figures.of_rounds(here), figures.of_rounds(there), 100, "reading a hundred runs with all that they hold", figures.ratios(here, there))]


def history_rows(_driver, folder, sizes, peer):
    points, found = walk(sizes.history), []
    for make in (ours.server, theirs.mlflow):
        place = folder / ("h-" + make.__name__)
        place.mkdir()
        with make(place) as server:
            run = ours.new_run(server)
            log(server, run, "loss", points)

            def ask(server=server, run=run):
                token, seen = "", 0
                while True:
                    answer = json.loads(ours.send(server, "GET", f"/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=loss&max_results=25000" + (f"&page_token={token}" if token else ""), None))
                    seen += len(answer.get("metrics", []))
                    token = answer.get("next_page_token", "")
                    if not token:
                        break
                if seen != len(points):
                    raise SystemExit(f"{server.name}: {seen} of {len(points)} points came back")

            found.append(timed(server, ask))
    name = f"history of {sizes.history:,} points by MLflow's route"
    return [figures.Row(name, peer, found[0], found[1], None, "JSON"), figures.Fact(name, "ms", found[0].wall_ms, found[1].wall_ms, peer, 50)]


def sealed(database):
    """Whether no tail is left; read beside the server."""
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return db.execute("SELECT COALESCE(SUM(points), 0) FROM metric_tail").fetchone()[0] < 64


def wait_sealed(database):
    until = time.monotonic() + SEAL_SECONDS
    while not sealed(database):
        if time.monotonic() > until:
            raise SystemExit("the tail is not sealed in time")
        time.sleep(0.5)


def held_bytes(database):
    with sqlite3.connect(f"file:{database}?mode=ro", uri=True) as db:
        return sum(db.execute(f"SELECT COALESCE(SUM(LENGTH(body)), 0) FROM {table}").fetchone()[0] for table in ("metric_chunks", "metric_sheets"))


def curve_facts(_driver, folder, sizes, _peer):
    place = folder / "long"
    place.mkdir()
    with ours.server(place) as server:
        run = ours.new_run(server)
        for start in range(0, sizes.curve, 100_000):
            log(server, run, "loss", walk(min(100_000, sizes.curve - start), start, start))
        wait_sealed(place / "gyre/gyre.db")
        cost = timed(server, lambda: ours.send(server, "GET", f"/api/v1/runs/{run}/series?keys=loss&buckets={PIXELS}", None))
        size = held_bytes(place / "gyre/gyre.db") / sizes.curve
    return [figures.Fact(f"curve of {sizes.curve:,} points to {PIXELS:,} pixels, wall", "ms", cost.wall_ms, None, "", 50),
            figures.Fact("bytes a point x 100, noisy loss as float", "", 100 * size, None, "", 400)]


def size_facts(_driver, folder, _sizes, _peer):
    """Curves of real training: LightGBM on flights, full doubles."""
    file = folder / "curves.json"
    subprocess.run([places.DEPS / "python-flights/bin/python", places.HERE / "curves.py", places.DEPS / "data/flights-3m.parquet", file], check=True)
    curves = json.loads(file.read_text())
    place = folder / "real"
    place.mkdir()
    facts = []
    with ours.server(place) as server:
        for name, values in curves.items():
            run = ours.new_run(server)
            before = held_bytes(place / "gyre/gyre.db")
            log(server, run, name, [(step, 1_700_000_000_000 + 37 * step + step % 5, value) for step, value in enumerate(values)])
            wait_sealed(place / "gyre/gyre.db")
            size = (held_bytes(place / "gyre/gyre.db") - before) / len(values)
            facts.append(figures.Fact(f"bytes a point x 100, LightGBM {name}, {len(values)} points", "", 100 * size, None, "", 400, "its low bits are noise"))
    return facts


MEASURES = {"log-batch": log_batch_rows, "log-metric": log_metric_rows, "search": search_rows, "history": history_rows, "curve": curve_facts, "size": size_facts}
