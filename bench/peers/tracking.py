"""Tracking beside `mlflow server`: the same REST calls, durable on both sides, each on SQLite or on a PostgreSQL of its own."""

import contextlib

import database
import figures
import ours
import theirs

ROUNDS, SECONDS = 3, 3


def peer(kind="sqlite"):
    return "mlflow server, " + {"sqlite": "SQLite", "postgres": "PostgreSQL"}[kind]


@contextlib.contextmanager
def one(make, folder, kind="sqlite"):
    """A server in a folder of its own."""
    folder.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        postgres = stack.enter_context(database.Postgres(folder / "postgres")) if kind == "postgres" else None
        yield stack.enter_context(make(folder, postgres=postgres))


def beside(driver, folder, script, connections, seconds=SECONDS, kind="sqlite", **variables):
    here, there = [], []
    place = folder / f"{script.removesuffix('.lua')}{variables.get('SHAPE', '')}-{connections}"
    with one(ours.server, place / "ours", kind) as gyre, one(theirs.mlflow, place / "theirs", kind) as mlflow:
        runs = {server.name: ours.new_run(server) for server in (gyre, mlflow)}
        for turn in range(ROUNDS + 1):
            for server, costs in ((gyre, here), (mlflow, there)):
                cost = driver.run(server, script, "/", connections, seconds, RUN=runs[server.name], EXPERIMENT="0", BASE=turn * 1_000_000, **variables)
                if cost.failed:
                    raise SystemExit(f"{server.name}: {cost.failed} of {cost.requests} requests failed")
                if turn > 0:  # the first is to get warm
                    costs.append(cost)
    return here, there


def row(name, here, there, limit, aim=50, kind="sqlite"):
    return figures.Row(name, peer(kind), figures.of_rounds(here), figures.of_rounds(there), aim, limit, figures.ratios(here, there))


# MLflow is cheapest a request with the number of clients that is given here.
def log_metric(driver, folder):
    return [row("log-metric", *beside(driver, folder, "log_metric.lua", 8), "SQLite: a commit for the requests that wait, its pages and its fsync")]


def create_run(driver, folder):
    return [row("create-run", *beside(driver, folder, "create_run.lua", 1), "SQLite: run, tags, event and graph node with their indexes; a commit each with one client")]


def log_batch(driver, folder):
    curve = beside(driver, folder, "log_batch.lua", 1, 5, SHAPE="curve")
    wide = beside(driver, folder, "log_batch.lua", 1, 5, SHAPE="wide")
    return [
        row("log-batch, 1,000 points of one metric", *curve, "HTTP and JSON"),
        row("log-batch, one point each of 1,000 metrics", *wide, "HTTP and JSON"),
    ]
