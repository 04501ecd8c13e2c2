"""/api/3.0/mlflow/issues: what is wrong with an application, as its traces show it."""
ROOT = '/api/3.0/mlflow/issues'


def play(call):
    experiment, gone = call.experiment('troubled'), call.experiment('troubled no more')
    call.post('experiments/delete', {'experiment_id': gone})

    def create(**fields):
        return call.post(ROOT, fields).get('issue', {}).get('issue_id', 'none')

    run = call.run(experiment, 'looked')
    slow = create(experiment_id=experiment, name='slow', description='answers take long', severity='high', root_causes=['cold cache', 'ü'], categories=['latency'], source_run_id=run, created_by='ann')
    wrong = create(experiment_id=experiment, name='wrong', description='answers are wrong')
    create(experiment_id=experiment, name='low', description='d', severity='low', status='resolved')
    for fields in ({'name': 'x', 'description': 'd'}, {'experiment_id': experiment, 'description': 'd'}, {'experiment_id': experiment, 'name': 'x'}, {'experiment_id': '99999', 'name': 'x', 'description': 'd'},
                   {'experiment_id': gone, 'name': 'x', 'description': 'd'}, {'experiment_id': experiment, 'name': 'x', 'description': 'd', 'status': 'nope'}, {'experiment_id': experiment, 'name': 'x', 'description': 'd', 'severity': 'nope'},
                   {'experiment_id': experiment, 'name': 5, 'description': 'd'}, {'experiment_id': 'x', 'name': 'x', 'description': 'd'}):
        create(**fields)
    call.get(f'{ROOT}/{slow}')
    call.get(f'{ROOT}/iss-{"0" * 32}')
    changes(call, wrong)
    trace_of(call, experiment, slow)
    searches(call, experiment, run)
    create(experiment_id=experiment, name='x', description='d', source_run_id='nope')
    create(experiment_id=experiment, name='x', description='d', root_causes='x')


def changes(call, issue):
    for fields in ({'status': 'rejected'}, {'name': 'very wrong', 'description': 'all of them', 'severity': 'medium'}, {'status': 'nope'}, {'severity': 'nope'}, {'name': 5}, {}, {'status': 'pending'}):
        call.patch(f'{ROOT}/{issue}', {'issue_id': issue, **fields})
    call.patch(f'{ROOT}/{issue}', {'status': 'pending'})
    call.patch(f'{ROOT}/iss-{"0" * 32}', {'issue_id': 'iss-' + '0' * 32, 'status': 'rejected'})
    call.get(f'{ROOT}/{issue}')


def trace_of(call, experiment, issue):
    for trace in ('tr-' + 'b' * 32, 'tr-' + 'c' * 32):
        call.post('/api/3.0/mlflow/traces', {'trace': {'trace_info': {'trace_id': trace, 'trace_location': {'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}},
                                                                     'request_time': '2024-04-01T00:00:00Z', 'state': 'OK'}}})
        call.post(f'/api/3.0/mlflow/traces/{trace}/assessments', {'assessment': {'assessment_name': issue, 'trace_id': trace, 'source': {'source_type': 'LLM_JUDGE', 'source_id': 'j'},
                                                                                 'create_time': '2024-04-01T00:00:00Z', 'last_update_time': '2024-04-01T00:00:00Z', 'issue': {'issue_name': 'slow'}}})
    call.post('/api/3.0/mlflow/traces/search', {'locations': [{'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}}], 'filter': f"issue.id = '{issue}'", 'order_by': ['request_id']})


def searches(call, experiment, run):
    def search(**fields):
        return call.post(f'{ROOT}/search', fields)

    search(experiment_id=experiment)
    search(experiment_id=experiment, include_trace_count=True)
    search()
    search(experiment_id='99999')
    search(experiment_id='x')
    for filter in ("status = 'pending'", "status != 'pending'", f"source_run_id = '{run}'", f"status = 'resolved' AND source_run_id != '{run}'", "nope = 'x'", "status LIKE 'p%'", "status = 'pending' OR status = 'resolved'", 'status', "status = 'x"):
        search(experiment_id=experiment, filter_string=filter)
    search(experiment_id=experiment, max_results=2)
    search(experiment_id=experiment, max_results=2, page_token='eyJvZmZzZXQiOiAyfQ==')
    for size in (0, -1, 50_001, 'x'):
        search(experiment_id=experiment, max_results=size)
    search(experiment_id=experiment, page_token='zz')
