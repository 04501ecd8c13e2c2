"""What people write instead of a model server: FastAPI in front of ONNX Runtime."""

import os

import numpy as np
import onnxruntime
from fastapi import FastAPI
from pydantic import BaseModel

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(os.environ["MODEL"], options, providers=["CPUExecutionProvider"])


class Rows(BaseModel):
    inputs: list[list[float]]


app = FastAPI()


@app.post("/invocations")
async def score(rows: Rows):
    label, probabilities = session.run(None, {"x": np.asarray(rows.inputs, np.float32)})
    return {"predictions": {"label": label.tolist(), "probabilities": probabilities.tolist()}}
