"""The peers' servers, each at its best setting."""

import os

import places
import servers


def fastapi(folder):
    """`async def`, one worker, uvloop and httptools, no access log."""
    port = servers.free_port()
    command = [str(places.python("fastapi") / "uvicorn"), "fastapi_app:app", "--app-dir", str(places.HERE), "--host", "127.0.0.1", "--port", str(port),
               "--workers", "1", "--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--no-access-log"]
    return servers.Server("FastAPI", command, "/docs", port, folder / "fastapi.log", {"MODEL": str(places.MODEL / "gbm.onnx")})


def mlflow_models(folder):
    """`mlflow models serve` of the same model as scikit-learn's; it needs its environment on PATH."""
    port = servers.free_port()
    programs = places.python("mlflow")
    command = [str(programs / "mlflow"), "models", "serve", "-m", str(places.MODEL / "mlflow"), "--env-manager", "local", "--host", "127.0.0.1", "-p", str(port)]
    return servers.Server("mlflow models serve", command, "/ping", port, folder / "mlflow-models.log", {"PATH": f"{programs}:{os.environ['PATH']}"})


def mlflow(folder, postgres=None):
    """The tracking server with one worker and without its job processes: less CPU a request than as it comes."""
    port = servers.free_port()
    programs = places.python("mlflow")
    command = [str(programs / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", postgres.theirs if postgres else f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "mlflow-artifacts")]
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return servers.Server("mlflow server", command, "/health", port, folder / "mlflow.log", environment, postgres)
