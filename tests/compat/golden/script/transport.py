"""How bodies come in: twice encoded, empty, broken, of another type; unknown routes and methods."""


def play(call):
    call.call('POST', 'experiments/create', '"{\\"name\\": \\"twice\\"}"', headers={'Content-Type': 'application/json'})
    call.call('POST', 'experiments/create', '{"name": ', headers={'Content-Type': 'application/json'})
    call.call('POST', 'experiments/create', '', headers={'Content-Type': 'application/json'})
    call.call('POST', 'experiments/create', '{"name": "plain"}', headers={'Content-Type': 'text/plain'})
    call.call('POST', 'experiments/create', '{"name": "utf8"}', headers={'Content-Type': 'application/json; charset=utf-8'})
    call.call('POST', 'experiments/create', '{"name": "untyped"}')
    call.post('experiments/create', {'experimentName': 'x', 'name': 'camel', 'artifactLocation': 's3://b/c'})
    call.get('experiments/get-by-name', experiment_name='camel')
    call.post('runs/create', {'experiment_id': '1', 'run_id': 'x', 'experimentId': '2'})
    call.get('nosuch')
    call.post('nosuch', {})
    call.get('/api/3.0/mlflow/nosuch')
    call.delete('runs/get')
    call.get('runs/create')
