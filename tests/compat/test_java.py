"""The unmodified Java client (scripts/dev/setup brings it): plays clients/JavaScenarios.java once a server."""
import os
import pathlib
import re
import subprocess

import pytest
from harness.client import Client
from harness.server import Server

HERE = pathlib.Path(__file__).parent
DEPS = HERE.parents[1] / '.deps'
SOURCE = HERE / 'clients/JavaScenarios.java'
SCENARIOS = re.findall(r'^  public void (\w+)\(\)', SOURCE.read_text(), re.MULTILINE)
OF_ARTIFACTS = 'artifacts'  # starts Python's command line three times, which takes longer than all the rest: on one database
CLASSES = [DEPS / 'java/mlflow-client.jar', '/usr/share/java/slf4j-api.jar', '/usr/share/java/slf4j-nop.jar']
PLAY_S = 200


def play(server, scratch, names):
    environment = {**os.environ, 'PATH': f'{DEPS}/python-mlflow2/bin:{os.environ["PATH"]}'}
    played = subprocess.run(['java', '-XX:TieredStopAtLevel=1', '-cp', ':'.join(map(str, CLASSES)), SOURCE, server.url, scratch, *names],
                            cwd=scratch, env=environment, capture_output=True, text=True, timeout=PLAY_S)
    assert played.returncode == 0, played.stderr[-3000:]
    return dict(line.split('\t', 1) for line in played.stdout.splitlines())


def expect_ok(outcome):
    assert outcome == 'ok', outcome.replace(' | ', '\n')


@pytest.fixture(scope='module')
def outcome(server, tmp_path_factory):
    return play(server, tmp_path_factory.mktemp('java'), [name for name in SCENARIOS if name != OF_ARTIFACTS])


@pytest.mark.parametrize('scenario', [name for name in SCENARIOS if name != OF_ARTIFACTS])
def test_a_java_program_plays(outcome, scenario):
    expect_ok(outcome[scenario])


def test_a_java_program_moves_artifacts(tmp_path):
    with Server() as server:
        expect_ok(play(server, tmp_path, [OF_ARTIFACTS])[OF_ARTIFACTS])
        client = Client(server.port)
        run = client.post('/api/2.0/mlflow/runs/search', {'experiment_ids': ['1']})['runs'][0]['info']
        assert client.get(f'/get-artifact?run_id={run["run_id"]}&path=notes/note.txt') == b'hello from java'
