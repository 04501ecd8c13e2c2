"""Tracking beside `mlflow server` on SQLite: the same REST calls, durable on both sides."""

import figures
import ours
import theirs

ROUNDS, SECONDS = 3, 3
PEER = "mlflow server, SQLite"


def beside(driver, folder, script, connections, seconds=SECONDS, **variables):
    here, there = [], []
    name = "gyre-" + script.removesuffix(".lua") + variables.get("SHAPE", "")
    place = folder / name
    place.mkdir()
    with ours.server(place) as gyre, theirs.mlflow(place) as mlflow:
        runs = {server.name: ours.new_run(server) for server in (gyre, mlflow)}
        for turn in range(ROUNDS + 1):
            for server, costs in ((gyre, here), (mlflow, there)):
                cost = driver.run(server, script, "/", connections, seconds, RUN=runs[server.name], EXPERIMENT="0", BASE=turn * 1_000_000, **variables)
                if cost.failed:
                    raise SystemExit(f"{server.name}: {cost.failed} of {cost.requests} requests failed")
                if turn > 0:  # the first is to get warm
                    costs.append(cost)
    return here, there


def row(name, here, there, limit):
    return figures.Row(name, PEER, figures.of_rounds(here), figures.of_rounds(there), 50, limit, figures.ratios(here, there))


# MLflow is cheapest a request with the number of clients that is given here.
def log_metric(driver, folder):
    return [row("log-metric", *beside(driver, folder, "log_metric.lua", 8), "SQLite: a commit for the requests that wait, its pages and its fsync")]


def create_run(driver, folder):
    return [row("create-run", *beside(driver, folder, "create_run.lua", 1), "SQLite: run, tags, event and graph node with their indexes; a commit each with one client")]


def log_batch(driver, folder):
    curve = beside(driver, folder, "log_batch.lua", 1, 5, SHAPE="curve")
    wide = beside(driver, folder, "log_batch.lua", 1, 5, SHAPE="wide")
    return [
        row("log-batch, 1,000 points of one metric", *curve, "SQLite: inserting rows and their index"),
        row("log-batch, one point each of 1,000 metrics", *wide, "SQLite: finding and updating 1,000 series"),
    ]
