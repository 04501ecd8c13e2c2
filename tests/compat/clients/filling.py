"""Fills a tracking store as people do, with whatever release of mlflow runs this: STORE (sqlite:///… or a folder), ARTIFACTS (a folder)."""
import math
import os
import pathlib
import sys
import tempfile

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', GIT_PYTHON_REFRESH='quiet', MLFLOW_ALLOW_FILE_STORE='true', MLFLOW_ENABLE_ASYNC_TRACE_LOGGING='false')

import mlflow  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag  # noqa: E402

HOSTILE = 'ünï "\'\\ \t\n ä€😀'
MAJOR = int(mlflow.__version__.split('.')[0])
SPECIAL = (0.1 + 0.2, float('nan'), 5e-324, -1.7976931348623157e308, -0.0, 1e300)


def runs(client, experiment):
    run = client.create_run(experiment, start_time=1_600_000_000_123).info.run_id
    for i, value in enumerate(SPECIAL):
        client.log_metric(run, 'special', value, timestamp=1_600_000_000_200 + i, step=i - 2)
    client.log_metric(run, 'val/loss/deep', 0.5, timestamp=1, step=7)
    client.log_batch(run, metrics=[Metric('loss', math.sin(i) / (i + 1), 1_600_000_001_000 + i // 3, i) for i in range(900)],
                     params=[Param('lr', '0.1'), Param('opt/name', HOSTILE), Param('empty', ' ')], tags=[RunTag('note', HOSTILE), RunTag('mlflow.note.content', '# Notes\n\n*seen*')])
    client.log_batch(run, metrics=[Metric('loss', 2.0, 1_600_000_001_000, i) for i in range(0, 900, 9)])
    client.set_terminated(run, 'FINISHED', end_time=1_600_000_009_999)
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, 'deep', 'a file.bin')
        path.parent.mkdir()
        path.write_bytes(bytes(range(256)) * 100)
        pathlib.Path(folder, 'empty').write_bytes(b'')
        client.log_artifacts(run, folder, 'out')
    for i in range(40):
        one = client.create_run(experiment, tags={'mlflow.runName': f'small {i}', 'mlflow.parentRunId': run}).info.run_id
        client.log_batch(one, metrics=[Metric(f'm{k}', i + k / 10, 1_700_000_000_000 + i, 0) for k in range(5)], params=[Param('depth', str(i))])
        client.set_terminated(one, ('FINISHED', 'FAILED', 'KILLED')[i % 3])
    client.delete_run(client.create_run(experiment, tags={'mlflow.runName': 'deleted'}).info.run_id)
    client.create_run(experiment, tags={'mlflow.runName': 'goes on'})
    return run


def registry(client, run):
    client.create_registered_model('late', tags={'team': HOSTILE}, description='says how late')
    root = client.get_run(run).info.artifact_uri
    for i in range(3):
        client.create_model_version('late', f'{root}/out', run, tags={'number': str(i)}, description=f'version {i}')
    client.delete_model_version('late', '2')
    client.create_registered_model('no versions')
    if MAJOR < 3:
        client.transition_model_version_stage('late', '1', 'Production')
    if hasattr(client, 'set_registered_model_alias'):
        client.set_registered_model_alias('late', 'champion', '3')


def newer(client, experiment):
    """What came with 2.4 and later."""
    if hasattr(mlflow, 'log_input'):
        import pandas
        with mlflow.start_run(experiment_id=experiment):
            mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({'a': [1, 2]}), name='flights'), context='train')
    if MAJOR >= 3:
        with mlflow.start_run(experiment_id=experiment):
            model = mlflow.initialize_logged_model(name='forest', params={'trees': '100'}, tags={'k': HOSTILE})
            mlflow.log_metric('acc', 0.75, step=3, model_id=model.model_id)
            mlflow.finalize_logged_model(model.model_id, 'READY')
    if MAJOR >= 3 and '://' in mlflow.get_tracking_uri():
        mlflow.set_experiment(experiment_id=experiment)
        with mlflow.start_span('outer') as outer:
            outer.set_inputs({'question': HOSTILE})
            with mlflow.start_span('inner') as inner:
                inner.set_outputs([1, 2, 3])
        mlflow.log_feedback(trace_id=outer.trace_id, name='good', value=True, rationale=HOSTILE)


def main(store, artifacts):
    mlflow.set_tracking_uri(store)
    client = MlflowClient()
    is_file = '://' not in store
    experiment = client.create_experiment('flights', None if is_file else f'file://{artifacts}/flights')
    client.set_experiment_tag(experiment, 'team', HOSTILE)
    run = runs(client, experiment)
    if MAJOR > 1 or not is_file:  # the folder of 1.x has no registry
        registry(client, run)
    newer(client, experiment)
    client.log_param(client.create_run('0').info.run_id, 'in', 'the default')
    gone = client.create_experiment('gone', None if is_file else f'file://{artifacts}/gone')
    client.create_run(gone)
    client.delete_experiment(gone)
    client.create_experiment('empty', None if is_file else f'file://{artifacts}/empty')


main(*sys.argv[1:])
