"""Scoring one row and a hundred, beside FastAPI with ONNX Runtime and `mlflow models serve`: the same model, the same JSON."""

import json
import random

import figures
import ours
import theirs

CONNECTIONS = 16
ROUNDS, SECONDS = 3, 3
WIDTH = 28


def write_body(folder, count):
    draw = random.Random(1)
    rows = [[round(draw.gauss(0, 1), 4) for _ in range(WIDTH)] for _ in range(count)]
    file = folder / f"rows-{count}.json"
    file.write_text(json.dumps({"inputs": rows}))
    return file


def beside(driver, folder, peer, count, connections=CONNECTIONS):
    """Rounds of ours and theirs in turn; what each cost."""
    body = write_body(folder, count)
    name = f"gyre-{peer.__name__}-{count}"
    here, there = [], []
    with ours.server(folder, name) as gyre, peer(folder) as other:
        ours.deploy_model(gyre)
        check_alike(gyre, other, body)
        for turn in range(ROUNDS + 1):
            for server, path, costs in ((gyre, "/endpoints/gbm/invocations", here), (other, "/invocations", there)):
                cost = driver.run(server, "body.lua", path, connections, SECONDS, BODY=body)
                if cost.failed:
                    raise SystemExit(f"{server.name}: {cost.failed} of {cost.requests} requests failed")
                if turn > 0:  # the first is to get warm
                    costs.append(cost)
    return here, there


def check_alike(gyre, other, body):
    """Both must answer with the same probabilities, or the comparison means nothing."""
    request = json.loads(body.read_text())
    answers = [ours.call(server, path, request)["predictions"] for server, path in ((gyre, "/endpoints/gbm/invocations"), (other, "/invocations"))]
    mine, expected = (flat(answer["probabilities"] if isinstance(answer, dict) else answer) for answer in answers)
    if any(abs(a - b) > 1e-5 for a, b in zip(mine, expected, strict=True)):
        raise SystemExit(f"{gyre.name} and {other.name} do not answer alike")


def flat(values):
    return [number for value in values for number in flat(value)] if isinstance(values, list) else [values]


def row(driver, folder, name, peer, label, count, aim, limit):
    here, there = beside(driver, folder, peer, count)
    return figures.Row(name, label, figures.of_rounds(here), figures.of_rounds(there), aim, limit, figures.ratios(here, there))


def one_row_fastapi(driver, folder):
    return [row(driver, folder, "score 1 row of 28 columns", theirs.fastapi, "FastAPI + onnxruntime", 1, 8, "HTTP: the kernel's sockets and waking a worker")]


def one_row_mlflow(driver, folder):
    return [row(driver, folder, "score 1 row of 28 columns", theirs.mlflow_models, "mlflow models serve", 1, 100, "HTTP: the kernel's sockets and waking a worker")]


def hundred_rows_fastapi(driver, folder):
    return [row(driver, folder, "score 100 rows of 28 columns", theirs.fastapi, "FastAPI + onnxruntime", 100, 2, "the model itself, the same library on both sides")]
