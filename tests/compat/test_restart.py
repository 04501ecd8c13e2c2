"""A training script whose server dies under it goes on, by the client's own retries, and loses and doubles nothing."""
import os
import time

os.environ['MLFLOW_DISABLE_TELEMETRY'] = 'true'

import mlflow  # noqa: E402
import pytest  # noqa: E402
from harness.server import Server  # noqa: E402
from mlflow import MlflowClient  # noqa: E402

POINTS = 300


@pytest.fixture
def house(tmp_path, monkeypatch):
    monkeypatch.setenv('MLFLOW_HTTP_REQUEST_MAX_RETRIES', '7')  # the client's default; other tests want fewer
    monkeypatch.setenv('MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR', '1')  # the least: two seconds before the second try
    monkeypatch.setenv('MLFLOW_HTTP_REQUEST_BACKOFF_JITTER', '0')
    with Server(folder=tmp_path) as server:
        mlflow.set_tracking_uri(server.url)
        mlflow.set_experiment('restarts')
        yield server
        while mlflow.active_run():
            mlflow.end_run()


def die_and_come_back(server):
    server.kill()
    server.listen = f'127.0.0.1:{server.port}'
    server.start()


def test_a_run_goes_on_over_a_killed_server(house):
    client = MlflowClient()
    with mlflow.start_run(run_name='long') as run:
        run_id = run.info.run_id
        for step in range(POINTS):
            mlflow.log_metric('loss', 1 / (step + 1), step=step, synchronous=False)
            if step in (POINTS // 3, POINTS // 2):
                die_and_come_back(house)
        mlflow.log_param('depth', 7, synchronous=False)
        mlflow.flush_async_logging()
        die_and_come_back(house)
        mlflow.set_tag('late', 'yes')  # on a connection that was cut off
    read = client.get_run(run_id)
    assert read.info.status == 'FINISHED' and read.data.params == {'depth': '7'} and read.data.tags['late'] == 'yes'
    assert [(m.step, m.value) for m in client.get_metric_history(run_id, 'loss')] == [(step, 1 / (step + 1)) for step in range(POINTS)]


def test_a_run_is_taken_up_by_its_id_after_a_restart(house):
    client = MlflowClient()
    run_id = mlflow.start_run(run_name='halves').info.run_id
    mlflow.log_metric('m', 1, step=1)
    mlflow.log_text('first', 'notes.txt')
    house.kill()  # and the script is gone, too: nobody ends the run
    mlflow.tracking.fluent._active_run_stack.set([])
    house.listen = f'127.0.0.1:{house.port}'
    house.start()
    assert client.get_run(run_id).info.status == 'RUNNING'
    began = client.get_run(run_id).info.start_time
    time.sleep(0.01)
    with mlflow.start_run(run_id=run_id) as run:
        mlflow.log_metric('m', 2, step=2)
        assert mlflow.artifacts.load_text(f'runs:/{run.info.run_id}/notes.txt') == 'first'
    read = client.get_run(run_id)
    assert read.info.status == 'FINISHED' and read.info.start_time == began and read.info.run_name == 'halves'
    assert [m.value for m in client.get_metric_history(run_id, 'm')] == [1, 2]
