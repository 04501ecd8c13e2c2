"""Gyre's server as the bench needs it."""

import json
import urllib.error
import urllib.request

import places
import servers


def server(folder, name="gyre", postgres=None):
    """With an endpoint `gbm` that has no model yet; on SQLite, or on the PostgreSQL given."""
    port = servers.free_port()
    project = folder / f"{name}.yaml"
    project.write_text("endpoints:\n  gbm: {model: gbm}\n")
    command = [str(places.GYRE), "server", "--data-dir", str(folder / name), "--listen", f"127.0.0.1:{port}", "--log-level", "warn", "--project-file", str(project)]
    command += ["--database", postgres.ours] if postgres else []
    return servers.Server(name, command, "/ready", port, folder / f"{name}.log", database=postgres, poll_seconds=0.002)


def deploy_model(server):
    """The bench's model, logged, registered and deployed by its REST, answers at the endpoint `gbm`."""
    run = call(server, "/api/2.0/mlflow/runs/create", {"experiment_id": "0"})["run"]["info"]
    artifact = run["artifact_uri"].removeprefix("mlflow-artifacts:/") + "/model/model.onnx"
    send(server, "PUT", f"/api/2.0/mlflow-artifacts/artifacts/{artifact}", (places.MODEL / "gbm.onnx").read_bytes())
    call(server, "/api/2.0/mlflow/registered-models/create", {"name": "gbm"})
    call(server, "/api/2.0/mlflow/model-versions/create", {"name": "gbm", "source": f"runs:/{run['run_id']}/model", "run_id": run["run_id"]})
    call(server, "/api/v1/endpoints/gbm/deploy", {"routes": [{"version": 1, "weight": 1, "role": "primary"}], "reason": "bench"})


def call(server, path, body):
    """A POST; the decoded answer."""
    return json.loads(send(server, "POST", path, json.dumps(body).encode()) or b"{}")


def send(server, method, path, data):
    request = urllib.request.Request(server.url + path, data=data, method=method, headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            return reply.read()
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{server.name}: {method} {path}: {refused.code} {refused.read().decode(errors='replace')[:500]}") from refused


def new_run(server):
    """A run to log to: the same call on Gyre and on MLflow."""
    run = call(server, "/api/2.0/mlflow/runs/create", {"experiment_id": "0", "start_time": 1_700_000_000_000, "run_name": "bench"})
    return run["run"]["info"]["run_id"]
