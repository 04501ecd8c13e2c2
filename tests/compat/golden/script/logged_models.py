"""logged-models/*"""

NOWHERE = 'm-' + '0' * 32


def play(call):
    experiment = call.experiment('models')
    run = call.run(experiment, 'lm')
    model = call.logged_model(experiment, 'tree', model_type='sklearn', source_run_id=run, params=[{'key': 'depth', 'value': '7'}], tags=[{'key': 'team', 'value': 'red'}])
    call.get(f'logged-models/{model}')
    creations(call, experiment)
    changes(call, model)
    files(call, experiment, model)
    searches(call, run)
    deletions(call, experiment, model)


def creations(call, experiment):
    call.post('logged-models', {'experiment_id': experiment})
    call.post('logged-models', {'name': 'x'})
    call.post('logged-models', {'experiment_id': '77', 'name': 'x'})
    call.post('logged-models', {'experiment_id': 'abc', 'name': 'x'})
    call.post('logged-models', {'experiment_id': int(experiment), 'name': 'x'})
    for name in ('a/b', 'a:b', 'a.b', 'a%b', 'a"b', "a'b", ''):
        call.post('logged-models', {'experiment_id': experiment, 'name': name})
    call.post('logged-models', {'experiment_id': experiment, 'name': 'x', 'params': 'x'})
    call.post('logged-models', {'experiment_id': experiment, 'name': 'x', 'tags': [{'key': 'a*b', 'value': 'x'}]})
    call.post('logged-models', {'experiment_id': experiment, 'name': 'x', 'params': [{'key': 'a*b', 'value': 'x'}]})
    call.post('logged-models', {'experiment_id': experiment, 'name': 'x', 'source_run_id': '0' * 32})
    call.get(f'logged-models/{NOWHERE}')
    call.get('logged-models/nothing')


def changes(call, model):
    call.post(f'logged-models/{model}/params', {'params': [{'key': 'leaves', 'value': '31'}]})
    call.post(f'logged-models/{model}/params', {'model_id': model, 'params': [{'key': 'leaves', 'value': '31'}]})
    call.post(f'logged-models/{model}/params', {'model_id': model, 'params': [{'key': 'leaves', 'value': '32'}]})
    call.post(f'logged-models/{model}/params', {'model_id': model, 'params': []})
    call.post(f'logged-models/{NOWHERE}/params', {'model_id': NOWHERE, 'params': [{'key': 'leaves', 'value': '31'}]})
    call.patch(f'logged-models/{model}/tags', {'tags': [{'key': 'team', 'value': 'blue'}, {'key': 'new', 'value': 'x'}]})
    call.patch(f'logged-models/{NOWHERE}/tags', {'tags': [{'key': 'team', 'value': 'blue'}]})
    call.patch(f'logged-models/{model}/tags', {'tags': 'x'})
    call.delete(f'logged-models/{model}/tags/new')
    call.delete(f'logged-models/{model}/tags/new')
    call.delete(f'logged-models/{NOWHERE}/tags/new')
    call.patch(f'logged-models/{model}', {'model_id': model, 'status': 2})
    call.patch(f'logged-models/{model}', {'model_id': model, 'status': 'LOGGED_MODEL_UPLOAD_FAILED'})
    call.patch(f'logged-models/{model}', {'model_id': model, 'status': 'LOGGED_MODEL_READY'})
    call.patch(f'logged-models/{model}', {'model_id': model, 'status': 9})
    call.patch(f'logged-models/{model}', {'model_id': model})
    call.patch(f'logged-models/{model}', {'status': 2})
    call.patch(f'logged-models/{NOWHERE}', {'model_id': NOWHERE, 'status': 2})
    call.get(f'logged-models/{model}')


def files(call, experiment, model):
    call.put(f'/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts/MLmodel', b'flavors: {}')
    call.put(f'/api/2.0/mlflow-artifacts/artifacts/{experiment}/models/{model}/artifacts/deep/weights.bin', b'12345')
    call.get(f'logged-models/{model}/artifacts/directories')
    call.get(f'logged-models/{model}/artifacts/directories', artifact_directory_path='deep')
    call.get(f'logged-models/{model}/artifacts/directories', artifact_directory_path='nothing')
    call.get(f'logged-models/{model}/artifacts/directories', artifact_directory_path='../x')
    call.get(f'logged-models/{NOWHERE}/artifacts/directories')
    path = f'/ajax-api/2.0/mlflow/logged-models/{model}/artifacts/files'
    call.get(path, artifact_file_path='MLmodel')
    call.get(path, artifact_file_path='deep/weights.bin')
    call.get(path)
    call.get(path, artifact_file_path='nothing.txt')
    call.get(path, artifact_file_path='../x')
    call.get(f'/ajax-api/2.0/mlflow/logged-models/{NOWHERE}/artifacts/files', artifact_file_path='MLmodel')


def searches(call, run):
    experiment = call.experiment('model search')
    made = [call.logged_model(experiment, f'n{i}', model_type=f't{i % 2}', source_run_id=run, params=[{'key': 'p', 'value': str(i)}], tags=[{'key': 't', 'value': 'ab'[i % 2]}]) for i in range(3)]
    for i, model in enumerate(made):
        call.post('runs/log-metric', {'run_id': run, 'key': 'auc', 'value': i / 4, 'timestamp': 1, 'model_id': model, 'dataset_name': 'd', 'dataset_digest': str(i)})
    name = {'order_by': [{'field_name': 'name'}]}
    for body in ({'experiment_ids': [experiment], **name}, {'experiment_ids': [experiment], 'order_by': [{'field_name': 'name', 'ascending': False}]}, {}, {'experiment_ids': []}, {'experiment_ids': ['77']},
                 {'experiment_ids': [experiment], 'max_results': 2, **name}, {'experiment_ids': [experiment], 'order_by': [{'field_name': 'metrics.auc', 'ascending': False}]},
                 {'experiment_ids': [experiment], 'order_by': [{'field_name': 'nope'}]}, {'experiment_ids': [experiment], 'page_token': 'zz'},
                 {'experiment_ids': [experiment], 'filter': 'metrics.auc > 0.2', 'datasets': [{'dataset_name': 'd', 'dataset_digest': '1'}]}):
        call.post('logged-models/search', body)
    for filter in ("name = 'n1'", "name LIKE 'n%'", "name IN ('n1', 'n2')", "model_type = 't0'", "params.p = '2'", "tags.t = 'a'", 'metrics.auc >= 0.25', "status = 'READY'",
                   "status = 'PENDING'", 'creation_timestamp > 0', f"source_run_id = '{run}'", "nope = 'x'", "name > 'a'", "metrics.auc = 'x'", "name = 'a' OR name = 'b'", 'name'):
        call.post('logged-models/search', {'experiment_ids': [experiment], 'filter': filter, **name})


def deletions(call, experiment, model):
    call.delete(f'logged-models/{model}')
    call.delete(f'logged-models/{model}')
    call.get(f'logged-models/{model}')
    call.get(f'logged-models/{model}', allow_deleted='true')
    call.patch(f'logged-models/{model}', {'model_id': model, 'status': 2})
    call.patch(f'logged-models/{model}/tags', {'tags': [{'key': 'team', 'value': 'blue'}]})
    call.delete(f'logged-models/{NOWHERE}')
    call.post('logged-models/search', {'experiment_ids': [experiment], 'filter': "name = 'tree'"})
