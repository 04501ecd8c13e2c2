"""What a training script does with the unmodified mlflow client: all that it logs is read back the same."""
import math
import os

os.environ['MLFLOW_DISABLE_TELEMETRY'] = 'true'

import mlflow  # noqa: E402
import numpy  # noqa: E402
import onnx  # noqa: E402
import pandas  # noqa: E402
import pytest  # noqa: E402
from harness.fixtures import column_model, matrix_model  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def client(server):
    mlflow.set_tracking_uri(server.url)
    mlflow.set_experiment('compat')
    yield MlflowClient()
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture
def run():
    with mlflow.start_run() as active:
        yield active


def test_an_experiment_is_made_once(client):
    first = mlflow.set_experiment('again', )
    assert mlflow.set_experiment('again').experiment_id == first.experiment_id
    assert client.get_experiment(first.experiment_id).name == 'again'
    assert 'again' in [e.name for e in client.search_experiments()]
    mlflow.set_experiment('compat')


def test_params_and_tags_come_back(client, run):
    mlflow.log_param('depth', 7)
    mlflow.log_params({'rate': 0.1, 'objective': 'binary', 'ünicode': 'ä€😀'})
    mlflow.set_tags({'stage': 'trial', 'note': 'x' * 2000})
    read = client.get_run(run.info.run_id).data
    assert read.params == {'depth': '7', 'rate': '0.1', 'objective': 'binary', 'ünicode': 'ä€😀'}
    assert read.tags['stage'] == 'trial' and len(read.tags['note']) == 2000
    with pytest.raises(MlflowException, match='Changing param values is not allowed'):
        mlflow.log_param('depth', 8)
    client.delete_tag(run.info.run_id, 'stage')
    assert 'stage' not in client.get_run(run.info.run_id).data.tags


def test_metrics_keep_every_bit(client, run):
    values = [0.1 + 0.2, 1e-300, -1.7976931348623157e308, 5e-324, 123456789.12345679, float('nan'), float('inf')]
    for step, value in enumerate(values):
        mlflow.log_metric('m', value, step=step)
    history = client.get_metric_history(run.info.run_id, 'm')
    assert [p.step for p in history] == list(range(len(values)))
    for point, value in zip(history, values):
        assert point.value == value or math.isnan(value) and math.isnan(point.value)


def test_a_batch_is_logged_whole(client, run):
    run_id = run.info.run_id
    metrics = [Metric(f'loss/{k}', s * 0.5 + k, 1_700_000_000_000 + s, s) for k in range(5) for s in range(200)]
    client.log_batch(run_id, metrics=metrics, params=[Param(f'p{i}', str(i)) for i in range(100)], tags=[RunTag(f't{i}', str(i)) for i in range(100)])
    read = client.get_run(run_id).data
    assert read.metrics == {f'loss/{k}': 99.5 + k for k in range(5)}
    assert len(read.params) == 100
    history = client.get_metric_history(run_id, 'loss/3')
    assert [(p.step, p.value, p.timestamp) for p in history] == [(s, s * 0.5 + 3, 1_700_000_000_000 + s) for s in range(200)]


def test_a_run_ends_as_told(client):
    with mlflow.start_run(run_name='good') as good:
        pass
    with pytest.raises(RuntimeError):
        with mlflow.start_run(run_name='bad') as bad:
            raise RuntimeError('boom')
    assert client.get_run(good.info.run_id).info.status == 'FINISHED'
    assert client.get_run(bad.info.run_id).info.status == 'FAILED'
    assert client.get_run(good.info.run_id).info.run_name == 'good'
    with mlflow.start_run(run_id=good.info.run_id):  # taken up again
        mlflow.log_metric('late', 1)
    assert client.get_run(good.info.run_id).data.metrics['late'] == 1


def test_nested_runs_know_their_parent(client):
    with mlflow.start_run() as parent:
        with mlflow.start_run(nested=True) as child:
            pass
    assert client.get_run(child.info.run_id).data.tags['mlflow.parentRunId'] == parent.info.run_id


def test_artifacts_come_back(client, run, tmp_path):
    folder = tmp_path / 'out'
    (folder / 'deep').mkdir(parents=True)
    (folder / 'a.txt').write_text('alpha')
    (folder / 'deep' / 'ünï cöde.bin').write_bytes(bytes(range(256)) * 4096)
    mlflow.log_artifact(str(folder / 'a.txt'))
    mlflow.log_artifacts(str(folder), 'folder')
    mlflow.log_dict({'x': [1, 2]}, 'conf.json')
    mlflow.log_text('hello', 'notes/hello.txt')
    assert {f.path for f in client.list_artifacts(run.info.run_id)} == {'a.txt', 'folder', 'conf.json', 'notes'}
    assert {(f.path, f.is_dir) for f in client.list_artifacts(run.info.run_id, 'folder')} == {('folder/a.txt', False), ('folder/deep', True)}
    fetched = client.download_artifacts(run.info.run_id, 'folder', str(tmp_path))
    assert (tmp_path / 'folder' / 'deep' / 'ünï cöde.bin').read_bytes() == bytes(range(256)) * 4096, fetched
    assert mlflow.artifacts.load_dict(f'runs:/{run.info.run_id}/conf.json') == {'x': [1, 2]}
    with pytest.raises(Exception):
        client.download_artifacts(run.info.run_id, 'nothing.txt', str(tmp_path))


def test_a_large_artifact_goes_in_parts_and_comes_back_in_ranges(client, run, tmp_path, monkeypatch):
    from mlflow.store.artifact import http_artifact_repo
    mib = 1 << 20
    for name, value in {'MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD': 'true', 'MLFLOW_ENABLE_PROXY_MULTIPART_DOWNLOAD': 'true',
                        'MLFLOW_MULTIPART_UPLOAD_MINIMUM_FILE_SIZE': 5 * mib, 'MLFLOW_MULTIPART_UPLOAD_CHUNK_SIZE': 5 * mib,
                        'MLFLOW_MULTIPART_DOWNLOAD_CHUNK_SIZE': 4 * mib}.items():
        monkeypatch.setenv(name, str(value))
    seen = {'parts': 0, 'ranges': 0}

    def counted(what, function):
        def call(*args, **kwargs):
            seen[what] += 1
            return function(*args, **kwargs)
        return call

    monkeypatch.setattr(http_artifact_repo.HttpArtifactRepository, '_upload_part',
                        staticmethod(counted('parts', http_artifact_repo.HttpArtifactRepository._upload_part)))
    monkeypatch.setattr(http_artifact_repo, 'download_chunk', counted('ranges', http_artifact_repo.download_chunk))
    content = os.urandom(22 * mib + 1)
    (tmp_path / 'lärge file.bin').write_bytes(content)
    mlflow.log_artifact(str(tmp_path / 'lärge file.bin'), 'deep/er')
    assert [(f.path, f.file_size) for f in client.list_artifacts(run.info.run_id, 'deep/er')] == [('deep/er/lärge file.bin', len(content))]
    fetched = client.download_artifacts(run.info.run_id, 'deep/er/lärge file.bin', str(tmp_path))
    with open(fetched, 'rb') as file:
        assert file.read() == content
    assert seen == {'parts': 5, 'ranges': 6}


def test_runs_are_found(client):
    experiment = mlflow.set_experiment('search').experiment_id
    for i in range(7):
        with mlflow.start_run(run_name=f'r{i}'):
            mlflow.log_metric('auc', i / 10)
            mlflow.log_param('kind', 'even' if i % 2 == 0 else 'odd')
    found = mlflow.search_runs([experiment], filter_string="metrics.auc >= 0.3 and params.kind = 'even'", order_by=['metrics.auc DESC'])
    assert isinstance(found, pandas.DataFrame)
    assert list(found['metrics.auc']) == [0.6, 0.4]
    assert len(mlflow.search_runs([experiment])) == 7
    pages, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=3, order_by=['metrics.auc ASC'], page_token=token)
        pages.append([r.info.run_name for r in page])
        token = page.token
        if not token:
            break
    assert pages == [['r0', 'r1', 'r2'], ['r3', 'r4', 'r5'], ['r6']]
    assert [r.info.run_name for r in client.search_runs([experiment], "attributes.run_name LIKE 'r1%'")] == ['r1']
    with pytest.raises(MlflowException, match='[Ii]nvalid'):
        client.search_runs([experiment], 'metrics.auc > > 1')
    mlflow.set_experiment('compat')


def test_a_dataset_is_noted(client, run):
    frame = pandas.DataFrame({'a': [1.0, 2.0], 'b': ['x', 'y']})
    mlflow.log_input(mlflow.data.from_pandas(frame, name='frame'), context='training')
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert [(i.dataset.name, i.tags[0].value) for i in inputs] == [('frame', 'training')]


def test_a_deleted_run_comes_back(client):
    with mlflow.start_run() as gone:
        mlflow.log_param('p', 1)
    client.delete_run(gone.info.run_id)
    assert client.get_run(gone.info.run_id).info.lifecycle_stage == 'deleted'
    client.restore_run(gone.info.run_id)
    assert client.get_run(gone.info.run_id).data.params == {'p': '1'}


def test_an_onnx_model_goes_round(client):
    """log_model -> register -> alias -> load -> predict, and the answers are the model's own."""
    with mlflow.start_run() as run:
        logged = mlflow.onnx.log_model(onnx.load_from_string(matrix_model()), name='model', input_example=numpy.zeros((1, 3), numpy.float32))
    rows = numpy.array([[1, 2, 3], [4, 5, 6]], numpy.float32)
    expected = rows @ numpy.array([[1], [10], [100]], numpy.float32)

    by_model = mlflow.pyfunc.load_model(logged.model_uri).predict(rows)
    numpy.testing.assert_array_equal(by_model['y'], expected)
    numpy.testing.assert_array_equal(mlflow.pyfunc.load_model(f'runs:/{run.info.run_id}/model').predict(rows)['y'], expected)

    version = mlflow.register_model(logged.model_uri, 'matrix')
    assert version.version in (1, '1')
    client.set_registered_model_alias('matrix', 'champion', version.version)
    assert client.get_model_version_by_alias('matrix', 'champion').run_id == run.info.run_id
    numpy.testing.assert_array_equal(mlflow.pyfunc.load_model('models:/matrix@champion').predict(rows)['y'], expected)
    numpy.testing.assert_array_equal(mlflow.pyfunc.load_model('models:/matrix/1').predict(rows)['y'], expected)
    assert mlflow.onnx.load_model('models:/matrix/1').graph.output[0].name == 'y'


def test_versions_count_up(client):
    for expected in ('1', '2', '3'):
        with mlflow.start_run():
            mlflow.onnx.log_model(onnx.load_from_string(column_model()), name='m', registered_model_name='columns')
        assert str(client.get_latest_versions('columns', stages=['None'])[0].version) == expected
    client.set_model_version_tag('columns', '2', 'checked', 'yes')
    client.update_model_version('columns', '2', 'the second')
    second = client.get_model_version('columns', '2')
    assert second.tags == {'checked': 'yes'} and second.description == 'the second'
    assert sorted(int(v.version) for v in client.search_model_versions("name = 'columns'")) == [1, 2, 3]
    client.set_registered_model_tag('columns', 'owner', 'us')
    assert client.get_registered_model('columns').tags == {'owner': 'us'}
    assert 'columns' in [m.name for m in client.search_registered_models()]
    client.delete_registered_model_alias('columns', 'nothing')
    client.delete_model_version('columns', '1')
    with pytest.raises(MlflowException):
        client.get_model_version('columns', '1')


def test_what_is_not_there_is_told(client):
    with pytest.raises(MlflowException) as caught:
        client.get_run('0' * 32)
    assert caught.value.error_code == 'RESOURCE_DOES_NOT_EXIST'
    with pytest.raises(MlflowException) as caught:
        client.get_registered_model('nothing')
    assert caught.value.error_code == 'RESOURCE_DOES_NOT_EXIST'
    assert client.get_experiment_by_name('nothing') is None
