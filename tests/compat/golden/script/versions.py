"""model-versions/*"""

NOWHERE = '0' * 32


def play(call):
    experiment = call.experiment('registry')
    run = call.run(experiment, 'reg')
    call.put(f'/api/2.0/mlflow-artifacts/artifacts/{experiment}/{run}/artifacts/model/MLmodel', b'flavors: {}')
    source = f'mlflow-artifacts:/{experiment}/{run}/artifacts/model'
    model = made(call, experiment, run, source)
    read(call)
    staged(call)
    tagged(call)
    searches(call, run)
    sources(call, run, source, model)


def made(call, experiment, run, source):
    call.post('model-versions/create', {'name': 'M', 'source': source, 'run_id': run})
    call.post('model-versions/create', {'name': 'M', 'source': source, 'run_id': run, 'description': 'the second', 'run_link': 'http://ci/7', 'tags': [{'key': 'a', 'value': '1'}]})
    call.post('model-versions/create', {'name': 'M', 'source': f'runs:/{run}/model', 'run_id': run})
    model = call.logged_model(experiment, 'lm', source_run_id=run)
    call.put(f'/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts/MLmodel', b'flavors: {}')
    call.post('model-versions/create', {'name': 'M', 'source': f'models:/{model}', 'model_id': model})
    call.get(f'logged-models/{model}')
    call.post('model-versions/create', {'name': 'M', 'source': f'models:/m-{NOWHERE}', 'model_id': f'm-{NOWHERE}'})
    call.post('model-versions/create', {'name': 'O', 'source': 'models:/M/1'})
    call.post('model-versions/create', {'name': 'O', 'source': 'models:/M/99'})
    call.get('model-versions/get-download-uri', name='O', version='1')
    return model


def sources(call, run, source, model):
    call.post('registered-models/create', {'name': 'S'})
    call.post('model-versions/create', {'name': 'S', 'source': f'models:/{model}'})
    for body in ({'name': 'nope', 'source': source, 'run_id': run}, {'name': 'S'}, {'source': source}, {'name': 'S', 'source': ''}, {'name': 5, 'source': source},
                 {'name': 'S', 'source': source}, {'name': 'S', 'source': source, 'run_id': NOWHERE}, {'name': 'S', 'source': '/etc/passwd'}, {'name': 'S', 'source': '/etc/passwd', 'run_id': run},
                 {'name': 'S', 'source': 'file:///etc', 'run_id': run}, {'name': 'S', 'source': source + '/../../x', 'run_id': run}, {'name': 'S', 'source': source + '/%2e%2e/x', 'run_id': run},
                 {'name': 'S', 'source': f'runs:/{run}/model', 'run_id': NOWHERE}, {'name': 'S', 'source': f'runs:/{run}/model'}, {'name': 'S', 'source': source, 'run_id': run, 'tags': [{'key': 'a*', 'value': '1'}]},
                 {'name': 'S', 'source': source, 'run_id': run, 'tags': 'x'}):
        call.post('model-versions/create', body)
    call.delete('registered-models/delete', {'name': 'S'})


def read(call):
    call.get('model-versions/get', name='M', version='1')
    call.get('model-versions/get', name='M', version='2')
    call.get('model-versions/get', name='M', version='99')
    call.get('model-versions/get', name='M', version='x')
    call.get('model-versions/get', name='nope', version='1')
    call.get('model-versions/get', name='M')
    call.get('model-versions/get-download-uri', name='M', version='1')
    call.get('model-versions/get-download-uri', name='M', version='99')
    call.get('model-versions/get-download-uri', name='M', version='x')
    call.get('model-versions/get-download-uri', name='M')
    call.patch('model-versions/update', {'name': 'M', 'version': '1', 'description': 'the first'})
    call.patch('model-versions/update', {'name': 'M', 'version': '1'})
    call.patch('model-versions/update', {'name': 'M', 'version': '99', 'description': 'x'})
    call.patch('model-versions/update', {'name': 'M', 'description': 'x'})
    call.patch('model-versions/update', {'name': 'M', 'version': 1, 'description': 'x'})
    call.get('/model-versions/get-artifact', name='M', version='1', path='MLmodel')
    call.get('/model-versions/get-artifact', name='M', version='1', path='nothing')
    call.get('/model-versions/get-artifact', name='M', version='1', path='../x')
    call.get('/model-versions/get-artifact', name='M', version='99', path='MLmodel')
    call.get('/model-versions/get-artifact', name='M', version='1')


def staged(call):
    def move(version, stage, archive=False, **more):
        call.post('model-versions/transition-stage', {'name': 'M', 'version': version, 'stage': stage, 'archive_existing_versions': archive, **more})

    move('1', 'production')
    move('2', 'Production')
    move('2', 'Staging', True)
    move('1', 'Staging', True)
    move('1', 'x')
    move('1', 'None', True)
    move('1', 'Archived', True)
    move('99', 'Staging')
    move('x', 'Staging')
    call.post('model-versions/transition-stage', {'name': 'M', 'version': '1'})
    call.post('model-versions/transition-stage', {'name': 'M', 'version': '1', 'stage': 'Staging'})
    call.post('model-versions/transition-stage', {'name': 'M', 'version': '1', 'stage': 'Staging', 'archive_existing_versions': 'x'})
    call.post('registered-models/get-latest-versions', {'name': 'M'})
    call.get('registered-models/get-latest-versions', name='M')
    call.post('registered-models/get-latest-versions', {'name': 'M', 'stages': ['Staging']})
    call.get('registered-models/get-latest-versions', name='M', stages=['Staging', 'None'])
    call.post('registered-models/get-latest-versions', {'name': 'M', 'stages': ['production']})
    call.post('registered-models/get-latest-versions', {'name': 'M', 'stages': ['x']})
    call.post('registered-models/get-latest-versions', {'name': 'nope'})
    call.post('registered-models/get-latest-versions', {})
    call.get('registered-models/get', name='M')


def tagged(call):
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'key': 'k', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'key': 'k', 'value': 'w'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'key': 'bare'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '99', 'key': 'k', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': 'x', 'key': 'k', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'nope', 'version': '1', 'key': 'k', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'key': 'a*', 'value': 'v'})
    call.post('model-versions/set-tag', {'name': 'M', 'version': '1', 'key': 'k', 'value': 'v' * 100001}, label='a value of 100001 characters')
    call.get('model-versions/get', name='M', version='1')
    call.delete('model-versions/delete-tag', {'name': 'M', 'version': '1', 'key': 'k'})
    call.delete('model-versions/delete-tag', {'name': 'M', 'version': '1', 'key': 'k'})
    call.delete('model-versions/delete-tag', {'name': 'M', 'version': '99', 'key': 'k'})
    call.delete('model-versions/delete-tag', {'name': 'M', 'version': '1'})


def searches(call, run):
    by_number = {'order_by': ['name', 'version_number']}
    for query in ({**by_number}, {'max_results': 1, **by_number}, {'max_results': 200001}, {'max_results': 0}, {'max_results': -1}, {'max_results': 'x'}, {'page_token': 'zz'}, {'order_by': 'nope'},
                  {'order_by': ['version_number DESC', 'name']}, {'max_results': 2, 'page_token': 'eyJvZmZzZXQiOiAyfQ==', **by_number}):
        call.get('model-versions/search', **query)
    for filter in ("name = 'M'", "name != 'M'", "name LIKE 'm%'", "name ILIKE 'm%'", f"run_id = '{run}'", f"run_id IN ('{run}')", "run_id IN ('A', 'b')", 'version_number = 2', 'version_number > 1', "source_path LIKE '%model'",
                   "tags.a = '1'", "tags.a != '1'", "name = 'M' AND version_number < 3", "name = 'M' OR name = 'O'", "nope = 'x'", "version_number = 'x'", 'name = 5', "name > 'M'", "name IN ('M')", 'name',
                   "tags.a IS NULL", "stage = 'None'"):
        call.get('model-versions/search', filter=filter, **by_number)
