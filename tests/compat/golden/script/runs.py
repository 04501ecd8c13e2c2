"""runs/create, get, update, delete, restore"""

NOWHERE = '0' * 32


def play(call):
    run = call.run('1', 'first', user_id='u', tags=[{'key': 'mlflow.user', 'value': 'u'}])
    call.get('runs/get', run_id=run)
    call.get('runs/get', run_uuid=run)
    created(call)
    updated(call, run)
    life(call, run)
    odd(call)


def created(call):
    call.post('runs/create', {'experiment_id': '1'})
    call.post('runs/create', {'experiment_id': 1, 'run_name': 'n'})
    call.post('runs/create', {'experiment_id': '1', 'start_time': '1712000000000', 'run_name': 'n'})
    call.post('runs/create', {'experiment_id': '1', 'start_time': 'x'})
    call.post('runs/create', {'experiment_id': '77'})
    call.post('runs/create', {'experiment_id': 'abc'})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 5})
    call.post('runs/create', {'experiment_id': '1', 'tags': [{'key': 'mlflow.runName', 'value': 'by tag'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'key': 'mlflow.runName', 'value': 'a'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'key': 'mlflow.runName', 'value': 'b'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'key': 'a*', 'value': '1'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'key': 'a', 'value': 'v' * 8001}]}, label='a tag of 8001 characters')
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'value': '1'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'unknown': [1]})


def updated(call, run):
    call.post('runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': 1712000001000})
    call.post('runs/update', {'run_id': run, 'status': 'RUNNING'})
    call.get('runs/get', run_id=run)
    call.post('runs/update', {'run_id': run, 'status': 4})
    call.post('runs/update', {'run_id': run, 'status': 'DONE'})
    call.post('runs/update', {'run_id': run, 'status': 99})
    call.post('runs/update', {'run_id': run, 'end_time': 'x'})
    call.post('runs/update', {'run_id': run, 'end_time': '1712000002000'})
    call.post('runs/update', {'run_id': run, 'end_time': 0})
    call.post('runs/update', {'run_id': run, 'run_name': 'renamed'})
    call.get('runs/get', run_id=run)
    call.post('runs/update', {'run_id': run, 'run_name': ''})
    call.post('runs/set-tag', {'run_id': run, 'key': 'mlflow.runName', 'value': 'tagged'})
    call.get('runs/get', run_id=run)
    call.post('runs/update', {'run_uuid': run, 'status': 'KILLED'})
    call.post('runs/update', {'run_id': run})
    call.post('runs/update', {'run_id': NOWHERE, 'status': 'KILLED'})
    call.post('runs/update', {'status': 'KILLED'})
    call.post('runs/update', {})


def life(call, run):
    call.get('runs/get')
    call.get('runs/get', run_id=NOWHERE)
    call.get('runs/get', run_id='not an id')
    call.post('runs/delete', {'run_id': run})
    call.post('runs/delete', {'run_id': run})
    call.get('runs/get', run_id=run)
    call.post('runs/log-metric', {'run_id': run, 'key': 'm', 'value': 1, 'timestamp': 1})
    call.post('runs/log-parameter', {'run_id': run, 'key': 'p', 'value': '1'})
    call.post('runs/log-batch', {'run_id': run, 'metrics': [{'key': 'm', 'value': 1, 'timestamp': 1}]})
    call.post('runs/set-tag', {'run_id': run, 'key': 'a', 'value': 'b'})
    call.post('runs/delete-tag', {'run_id': run, 'key': 'a'})
    call.post('runs/update', {'run_id': run, 'status': 'FINISHED'})
    call.post('runs/log-inputs', {'run_id': run, 'datasets': []})
    call.post('runs/outputs', {'run_id': run, 'models': [{'model_id': 'm-' + NOWHERE, 'step': 0}]})
    call.post('runs/restore', {'run_id': run})
    call.post('runs/restore', {'run_id': run})
    call.get('runs/get', run_id=run)
    call.post('runs/delete', {})
    call.post('runs/delete', {'run_id': NOWHERE})
    call.post('runs/restore', {'run_id': NOWHERE})
    call.post('runs/delete', {'run_uuid': run})


def odd(call):
    """What the one takes and the other does not."""
    call.post('runs/create', {})
    call.post('runs/create', {'experiment_id': '1', 'start_time': 1.5})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': [{'key': 'a', 'value': '1'}, {'key': 'a', 'value': '2'}]})
    call.post('runs/create', {'experiment_id': '1', 'run_name': 'a', 'tags': {'key': 'a'}})
