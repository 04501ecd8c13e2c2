"""Stands for a training: logs a curve, gives the model that it was told to, and a reference that the model scored."""
import json
import os
import pathlib
import shutil
import urllib.error
import urllib.request

import numpy as np
import onnxruntime
import pyarrow
import pyarrow.parquet

ROWS = 400


def send(method, path, content):
    request = urllib.request.Request(os.environ['MLFLOW_TRACKING_URI'] + '/api/2.0/' + path, content, {'Content-Type': 'application/json'}, method=method)
    return json.loads(urllib.request.urlopen(request, timeout=20).read() or '{}')


def call(path, **body):
    return send('POST', 'mlflow/' + path, json.dumps(body).encode())


def register(run, file):
    """As a client of MLflow does it: the files of the run, then a version that names them."""
    root = send('GET', f'mlflow/runs/get?run_id={run}', None)['run']['info']['artifact_uri']
    send('PUT', 'mlflow-artifacts/artifacts/' + root.removeprefix('mlflow-artifacts:/').lstrip('/') + '/model/model.onnx', file.read_bytes())
    try:
        call('registered-models/create', name=os.environ['GYRE_MODEL'])
    except urllib.error.HTTPError:
        pass  # it is there
    call('model-versions/create', name=os.environ['GYRE_MODEL'], source=root + '/model', run_id=run)


def main():
    run = os.environ['MLFLOW_RUN_ID']
    call('runs/log-batch', run_id=run, params=[{'key': 'trees', 'value': '80'}, {'key': 'file', 'value': os.environ['GYRE_PARAM_FILE']}],
        metrics=[{'key': 'loss', 'value': 1 / (step + 1), 'timestamp': 1000 + step, 'step': step} for step in range(40)] + [{'key': 'auc', 'value': .8, 'timestamp': 1, 'step': 0}])

    model = pathlib.Path(os.environ['GYRE_OUTPUT_MODEL'])
    model.mkdir(parents=True, exist_ok=True)
    shutil.copy(os.environ['GYRE_PARAM_FILE'], model / 'model.onnx')

    chance = np.random.default_rng(1)
    a, b = chance.random(ROWS, np.float32) / 2, chance.random(ROWS, np.float32) / 2
    words = np.array(['x', 'y'], object)[chance.integers(0, 2, ROWS)]
    session = onnxruntime.InferenceSession(str(model / 'model.onnx'))
    total, same = session.run(['sum', 'same'], {'a': a.reshape(-1, 1), 'b': b.reshape(-1, 1), 'word': words.reshape(-1, 1)})
    late = (chance.random(ROWS) < total.ravel()).astype('int32')
    pyarrow.parquet.write_table(pyarrow.table({'a': a, 'b': b, 'word': words.tolist(), 'sum': total.ravel(), 'same': same.ravel().tolist(), 'late': late}), os.environ['GYRE_OUTPUT_REFERENCE'])
    pathlib.Path(os.environ['GYRE_OUTPUT_REPORT']).write_text(json.dumps({'rows': 155, 'auc': .8, 'from': '2001-04-01', 'to': '2001-04-03'}))
    register(run, model / 'model.onnx')
    print('trained')


main()
