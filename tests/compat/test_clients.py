"""The unmodified clients, 2.x and newest, in environments of their own (scripts/dev/setup): each plays clients/scenarios.py and clients/evaluating.py once a server."""
import json
import os
import pathlib
import re
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
SCENARIOS = [name for file in ('scenarios', 'evaluating') for name in re.findall(r'^def (\w+)\(client\)', (HERE / f'clients/{file}.py').read_text(), re.MULTILINE)]
PLAY_S = 400


@pytest.fixture(scope='module', params=['mlflow2', 'mlflow3'])
def outcome(request, server, tmp_path_factory):
    python = HERE.parents[1] / '.deps' / f'python-{request.param}' / 'bin/python'
    scratch = tmp_path_factory.mktemp(request.param)
    environment = {**os.environ, 'MLFLOW_DISABLE_TELEMETRY': 'true', 'DO_NOT_TRACK': 'true', 'GIT_PYTHON_REFRESH': 'quiet', 'MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR': 'false',
                   'MLFLOW_HTTP_REQUEST_MAX_RETRIES': '1', 'MLFLOW_RECORD_ENV_VARS_IN_MODEL_LOGGING': 'false'}
    played = subprocess.run([python, HERE / 'clients/scenarios.py', server.url, scratch / 'outcome.json'], cwd=scratch, env=environment, capture_output=True, text=True, timeout=PLAY_S)
    assert played.returncode == 0, played.stderr[-3000:]
    return json.loads((scratch / 'outcome.json').read_text())


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_a_client_plays(outcome, scenario):
    assert outcome[scenario] is None, outcome[scenario]
