"""What training scripts do. Each function is one scenario, strict, and runs alike with the 2.x and the 3.x client."""
import json
import math
import pathlib
import tempfile
import time

import evaluating
import mlflow
import numpy
import pandas
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

MAJOR = int(mlflow.__version__.split('.')[0])
MODERN = MAJOR >= 3


def own(name):
    """Clients of several versions share a server."""
    return f'{name}-{MAJOR}'


def fluent_logging(client):
    with mlflow.start_run(run_name='fluent', tags={'team': 'red'}, description='first') as run:
        mlflow.log_params({'depth': 7, 'rate': 0.1})
        mlflow.log_metrics({'auc': 0.5, 'loss': 1.25}, step=3)
        mlflow.log_metric('auc', 0.75, step=4)
        mlflow.set_tag('stage', 'trial')
    read = client.get_run(run.info.run_id)
    assert read.info.status == 'FINISHED' and read.info.run_name == 'fluent' and read.info.end_time >= read.info.start_time
    assert read.data.params == {'depth': '7', 'rate': '0.1'}
    assert read.data.metrics == {'auc': 0.75, 'loss': 1.25}
    assert read.data.tags['team'] == 'red' and read.data.tags['mlflow.note.content'] == 'first'
    assert [(m.step, m.value) for m in client.get_metric_history(run.info.run_id, 'auc')] == [(3, 0.5), (4, 0.75)]


def a_parameter_keeps_its_value(client):
    with mlflow.start_run():
        mlflow.log_param('depth', 7)
        mlflow.log_param('depth', 7)
        try:
            mlflow.log_param('depth', 8)
        except MlflowException as error:
            assert 'Changing param values is not allowed' in str(error), error
        else:
            raise AssertionError('another value was taken')


def special_values(client):
    with mlflow.start_run() as run:
        for step, value in enumerate((float('nan'), float('inf'), -float('inf'), 5e-324, 0.1 + 0.2)):
            mlflow.log_metric('m', value, step=step)
    values = [m.value for m in client.get_metric_history(run.info.run_id, 'm')]
    assert math.isnan(values[0]) and values[1:] == [float('inf'), -float('inf'), 5e-324, 0.1 + 0.2], values


def nested_runs(client):
    with mlflow.start_run(run_name='parent') as parent:
        for i in range(3):
            with mlflow.start_run(run_name=f'child {i}', nested=True):
                mlflow.log_metric('i', i)
    children = client.search_runs([parent.info.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'", order_by=['metrics.i DESC'])
    assert [c.info.run_name for c in children] == ['child 2', 'child 1', 'child 0']


def resuming(client):
    with mlflow.start_run() as first:
        mlflow.log_metric('m', 1, step=1)
    with mlflow.start_run(run_id=first.info.run_id):
        assert client.get_run(first.info.run_id).info.status == 'RUNNING'
        mlflow.log_metric('m', 2, step=2)
    read = client.get_run(first.info.run_id)
    assert read.info.status == 'FINISHED' and read.data.metrics == {'m': 2}


def failing(client):
    try:
        with mlflow.start_run() as run:
            raise RuntimeError('boom')
    except RuntimeError:
        pass
    assert client.get_run(run.info.run_id).info.status == 'FAILED'


def deleting_and_restoring(client):
    experiment = client.create_experiment(own('gone'))
    run = client.create_run(experiment, run_name='r').info.run_id
    client.delete_run(run)
    assert client.search_runs([experiment]) == []
    client.restore_run(run)
    client.delete_experiment(experiment)
    assert client.get_experiment(experiment).lifecycle_stage == 'deleted' and client.get_run(run).info.lifecycle_stage == 'deleted'
    client.restore_experiment(experiment)
    assert client.get_run(run).info.lifecycle_stage == 'active'
    client.rename_experiment(experiment, own('back'))
    assert client.get_experiment_by_name(own('back')).experiment_id == experiment


def experiment_tags(client):
    experiment = client.create_experiment(own('tagged'), tags={'a': '1', 'by': own('x')})
    client.set_experiment_tag(experiment, 'b', '2')
    assert client.get_experiment(experiment).tags == {'a': '1', 'b': '2', 'by': own('x')}
    if MODERN:
        client.delete_experiment_tag(experiment, 'a')
        assert client.get_experiment(experiment).tags == {'b': '2', 'by': own('x')}
    assert [e.name for e in client.search_experiments(filter_string=f"tags.b = '2' AND tags.by = '{own('x')}'")] == [own('tagged')]


def search_pages(client):
    experiment = client.create_experiment(own('paged'))
    for i in range(7):
        run = client.create_run(experiment, run_name=f'r{i}', start_time=1000 + i).info.run_id
        client.log_metric(run, 'auc', i / 10)
    seen, token = [], None
    while True:
        page = client.search_runs([experiment], max_results=3, order_by=['metrics.auc ASC'], page_token=token)
        seen.append([r.info.run_name for r in page])
        token = page.token
        if not token:
            break
    assert seen == [['r0', 'r1', 'r2'], ['r3', 'r4', 'r5'], ['r6']], seen
    frame = mlflow.search_runs([experiment], filter_string='metrics.auc >= 0.3', order_by=['start_time DESC'])
    assert list(frame['metrics.auc']) == [0.6, 0.5, 0.4, 0.3]


def images_figures_tables(client):
    import matplotlib
    matplotlib.use('Agg')
    from matplotlib import pyplot
    with mlflow.start_run() as run:
        mlflow.log_image(numpy.zeros((8, 8, 3), numpy.uint8), 'black.png')
        mlflow.log_image(numpy.zeros((8, 8, 3), numpy.uint8), key='black', step=2)
        figure, axes = pyplot.subplots()
        axes.plot([1, 2])
        mlflow.log_figure(figure, 'plots/line.png')
        mlflow.log_dict({'x': [1, 2]}, 'conf.json')
        mlflow.log_text('hello', 'notes/hello.txt')
        mlflow.log_table({'a': [1, 2]}, 'table.json')
        mlflow.log_table({'a': [3]}, 'table.json')
    run_id = run.info.run_id
    assert {f.path for f in client.list_artifacts(run_id)} >= {'black.png', 'plots', 'conf.json', 'notes', 'table.json', 'images'}
    assert {f.path.rsplit('.', 1)[1] for f in client.list_artifacts(run_id, 'images')} == {'png', 'webp'}
    assert mlflow.artifacts.load_dict(f'runs:/{run_id}/conf.json') == {'x': [1, 2]}
    assert mlflow.artifacts.load_text(f'runs:/{run_id}/notes/hello.txt') == 'hello'
    assert list(mlflow.load_table('table.json', run_ids=[run_id])['a']) == [1, 2, 3]
    assert mlflow.artifacts.load_image(f'runs:/{run_id}/black.png').size == (8, 8)


def artifacts_both_ways(client):
    with tempfile.TemporaryDirectory() as scratch, mlflow.start_run() as run:
        folder = pathlib.Path(scratch, 'out')
        (folder / 'deep').mkdir(parents=True)
        (folder / 'deep' / 'ünï cöde.bin').write_bytes(bytes(range(256)) * 4096)
        (folder / 'empty').write_bytes(b'')
        mlflow.log_artifacts(str(folder), 'folder')
        back = pathlib.Path(client.download_artifacts(run.info.run_id, 'folder', scratch))
        assert (back / 'deep' / 'ünï cöde.bin').read_bytes() == bytes(range(256)) * 4096
        assert (back / 'empty').read_bytes() == b''


def datasets(client):
    frame = pandas.DataFrame({'a': [1.0, 2.0], 'b': ['x', 'y']})
    with mlflow.start_run() as run:
        mlflow.log_input(mlflow.data.from_pandas(frame, name='frame'), context='training', tags={'k': 'v'})
    inputs = client.get_run(run.info.run_id).inputs.dataset_inputs
    assert len(inputs) == 1 and inputs[0].dataset.name == 'frame'
    assert {t.key: t.value for t in inputs[0].tags} == {'mlflow.data.context': 'training', 'k': 'v'}
    assert json.loads(inputs[0].dataset.profile)['num_rows'] == 2
    assert client.search_runs([run.info.experiment_id], "attributes.run_id = '%s'" % run.info.run_id)[0].inputs.dataset_inputs[0].dataset.digest == inputs[0].dataset.digest


def async_logging(client):
    with mlflow.start_run() as run:
        for step in range(50):
            mlflow.log_metric('m', step, step=step, synchronous=False)
        mlflow.log_params({f'p{i}': i for i in range(20)}, synchronous=False)
        mlflow.flush_async_logging()
    read = client.get_run(run.info.run_id)
    assert read.data.metrics['m'] == 49 and len(read.data.params) == 20
    assert len(client.get_metric_history(run.info.run_id, 'm')) == 50


def system_metrics(client):
    mlflow.set_system_metrics_sampling_interval(0.2)
    mlflow.set_system_metrics_samples_before_logging(1)
    with mlflow.start_run(log_system_metrics=True) as run:
        time.sleep(1.5)
    metrics = client.get_run(run.info.run_id).data.metrics
    assert metrics['system/system_memory_usage_megabytes'] > 0 and 'system/cpu_utilization_percentage' in metrics, metrics


def autologging_of_scikit_learn(client):
    from sklearn.datasets import load_iris
    from sklearn.linear_model import LogisticRegression
    mlflow.sklearn.autolog(log_datasets=True)
    try:
        x, y = load_iris(return_X_y=True, as_frame=True)
        with mlflow.start_run() as run:
            model = LogisticRegression(max_iter=300).fit(x, y)
    finally:
        mlflow.sklearn.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert read.data.params['max_iter'] == '300' and read.data.metrics['training_accuracy_score'] > 0.9
    assert len(read.inputs.dataset_inputs) >= 1
    loaded = mlflow.sklearn.load_model(f'runs:/{run.info.run_id}/model')
    numpy.testing.assert_array_equal(loaded.predict(x), model.predict(x))


def autologging_of_lightgbm(client):
    import lightgbm
    mlflow.lightgbm.autolog(log_input_examples=False)
    try:
        rng = numpy.random.default_rng(1)
        x = rng.normal(size=(200, 3))
        with mlflow.start_run() as run:
            lightgbm.train({'objective': 'binary', 'verbose': -1, 'num_threads': 1}, lightgbm.Dataset(x, (x[:, 0] > 0).astype(int)), num_boost_round=5,
                           valid_sets=[lightgbm.Dataset(x, (x[:, 0] > 0).astype(int))])
    finally:
        mlflow.lightgbm.autolog(disable=True)
    read = client.get_run(run.info.run_id)
    assert read.data.params['objective'] == 'binary' and read.data.metrics['valid_0-binary_logloss'] < 0.7
    assert len(client.get_metric_history(run.info.run_id, 'valid_0-binary_logloss')) == 5
    assert 'feature_importance_gain.json' in {f.path for f in client.list_artifacts(run.info.run_id)}


def registering_a_model(client):
    from sklearn.linear_model import LinearRegression
    sums, copies = own('sums'), own('copies')
    x = numpy.arange(6.0).reshape(3, 2)
    model = LinearRegression().fit(x, x.sum(axis=1))
    with mlflow.start_run() as run:
        name = {'name': 'model'} if MODERN else {'artifact_path': 'model'}
        mlflow.sklearn.log_model(model, registered_model_name=sums, input_example=x, **name)
    client.set_registered_model_alias(sums, 'champion', 1)
    found = client.get_model_version_by_alias(sums, 'champion')
    assert found.run_id == run.info.run_id and str(found.version) == '1'
    for uri in (f'models:/{sums}/1', f'models:/{sums}@champion', f'runs:/{run.info.run_id}/model'):
        numpy.testing.assert_allclose(mlflow.pyfunc.load_model(uri).predict(x), x.sum(axis=1))
    again = mlflow.register_model(f'runs:/{run.info.run_id}/model', sums, tags={'by': 'hand'})
    assert str(again.version) == '2' and client.get_model_version(sums, '2').tags == {'by': 'hand'}
    copied = client.copy_model_version(f'models:/{sums}/1', copies)
    numpy.testing.assert_allclose(mlflow.pyfunc.load_model(f'models:/{copies}/1').predict(x), x.sum(axis=1))
    assert copied.run_id == run.info.run_id


def the_registrys_life(client):
    life, afterlife = own('life'), own('afterlife')
    client.create_registered_model(life, tags={'a': '1'}, description='d')
    run = client.create_run('0').info
    client.log_text(run.run_id, 'flavors: {}', 'm/MLmodel')
    for _ in range(2):
        client.create_model_version(life, f'{run.artifact_uri}/m', run.run_id)
    client.transition_model_version_stage(life, '1', 'Production')
    client.transition_model_version_stage(life, '2', 'Production', archive_existing_versions=True)
    assert {v.version: v.current_stage for v in client.search_model_versions(f"name = '{life}'")} in ({'1': 'Archived', '2': 'Production'}, {1: 'Archived', 2: 'Production'})
    client.set_registered_model_alias(life, 'best', '2')
    client.rename_registered_model(life, afterlife)
    assert client.get_registered_model(afterlife).aliases in ({'best': '2'}, {'best': 2}) and client.get_registered_model(afterlife).tags == {'a': '1'}
    assert str(client.get_model_version_by_alias(afterlife, 'best').version) == '2'
    client.delete_model_version(afterlife, '2')
    assert [str(v.version) for v in client.search_model_versions(f"name = '{afterlife}'")] == ['1']
    client.delete_registered_model(afterlife)
    assert [m.name for m in client.search_registered_models(f"name = '{afterlife}'")] == []


def logged_models(client):
    if not MODERN:
        return
    from sklearn.linear_model import LinearRegression
    x = numpy.arange(6.0).reshape(3, 2)
    with mlflow.start_run() as run:
        info = mlflow.sklearn.log_model(LinearRegression().fit(x, x.sum(axis=1)), name='lm', params={'alpha': 1})
        mlflow.log_metric('rmse', 0.25, step=1, model_id=info.model_id, dataset=mlflow.data.from_numpy(x, name='x'))
    model = mlflow.get_logged_model(info.model_id)
    assert str(model.status) == 'LoggedModelStatus.READY' or model.status == 'READY', model.status
    assert model.params == {'alpha': '1'} and [(m.key, m.value, m.dataset_name) for m in model.metrics] == [('rmse', 0.25, 'x')]
    found = mlflow.search_logged_models([run.info.experiment_id], filter_string='metrics.rmse < 0.3', output_format='list')
    assert info.model_id in [m.model_id for m in found]
    client.set_logged_model_tags(info.model_id, {'k': 'v'})
    assert mlflow.get_logged_model(info.model_id).tags['k'] == 'v'
    client.delete_logged_model(info.model_id)
    try:
        mlflow.get_logged_model(info.model_id)
    except MlflowException as error:
        assert error.error_code == 'RESOURCE_DOES_NOT_EXIST', error
    else:
        raise AssertionError('a deleted model is still there')


def what_is_not_there(client):
    for call in (lambda: client.get_run('0' * 32), lambda: client.get_experiment('77'), lambda: client.get_registered_model('nothing'), lambda: client.get_model_version('nothing', '1')):
        try:
            call()
        except MlflowException as error:
            assert error.error_code == 'RESOURCE_DOES_NOT_EXIST', error
        else:
            raise AssertionError('something was found')
    assert client.get_experiment_by_name('nothing') is None


SCENARIOS = {scenario.__name__: scenario for scenario in (
    fluent_logging, a_parameter_keeps_its_value, special_values, nested_runs, resuming, failing, deleting_and_restoring, experiment_tags, search_pages, images_figures_tables,
    artifacts_both_ways, datasets, async_logging, system_metrics, autologging_of_scikit_learn, autologging_of_lightgbm, registering_a_model, the_registrys_life, logged_models, what_is_not_there)} | evaluating.SCENARIOS


def play(url):
    """Scenario -> what went wrong, or null."""
    import traceback
    mlflow.set_tracking_uri(url)
    outcome = {}
    for name, scenario in SCENARIOS.items():
        mlflow.set_experiment(f'scenario {name}')
        try:
            scenario(MlflowClient())
            outcome[name] = None
        except Exception:
            outcome[name] = traceback.format_exc()[-3000:]
        while mlflow.active_run():
            mlflow.end_run()
    return outcome


if __name__ == '__main__':
    import sys
    result = play(sys.argv[1])
    pathlib.Path(sys.argv[2]).write_text(json.dumps(result))
