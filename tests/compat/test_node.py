"""Node.js: the client of MLflow's REST that the registry has, OpenTelemetry's exporter, and the calls of MLflow's TypeScript SDK (clients/node)."""
import os
import pathlib
import re
import subprocess

os.environ['MLFLOW_DISABLE_TELEMETRY'] = 'true'

import mlflow  # noqa: E402
import pytest  # noqa: E402
from mlflow import MlflowClient  # noqa: E402

HERE = pathlib.Path(__file__).parent
DEPS = HERE.parents[1] / '.deps'
SCRIPT = HERE / 'clients/node/scenarios.cjs'
SCENARIOS = re.findall(r'^  async (\w+)\(\)', SCRIPT.read_text(), re.MULTILINE)
PLAY_S = 60


@pytest.fixture(scope='module')
def outcome(server):
    environment = {**os.environ, 'NODE_PATH': str(DEPS / 'node-clients/node_modules'), 'PATH': f'{os.environ["PATH"]}:{DEPS}/node/bin'}
    played = subprocess.run(['node', SCRIPT, server.url], env=environment, capture_output=True, text=True, timeout=PLAY_S)
    assert played.returncode == 0, played.stderr[-3000:]
    return dict(line.split('\t', 1) for line in played.stdout.splitlines())


@pytest.mark.parametrize('scenario', SCENARIOS)
def test_a_node_program_plays(outcome, scenario):
    assert outcome[scenario] == 'ok', outcome[scenario].replace(' | ', '\n')


def test_python_reads_what_the_sdk_has_sent(outcome, server):
    mlflow.set_tracking_uri(server.url)
    trace = MlflowClient().get_trace('tr-0af7651916cd43dd8448eb211c80319c')
    spans = {span.name: span for span in trace.data.spans}
    assert set(spans) == {'ask', 'look up'} and spans['look up'].parent_id == spans['ask'].span_id
    assert spans['ask'].outputs == 'because' and spans['ask'].start_time_ns == 1781532461282000001
    assert trace.info.tags['team'] == 'red' and trace.info.token_usage['total_tokens'] == 7
