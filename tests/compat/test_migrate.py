"""A folder that the unmodified mlflow client filled moves to PostgreSQL: the server answers there as it did before, and what goes wrong on the way loses nothing."""
import json
import os
import pathlib
import subprocess

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', MLFLOW_ENABLE_ASYNC_TRACE_LOGGING='false', MLFLOW_HTTP_REQUEST_MAX_RETRIES='1')

import mlflow  # noqa: E402
import pandas  # noqa: E402
import pytest  # noqa: E402
from harness import postgres  # noqa: E402
from harness.client import Client, Refused  # noqa: E402
from harness.fixtures import column_model  # noqa: E402
from harness.server import BINARY, Server, check  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import Metric, Param, RunTag  # noqa: E402

REST = '/api/2.0/mlflow'
MOVE_S = 120
HOSTILE = 'ünï "\'\\ \t\n ä€😀'

pytestmark = pytest.mark.skipif(not postgres.server(), reason='GYRE_TEST_PG names no PostgreSQL')


def log_runs(client):
    experiment = mlflow.set_experiment('moved').experiment_id
    mlflow.set_experiment_tag('team', HOSTILE)
    with mlflow.start_run(run_name='parent', tags={'note': HOSTILE}):
        mlflow.log_input(mlflow.data.from_pandas(pandas.DataFrame({'a': [1, 2]}), name='flights'), context='train')
        mlflow.log_text(HOSTILE, 'notes/a.txt')
        for step, value in enumerate((0.1 + 0.2, float('nan'), float('inf'), -float('inf'), 5e-324, -1.7976931348623157e308)):
            mlflow.log_metric('special', value, step=step)
        for i in range(3):
            with mlflow.start_run(run_name=f'child {i}', nested=True):
                mlflow.log_params({'depth': i, 'text': HOSTILE})
    run = client.create_run(experiment, run_name='long').info.run_id
    for part in range(30):  # enough for curves that are sealed into chunks
        client.log_batch(run, metrics=[Metric('loss', part + i / 1000, part * 1000 + i, part * 1000 + i) for i in range(1000)])
    client.log_batch(run, params=[Param(f'p{i}', HOSTILE * 20) for i in range(100)], tags=[RunTag(f't{i}', 'x' * 5000) for i in range(100)])
    client.delete_run(client.create_run(experiment, run_name='deleted').info.run_id)


def register(client):
    with mlflow.start_run():
        mlflow.onnx.log_model(column_model(), name='model', registered_model_name='late')
    client.set_registered_model_alias('late', 'champion', 1)
    client.set_model_version_tag('late', 1, 'checked', HOSTILE)


def trace():
    with mlflow.start_span('outer') as outer:
        outer.set_inputs({'question': HOSTILE})
        with mlflow.start_span('inner') as inner:
            inner.set_outputs([1, 2, 3])
    mlflow.log_feedback(trace_id=outer.trace_id, name='good', value=True, rationale=HOSTILE)


@pytest.fixture(scope='module')
def filled(tmp_path_factory):
    """A folder, and what its server answered when it was full."""
    folder = tmp_path_factory.mktemp('migrate')
    with Server(folder=folder) as server:
        mlflow.set_tracking_uri(server.url)
        client = MlflowClient()
        log_runs(client)
        register(client)
        trace()
        rest = Client(server.port)
        rest.post('/api/v1/repos', {'name': 'numbers'})
        sha256 = rest.put('/api/v1/repos/numbers/content', b'1\n2\n')['sha256']
        rest.post('/api/v1/repos/numbers/commits', {'message': HOSTILE, 'changes': [{'path': 'a.txt', 'sha256': sha256}]})
        moving = migrate(folder, 'postgres://gyre@127.0.0.1:9/none')
        assert moving.returncode == 5 and 'in use by another gyre' in moving.stderr, moving
        told = answers(server)
        server.stop()
    return folder, told


def migrate(folder, url, *more):
    command = [BINARY, 'server', 'migrate', '--data-dir', str(folder / 'data'), '--to', url, *more]
    return subprocess.run(command, capture_output=True, text=True, timeout=MOVE_S, stdin=subprocess.DEVNULL)


def histories(client, run, keys):
    for key in keys:
        yield f'{key} of {run}', client.get(f'{REST}/metrics/get-history?run_id={run}&metric_key={key}&max_results=25000')


def files(client, run, path=''):
    for file in client.get(f'{REST}/artifacts/list?run_id={run}&path={path}').get('files', []):
        if file['is_dir']:
            yield from files(client, run, file['path'])
        else:
            yield f'{file["path"]} of {run}', client.call('GET', f'/get-artifact?run_uuid={run}&path={file["path"]}')


def answers(server):
    """What can be asked, by question: all of MLflow's objects, and a few of Gyre's."""
    client = Client(server.port)
    told = {}
    for name, path, body in (('experiments', '/experiments/search', {'max_results': 1000, 'view_type': 'ALL'}), ('models', '/registered-models/search', None),
                             ('versions', '/model-versions/search', None)):
        told[name] = client.post(REST + path, body) if body else client.get(REST + path)
    experiments = [e['experiment_id'] for e in told['experiments']['experiments']]
    told['runs'] = client.post(REST + '/runs/search', {'experiment_ids': experiments, 'max_results': 1000, 'run_view_type': 'ALL'})
    told['by metric'] = client.post(REST + '/runs/search', {'experiment_ids': experiments, 'filter': 'metrics.loss > 1', 'order_by': ['metrics.special DESC', 'params.depth']})
    told['logged models'] = client.post(REST + '/logged-models/search', {'experiment_ids': experiments})
    told['traces'] = client.post('/api/3.0/mlflow/traces/search', {'locations': [{'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': e}} for e in experiments]})
    for run in told['runs']['runs']:
        told.update(histories(client, run['info']['run_id'], {m['key'] for m in run['data'].get('metrics', [])}))
        told.update(files(client, run['info']['run_id']))
    told['alias'] = client.get(f'{REST}/registered-models/alias?name=late&alias=champion')
    told['commits'] = client.get('/api/v1/repos/numbers/commits?limit=100')
    told['content'] = client.get('/api/v1/repos/numbers/content?path=a.txt')
    told['audit'] = client.get('/api/v1/audit?limit=100')
    return told


def differences(before, after):
    """Questions whose answer is another, as JSON without regard to the order of members."""
    plain = lambda answer: answer if isinstance(answer, bytes) else json.dumps(answer, sort_keys=True)  # noqa: E731
    return [name for name in {**before, **after} if name not in before or name not in after or plain(before[name]) != plain(after[name])]


@pytest.fixture
def copy(filled, tmp_path):
    """The full folder once more, for one test alone."""
    folder, told = filled
    subprocess.run(['cp', '-a', folder / 'data', tmp_path / 'data'], check=True)
    return tmp_path, told


def test_all_is_there_afterwards(copy):
    folder, told = copy
    assert len(told) >= 14 and len(told['runs']['runs']) == 7 and len(told['traces']['traces']) == 1, told.keys()
    with postgres.Database() as url:
        done = migrate(folder, url, '--json')
        assert done.returncode == 0, done.stderr
        tables = {table['table']: table for table in json.loads(done.stdout)['tables']}
        assert tables['runs']['rows'] == 7 and tables['spans']['rows'] == 2 and len(tables['runs']['sha256']) == 64, tables
        code, said = check(folder, url)
        assert code == 0, said
        with Server(folder=folder, database=url) as server:
            assert differences(told, answers(server)) == []
            mlflow.set_tracking_uri(server.url)
            with mlflow.start_run():
                mlflow.log_metric('after', 1)
            assert mlflow.onnx.load_model('models:/late@champion').graph.input
            assert server.stop() == 0, server.tail()
        code, said = check(folder, url)
        assert code == 0, said
        with pytest.raises(Exception, match='database gyre.db is missing'):
            Server(folder=folder).start()
        again = migrate(folder, url)
        assert again.returncode == 5 and 'has been moved already' in again.stderr, again.stderr


def test_a_database_in_use_is_refused_and_nothing_is_changed(copy):
    folder, told = copy
    with postgres.Database() as url:
        with Server(database=url) as other:
            refused = migrate(folder, url)
            assert refused.returncode == 5 and 'not empty' in refused.stderr, refused.stderr
            assert len(Client(other.port).post(REST + '/experiments/search', {'max_results': 10})['experiments']) == 1
        with Server(folder=folder) as server:
            assert differences(told, answers(server)) == []


@pytest.mark.parametrize('arguments', [['--to', 'postgres'], ['--to', 'mysql://x:secret@h/d'], ['--to', 'postgres://h/d', '--from', 'mysql'], []])
def test_what_cannot_be_meant_is_told(copy, arguments):
    done = subprocess.run([BINARY, 'server', 'migrate', '--data-dir', str(copy[0] / 'data'), *arguments], capture_output=True, text=True, timeout=MOVE_S)
    assert done.returncode == 2 and 'postgres://' in done.stderr and 'secret' not in done.stderr, done


def test_killed_on_its_way_it_has_done_nothing_or_all(copy):
    folder, told = copy
    command = [BINARY, 'server', 'migrate', '--data-dir', str(folder / 'data'), '--from', 'sqlite', '--to', 'postgres']
    with postgres.Database() as url:
        for delay_s in (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, MOVE_S):
            moving = subprocess.Popen(command + ['--database', url], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            try:
                moving.wait(delay_s)
                break
            except subprocess.TimeoutExpired:
                moving.kill()
                moving.wait()
            assert pathlib.Path(folder / 'data/gyre.db').exists() or pathlib.Path(folder / 'data/gyre.db.moved').exists()
        said = moving.stderr.read()
        assert moving.returncode == 0 or 'has been moved already' in said, said
        with Server(folder=folder, database=url) as server:
            assert differences(told, answers(server)) == []
            server.stop()
        code, said = check(folder, url)
        assert code == 0, said


def test_two_servers_that_start_at_once_on_an_empty_database(tmp_path):
    with postgres.Database() as url:
        servers = [Server('--artifact-root', str(tmp_path / 'blobs'), folder=tmp_path / str(i), database=url) for i in range(3)]
        try:
            for server in servers:
                server.launch()
            for server in servers:
                server.wait_until_ready()
            run = Client(servers[0].port).post(REST + '/runs/create', {'experiment_id': '0'})['run']['info']['run_id']
            assert Client(servers[2].port).get(f'{REST}/runs/get?run_id={run}')['run']['info']['run_id'] == run
            with pytest.raises(Refused):
                Client(servers[1].port).get(f'{REST}/runs/get?run_id={"0" * 32}')
        finally:
            for server in servers:
                server.kill()
