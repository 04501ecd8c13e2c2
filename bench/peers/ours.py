"""Gyre's server as the bench needs it."""

import json
import subprocess
import urllib.error
import urllib.request

import places
import servers


def server(folder, name="gyre"):
    port = servers.free_port()
    command = [str(places.GYRE), "server", "--data-dir", str(folder / name), "--listen", f"127.0.0.1:{port}", "--log-level", "warn"]
    return servers.Server(name, command, "/ready", port, folder / f"{name}.log", poll_seconds=0.002)


def deploy_model(folder, name="gyre"):
    """A data folder in which the bench's model answers at the endpoint `gbm`."""
    subprocess.run([str(places.BENCH_HOUSE), str(places.MODEL), "gbm.onnx", str(folder / name)], check=True, stdout=subprocess.DEVNULL)


def call(server, path, body):
    """One POST; the decoded answer."""
    request = urllib.request.Request(server.url + path, data=json.dumps(body).encode(), headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=120) as reply:
            return json.loads(reply.read() or b"{}")
    except urllib.error.HTTPError as refused:
        raise SystemExit(f"{server.name}: POST {path}: {refused.code} {refused.read().decode(errors='replace')[:500]}") from refused


def new_run(server):
    """A run to log to: the same call on Gyre and on MLflow."""
    run = call(server, "/api/2.0/mlflow/runs/create", {"experiment_id": "0", "start_time": 1_700_000_000_000, "run_name": "bench"})
    return run["run"]["info"]["run_id"]
