"""The steps of the chain. Slow enough to be killed, and patient while the server is away."""
import json
import os
import pathlib
import sys
import time
import urllib.error
import urllib.request

PATIENCE_S = 60


def call(method, path, body=None):
    request = urllib.request.Request(os.environ['MLFLOW_TRACKING_URI'] + path, body if isinstance(body, bytes) else json.dumps(body).encode() if body else None,
                                     {'Content-Type': 'application/json'}, method=method)
    end = time.monotonic() + PATIENCE_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.loads(answer.read() or 'null')
        except urllib.error.HTTPError as error:
            return json.loads(error.read())
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.1)


def make(n):
    with open(os.environ['GYRE_OUTPUT_NUMBERS'], 'w') as out:
        for i in range(10):
            print(n * 100 + i, file=out, flush=True)
            time.sleep(0.03)


def double():
    numbers = [int(line) for line in open(os.environ['GYRE_INPUT_NUMBERS'])]
    time.sleep(0.2)
    pathlib.Path(os.environ['GYRE_OUTPUT_DOUBLED']).write_text('\n'.join(str(2 * x) for x in numbers) + '\n')


def publish():
    doubled = pathlib.Path(os.environ['GYRE_INPUT_DOUBLED']).read_bytes()
    run_id = os.environ['MLFLOW_RUN_ID']
    place = call('GET', f'/api/2.0/mlflow/runs/get?run_id={run_id}')['run']['info']['artifact_uri']
    call('PUT', '/api/2.0/mlflow-artifacts/artifacts/' + place.removeprefix('mlflow-artifacts:/') + '/model/doubled.txt', doubled)
    time.sleep(0.1)
    call('POST', '/api/2.0/mlflow/registered-models/create', {'name': 'chain'})
    version = call('POST', '/api/2.0/mlflow/model-versions/create', {'name': 'chain', 'source': place + '/model', 'run_id': run_id})
    time.sleep(0.2)
    pathlib.Path(os.environ['GYRE_OUTPUT_REPORT']).write_text(json.dumps({'rows': doubled.count(b'\n'), 'version': version['model_version']['version']}))


if __name__ == '__main__':
    {'make': lambda: make(int(os.environ['GYRE_PARAM_N'])), 'double': double, 'publish': publish}[sys.argv[1]]()
