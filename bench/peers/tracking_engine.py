"""The tracking engine beside `mlflow server`: what is written, and how few bytes that takes."""

import json
import sqlite3
import subprocess
import time

import figures
import machine
import ours
import places
import tracking
import tracking_artifacts
import tracking_curves
import tracking_reads
from tracking_reads import log, walk

SEAL_SECONDS = 120  # until the tail must be sealed


def log_batch_rows(driver, folder, setting):
    found = []
    for shape, name, aim in (("curve", "log-batch, 1,000 points of one metric", 1e6), ("wide", "log-batch, one point each of 1,000 metrics", 5e5)):
        here, there = tracking.beside(driver, folder, "log_batch.lua", 4, setting.sizes.seconds, setting.kind, SHAPE=shape)
        rate, their_rate = (sorted(1000 * cost.rate for cost in costs)[len(costs) // 2] for costs in (here, there))
        found += [tracking.row(name, here, there, "HTTP and JSON: see bench/README.md", 100, setting.kind),
                  figures.Fact(f"{name}: points a second, 4 connections", "", rate, their_rate, setting.peer, at_least=aim, remark="The driver writes its JSON on the same cores.")]
    return found


def log_metric_rows(driver, folder, setting):
    here, there = tracking.beside(driver, folder, "log_metric.lua", 64, setting.sizes.seconds, setting.kind)
    return [tracking.row("log-metric, 64 connections", here, there, "HTTP, JSON and a commit for those that wait", 100, setting.kind),
            figures.Fact("log-metric, 64 connections, p99", "ms", max(cost.p99_ms for cost in here), max(cost.p99_ms for cost in there), setting.peer, 10)]


def create_run_rows(driver, folder, setting):
    found = []
    for connections, name in ((1, "1 connection"), (8, "8 connections")):
        here, there = tracking.beside(driver, folder, "create_run.lua", connections, setting.sizes.seconds, setting.kind)
        found.append(tracking.row(f"create-run, {name}", here, there, "a commit a run: run, tags, event and graph node with their indexes", 50, setting.kind))
    return found


def sealed(file):
    """Whether no tail is left; read beside the server."""
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        return db.execute("SELECT COALESCE(SUM(points), 0) FROM metric_tail").fetchone()[0] < 64


def wait_sealed(file, seconds=SEAL_SECONDS):
    until = time.monotonic() + seconds
    while not sealed(file):
        if time.monotonic() > until:
            raise SystemExit("the tail is not sealed in time")
        time.sleep(0.5)


def held_bytes(file):
    with sqlite3.connect(f"file:{file}?mode=ro", uri=True) as db:
        return sum(db.execute(f"SELECT COALESCE(SUM(LENGTH(body)), 0) FROM {table}").fetchone()[0] for table in ("metric_chunks", "metric_sheets"))


def curve_facts(_driver, folder, setting):
    count, place = setting.sizes.curve, folder / "long"
    place.mkdir()
    with ours.server(place) as server:
        run = ours.new_run(server)
        for start in range(0, count, 100_000):
            log(server, run, "loss", walk(min(100_000, count - start), start, start))
        wait_sealed(place / "gyre/gyre.db")
        cost = tracking_reads.timed(server, lambda: ours.send(server, "GET", f"/api/v1/runs/{run}/series?keys=loss&buckets={tracking_reads.PIXELS}", None))
        size = held_bytes(place / "gyre/gyre.db") / count
    return [figures.Fact(f"curve of {count:,} points to {tracking_reads.PIXELS:,} pixels, wall", "ms", cost.wall_ms, at_most=50),
            figures.Fact(f"curve of {count:,} points to {tracking_reads.PIXELS:,} pixels, CPU", "ms", cost.cpu_ms),
            figures.Fact("bytes a point, a loss of floats that jitters", "", size, at_most=4)]


def many_curves_facts(_driver, folder, setting):
    return tracking_curves.facts(folder, setting, wait_sealed)


def size_facts(_driver, folder, setting):
    """Curves of real training: LightGBM on flights, full doubles."""
    file = folder / "curves.json"
    subprocess.run([places.DEPS / "python-flights/bin/python", places.HERE / "curves.py", places.DEPS / "data/flights-3m.parquet", file], check=True)
    curves = json.loads(file.read_text())
    place, facts, bytes_held, points = folder / "real", [], 0, 0
    place.mkdir()
    with ours.server(place) as server:
        for name, values in curves.items():
            run = ours.new_run(server)
            before = held_bytes(place / "gyre/gyre.db")
            log(server, run, name, [(step, 1_700_000_000_000 + 37 * step + step % 5, value) for step, value in enumerate(values)])
            wait_sealed(place / "gyre/gyre.db")
            held = held_bytes(place / "gyre/gyre.db") - before
            bytes_held, points = bytes_held + held, points + len(values)
            facts.append(figures.Fact(f"bytes a point, LightGBM {name}, {len(values)} points", "", held / len(values)))
    return [*facts, figures.Fact("bytes a point, all curves of LightGBM together", "", bytes_held / points, at_most=4, remark="The low bits of full doubles are noise.")]


def memory_facts(_driver, folder, setting):
    with tracking.one(ours.server, folder / "ours", setting.kind) as server:
        time.sleep(10)
        return [figures.Fact("memory idle, 10 s after the start (RSS)", "MiB", machine.memory(server.pid).rss_mib, at_most=64)]


MEASURES = {"log-batch": log_batch_rows, "log-metric": log_metric_rows, "create-run": create_run_rows, "search": tracking_reads.search_rows,
            "search-many": tracking_reads.search_many_facts, "history": tracking_reads.history_rows, "curve": curve_facts, "curves-many": many_curves_facts, "size": size_facts,
            "memory": memory_facts, "artifact": tracking_artifacts.rows}
