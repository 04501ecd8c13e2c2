"""What is told to MLflow: parameters, learning curves, the model's files and its registration."""

import os
import platform
import time

import mlflow
import numpy as np
import onnx
import yaml
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import RestException
from mlflow.models import Model
from mlflow.types import Schema, TensorSpec

ROWS_IN_BATCH = 1000  # the most metrics that MLflow takes in one request


def log(run_id, params, curves, final, tags):
    """Curves get one point a boosting iteration, `final` one value each, under a key of its own; in few requests."""
    assert not curves.keys() & final.keys(), "a final value among the points of a curve bends it"
    client, now_ms = mlflow.MlflowClient(), int(time.time() * 1000)
    points = [Metric(name, value, now_ms, step) for name, curve in curves.items() for step, value in enumerate(curve, start=1)]
    points += [Metric(name, value, now_ms, 0) for name, value in final.items()]
    client.log_batch(run_id, params=[Param(name, str(value)) for name, value in params.items()], tags=[RunTag(name, str(value)) for name, value in tags.items()])
    for start in range(0, len(points), ROWS_IN_BATCH):
        client.log_batch(run_id, metrics=points[start:start + ROWS_IN_BATCH])


def save_model(model, folder, run_id):
    """An MLflow model of the ONNX flavour, which mlflow.onnx.load_model and mlflow.pyfunc.load_model read."""
    folder.mkdir(parents=True, exist_ok=True)
    onnx.save(model, folder / "model.onnx")
    requirements = [f"mlflow=={mlflow.__version__}", f"onnx=={onnx.__version__}", "onnxruntime", "pandas"]
    (folder / "requirements.txt").write_text("".join(line + "\n" for line in requirements))

    def schema(ports):
        kinds = {onnx.TensorProto.STRING: np.dtype(str), onnx.TensorProto.FLOAT: np.dtype(np.float32)}
        return Schema([TensorSpec(kinds[port.type.tensor_type.elem_type], (-1, 1), port.name) for port in ports]).to_json()

    # Named after the run, so that a retry of the step writes the same file again.
    described = Model(run_id=run_id, artifact_path="model", model_uuid=run_id, utc_time_created=os.environ.get("GYRE_NOW"))
    described.add_flavor("onnx", onnx_version=onnx.__version__, data="model.onnx", providers=["CPUExecutionProvider"], code=None)
    described.add_flavor("python_function", loader_module="mlflow.onnx", data="model.onnx", python_version=platform.python_version(), env={"virtualenv": "requirements.txt"})
    signature = {"inputs": schema(model.graph.input), "outputs": schema(model.graph.output), "params": None}
    (folder / "MLmodel").write_text(yaml.safe_dump({**described.to_dict(), "signature": signature}, sort_keys=True))


def register(run_id, folder, name):
    """The files go to the run, the version is made of the run's files. Repeated by a retry it gives the same version."""
    client = mlflow.MlflowClient()
    client.log_artifacts(run_id, str(folder), "model")
    try:
        client.create_registered_model(name)
    except RestException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise
    return client.create_model_version(name, source=f"{client.get_run(run_id).info.artifact_uri}/model", run_id=run_id)
