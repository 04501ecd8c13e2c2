"""Curves of many runs, of ours alone: the peer draws them in the browser from points that it was sent."""

import json
import time

import figures
import ours
import tracking_reads

BUCKETS, HALF_LIFE = 480, 200
SEAL_SECONDS = 600  # until the tails of all runs must be sealed


def fill(server, runs, points):
    """The same points in each of so many runs; the text of a batch is made once."""
    batches = [json.dumps([{"key": "loss", "value": value, "timestamp": at_ms, "step": step} for step, at_ms, value in points[start:start + 1000]])
               for start in range(0, len(points), 1000)]
    ids = [ours.new_run(server) for _ in range(runs)]
    for run in ids:
        for batch in batches:
            ours.send(server, "POST", "/api/2.0/mlflow/runs/log-batch", f'{{"run_id": "{run}", "metrics": {batch}}}'.encode())
    return ids


def first_ms(ask):
    started = time.monotonic()
    ask()
    return 1e3 * (time.monotonic() - started)


def facts_of(server, name, ask, at_most=None):
    """The first call, when nothing is remembered, and those after it."""
    first = first_ms(ask)
    cost = tracking_reads.timed(server, ask)
    return [figures.Fact(f"{name}, the first time, wall", "ms", first, at_most=at_most), figures.Fact(f"{name}, again, wall", "ms", cost.wall_ms),
            figures.Fact(f"{name}, again, CPU", "ms", cost.cpu_ms)]


def ask(server, path, body):
    return lambda: ours.call(server, path, body)


def line_facts(folder, runs, count, wait_sealed):
    with ours.server(folder) as server:
        wish = {"runs": fill(server, runs, tracking_reads.walk(count)), "keys": ["loss"], "buckets": BUCKETS}
        wait_sealed(folder / "gyre/gyre.db", SEAL_SECONDS)
        name, quarter = f"{runs:,} curves of {count:,} points to {BUCKETS} buckets", {"from": count // 2, "to": 3 * count // 4}
        return [*facts_of(server, name, ask(server, "/api/v1/series/query", wish)),
                *facts_of(server, f"{name}, smoothed", ask(server, "/api/v1/series/query", {**wish, "smooth": HALF_LIFE}), at_most=2000),
                *facts_of(server, f"{name}, smoothed, a quarter of x", ask(server, "/api/v1/series/query", {**wish, **quarter, "smooth": HALF_LIFE})),
                *facts_of(server, f"{name}, in a group", ask(server, "/api/v1/series/query", {**wish, "group": {"by": ["status"], "band": "confidence"}}))]


def density_facts(folder, runs, count, wait_sealed):
    with ours.server(folder) as server:
        fill(server, runs, tracking_reads.walk(count))
        wait_sealed(folder / "gyre/gyre.db", SEAL_SECONDS)
        wish = {"select": {"experiments": ["0"]}, "key": "loss", "width": BUCKETS, "height": 160}
        name = f"density of {runs:,} curves of {count:,} points"
        return [*facts_of(server, name, ask(server, "/api/v1/series/density", wish), at_most=400),
                *facts_of(server, f"{name}: the nearest", ask(server, "/api/v1/series/nearest", {**wish, "at": {"x": count // 2, "y": 1}}), at_most=50),
                *facts_of(server, "500 rows with a spark", ask(server, "/api/v1/runs/query", {"experiments": ["0"], "limit": 500, "sparks": ["metrics.loss"]}))]


def facts(folder, setting, wait_sealed):
    places = [folder / name for name in ("lines", "density")]
    for place in places:
        place.mkdir()
    sizes = setting.sizes
    return [*line_facts(places[0], sizes.drawn_runs, sizes.drawn_points, wait_sealed), *density_facts(places[1], sizes.density_runs, 200, wait_sealed)]
