"""/api/3.0/mlflow/datasets: evaluation datasets and their records; a record is known by its inputs."""
import json

ROOT = '/api/3.0/mlflow/datasets'


def play(call):
    def create(**fields):
        return call.post(f'{ROOT}/create', fields).get('dataset', {}).get('dataset_id', 'none')

    first, second = call.experiment('judged'), call.experiment('judged too')
    plain = create(name='plain')
    whole = create(name='whole', experiment_ids=[first], tags=json.dumps({'team': 'red', 'mlflow.user': 'ann', 'ü': 'ä'}))
    for fields in ({}, {'name': ''}, {'name': 5}, {'name': 'x', 'experiment_ids': 'y'}, {'name': 'x', 'tags': {}}, {'name': 'x', 'tags': 'no json'}, {'name': 'x', 'tags': '[]'}):
        create(**fields)
    call.delete(f'{ROOT}/{create(name="whole")}')  # names need not be unique
    call.get(f'{ROOT}/{plain}')
    call.get(f'{ROOT}/{whole}')
    call.get(f'{ROOT}/d-{"0" * 32}')
    tags(call, whole)
    experiments(call, whole, first, second)
    records(call, whole)
    removals(call, whole)
    searches(call, first, second)
    for dataset in (plain, plain, f'd-{"0" * 32}'):
        call.delete(f'{ROOT}/{dataset}')
    call.get(f'{ROOT}/{plain}')


def tags(call, dataset):
    for body in ({'tags': json.dumps({'team': 'blue', 'n': 5, 'gone': None})}, {'tags': '{}'}, {}, {'tags': 'no json'}, {'tags': {}}):
        call.patch(f'{ROOT}/{dataset}/tags', body)
    call.patch(f'{ROOT}/d-{"0" * 32}/tags', {'tags': '{"a": "b"}'})
    call.get(f'{ROOT}/{dataset}')
    call.delete(f'{ROOT}/{dataset}/tags/n')
    call.delete(f'{ROOT}/{dataset}/tags/n')
    call.delete(f'{ROOT}/d-{"0" * 32}/tags/n')
    call.get(f'{ROOT}/{dataset}')


def experiments(call, dataset, first, second):
    call.get(f'{ROOT}/{dataset}/experiment-ids')
    call.post(f'{ROOT}/{dataset}/add-experiments', {'experiment_ids': [second, first]})
    call.post(f'{ROOT}/{dataset}/add-experiments', {'experiment_ids': [second]})
    call.post(f'{ROOT}/{dataset}/add-experiments', {'experiment_ids': ['99999']})
    call.post(f'{ROOT}/{dataset}/add-experiments', {'experiment_ids': 'x'})
    call.post(f'{ROOT}/{dataset}/add-experiments', {})
    call.post(f'{ROOT}/d-{"0" * 32}/add-experiments', {'experiment_ids': [second]})
    call.get(f'{ROOT}/{dataset}/experiment-ids')
    call.post(f'{ROOT}/{dataset}/remove-experiments', {'experiment_ids': [second]})
    call.post(f'{ROOT}/{dataset}/remove-experiments', {'experiment_ids': [second, '99999']})
    call.post(f'{ROOT}/d-{"0" * 32}/remove-experiments', {'experiment_ids': [second]})
    call.get(f'{ROOT}/{dataset}/experiment-ids')
    call.get(f'{ROOT}/d-{"0" * 32}/experiment-ids')


def records(call, dataset):
    def put(*records):
        call.post(f'{ROOT}/{dataset}/records', {'records': json.dumps(records)})

    call.get(f'{ROOT}/{dataset}/records')
    put({'inputs': {'q': 'a', 'n': 1}}, {'inputs': {'q': 'b', 'f': 1.5, 'l': [1], 'o': {}, 'z': None, 't': True}, 'outputs': {'answer': 'x'}, 'expectations': {'e': 'y'}})
    put({'inputs': {'n': 1, 'q': 'a'}, 'expectations': {'e': 'one'}, 'tags': {'mlflow.user': 'bob', 'k': 'v'}})
    put({'inputs': {'q': 'a', 'n': 1}, 'outputs': 'text', 'expectations': {'f': 'two'}, 'tags': {'k': 'w'}})
    put({'inputs': {'q': 'c'}, 'source': {'source_type': 'TRACE', 'source_data': {'trace_id': 'tr-1'}}, 'tags': {'mlflow.user': 'cid'}})
    put({'inputs': {'q': 'd'}, 'source': {'source_type': 'human', 'source_data': {'source_id': 'me'}}})
    put({'inputs': {'q': 'd'}, 'outputs': None})
    put({'outputs': 'no inputs'})
    put()
    put({'inputs': {'q': 'e'}, 'source': {'source_type': 'nope'}})
    for body in ({}, {'records': ''}, {'records': 'no json'}, {'records': []}):
        call.post(f'{ROOT}/{dataset}/records', body)
    call.get(f'{ROOT}/{dataset}/records')
    call.get(f'{ROOT}/{dataset}')
    token = call.get(f'{ROOT}/{dataset}/records', max_results=3).get('next_page_token', '')
    call.get(f'{ROOT}/{dataset}/records', max_results=3, page_token=token)
    call.get(f'{ROOT}/{dataset}/records', max_results='x')
    call.get(f'{ROOT}/d-{"0" * 32}/records')


def removals(call, dataset):
    answer = call.get(f'{ROOT}/{dataset}/records')
    known = {record['inputs'].get('q'): record['dataset_record_id'] for record in json.loads(answer.get('records', '[]'))}
    call.delete(f'{ROOT}/{dataset}/records', {'dataset_record_ids': [known.get('a', 'none'), 'dr-none']})
    call.delete(f'{ROOT}/{dataset}/records', {'dataset_record_ids': [known.get('a', 'none')]})
    call.delete(f'{ROOT}/{dataset}/records', {'dataset_record_ids': []})
    call.delete(f'{ROOT}/{dataset}/records', {'dataset_record_ids': 'x'})
    call.get(f'{ROOT}/{dataset}')
    call.get(f'{ROOT}/{dataset}/records')


def searches(call, first, second):
    def search(**fields):
        call.post(f'{ROOT}/search', fields)

    search()
    search(experiment_ids=[first])
    search(experiment_ids=[second])
    search(experiment_ids=['99999'])
    for filter in ("name = 'plain'", "name != 'plain'", "name LIKE 'p%'", "name ILIKE 'P%'", "name IN ('plain', 'nope')", "tags.team = 'blue'", "tags.team != 'blue'", "tags.team LIKE 'b%'",
                   "created_by = 'ann'", "last_updated_by = 'bob'", 'created_time > 5', 'created_time < 5', 'last_update_time >= 5', "name = 'whole' AND tags.team = 'blue'",
                   "name = 'plain' OR name = 'whole'", "nope = 'x'", "name > 'x'", 'name = 5', "created_time = 'x'", 'created_time > 1.5', "name = 'x", "foo.bar = 'x'"):
        search(filter_string=filter)
    for order in (['name'], ['name DESC'], ['created_time ASC'], ['last_update_time DESC'], ['nope'], ['name UP'], ['tags.team'], ['created_by']):
        search(order_by=order)
    search(order_by=['created_time ASC'], max_results=2)
    search(order_by=['created_time ASC'], max_results=2, page_token='eyJvZmZzZXQiOiAyfQ==')
    for size in (0, -1, 50_001, 'x'):
        search(max_results=size)
    search(page_token='zz')
    search(experiment_ids='x')
    call.get(f'{ROOT}/search', filter_string="name = 'plain'")
