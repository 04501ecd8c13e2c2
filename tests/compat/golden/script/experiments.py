"""experiments/*"""


def play(call):
    call.post('experiments/create', {'name': 'e', 'tags': [{'key': 'a', 'value': 'b'}]})
    call.get('experiments/get', experiment_id='1')
    call.get('experiments/get-by-name', experiment_name='e')
    call.get('experiments/get-by-name', experiment_name='Default')
    refusals(call)
    tags(call)
    life(call)
    searches(call)


def refusals(call):
    call.post('experiments/create', {'name': 'e'})
    call.post('experiments/create', {})
    call.post('experiments/create', {'name': ''})
    call.post('experiments/create', {'name': None})
    call.post('experiments/create', {'name': 5})
    call.post('experiments/create', {'name': ['x']})
    call.post('experiments/create', {'name': 'x', 'tags': 'no'})
    call.post('experiments/create', {'name': 'x', 'artifact_location': 5})
    call.post('experiments/create', {'name': 'n' * 501}, label='a name of 501 characters')
    call.post('experiments/create', {'name': 'x', 'artifact_location': 'runs:/abc/d'})
    call.post('experiments/create', {'name': 'x', 'artifact_location': 's3://bucket/a?b=../../c'})
    call.post('experiments/create', {'name': 'x', 'tags': [{'key': 'a*b', 'value': 'v'}]})
    call.post('experiments/create', {'name': 'x', 'tags': [{'key': 'k', 'value': 'v' * 5001}]}, label='a tag of 5001 characters')
    call.get('experiments/get', experiment_id='77')
    call.get('experiments/get', experiment_id='abc')
    call.get('experiments/get', experiment_id='a/b')
    call.get('experiments/get')
    call.get('experiments/get-by-name', experiment_name='zz')
    call.get('experiments/get-by-name')
    call.post('experiments/update', {'experiment_id': '1'})
    call.post('experiments/update', {'new_name': 'x'})
    call.post('experiments/update', {'experiment_id': '77', 'new_name': 'x'})
    call.post('experiments/update', {'experiment_id': '1', 'new_name': 'Default'})
    call.post('experiments/delete', {})
    call.post('experiments/delete', {'experiment_id': '77'})
    call.post('experiments/restore', {'experiment_id': '77'})


def tags(call):
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'team', 'value': 'red'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'team', 'value': 'blue'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'empty', 'value': ''})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'novalue'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'value': 'x'})
    call.post('experiments/set-experiment-tag', {'key': 'x', 'value': 'x'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '77', 'key': 'x', 'value': 'x'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'k' * 251, 'value': 'x'}, label='a key of 251 characters')
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'k', 'value': 'x' * 5001}, label='a value of 5001 characters')
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': '../k', 'value': 'x'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'a#b', 'value': 'x'})
    call.post('experiments/set-experiment-tag', {'experiment_id': '1', 'key': 'k', 'value': 5})
    call.get('experiments/get', experiment_id='1')
    call.post('experiments/delete-experiment-tag', {'experiment_id': '1', 'key': 'empty'})
    call.post('experiments/delete-experiment-tag', {'experiment_id': '1', 'key': 'empty'})
    call.post('experiments/delete-experiment-tag', {'experiment_id': '1'})
    call.post('experiments/delete-experiment-tag', {'experiment_id': '77', 'key': 'x'})
    call.get('experiments/get', experiment_id='1')


def life(call):
    gone = call.experiment('gone')
    run = call.run(gone, 'r')
    call.post('experiments/delete', {'experiment_id': gone})
    call.get('experiments/get', experiment_id=gone)
    call.get('experiments/get-by-name', experiment_name='gone')
    call.get('runs/get', run_id=run)
    call.post('experiments/create', {'name': 'gone'})
    call.post('experiments/update', {'experiment_id': gone, 'new_name': 'gone2'})
    call.post('runs/create', {'experiment_id': gone, 'run_name': 'r', 'start_time': 1712000000000})
    call.post('experiments/set-experiment-tag', {'experiment_id': gone, 'key': 'x', 'value': 'x'})
    call.post('experiments/delete-experiment-tag', {'experiment_id': gone, 'key': 'x'})
    call.post('experiments/delete', {'experiment_id': gone})
    call.post('experiments/restore', {'experiment_id': gone})
    call.get('runs/get', run_id=run)
    call.post('experiments/restore', {'experiment_id': gone})
    call.post('experiments/update', {'experiment_id': gone, 'new_name': 'back'})
    call.get('experiments/get', experiment_id=gone)
    call.post('experiments/create', {'name': 'remote', 'artifact_location': 's3://bucket/folder'})
    call.get('experiments/get-by-name', experiment_name='remote')
    call.post('experiments/create', {'name': '17'})
    call.get('experiments/get-by-name', experiment_name='17')


def searches(call):
    for body in ({}, {'max_results': 0}, {'max_results': 1}, {'max_results': 100}, {'max_results': 50001}, {'max_results': -1}, {'max_results': 'x'}, {'max_results': '2'},
                 {'max_results': 10, 'view_type': 'DELETED_ONLY'}, {'max_results': 10, 'view_type': 'ALL', 'order_by': ['name ASC']}, {'max_results': 10, 'view_type': 3},
                 {'max_results': 10, 'view_type': 'NOPE'},
                 {'max_results': 10, 'order_by': ['name DESC']}, {'max_results': 10, 'order_by': ['experiment_id']}, {'max_results': 10, 'order_by': ['creation_time ASC', 'name']},
                 {'max_results': 10, 'order_by': ['nope']}, {'max_results': 10, 'order_by': ['name UP']}, {'max_results': 10, 'order_by': 'name'},
                 {'max_results': 10, 'page_token': 'zz'}, {'max_results': 10, 'page_token': 'eyJvZmZzZXQiOiAxfQ=='},
                 {'max_results': 2, 'order_by': ['name'], 'page_token': 'eyJvZmZzZXQiOiAyfQ=='}):
        call.post('experiments/search', body)
    for filter in ("name = 'e'", "name != 'e'", "name LIKE 'B%'", "name ILIKE 'B%'", "attribute.name = 'e'", "tags.team = 'blue'", "tag.team != 'blue'", "tags.`team` LIKE 'b%'",
                   "tags.team IS NULL", "tags.team IS NOT NULL", "name = 'e' AND tags.a = 'b'", "creation_time > 0", "last_update_time < 10", "name = 5", "creation_time = 'x'",
                   "nope = 'x'", "name > 'x'", "name = 'a' OR name = 'b'", "params.x = '1'", "name", "name = 'e"):
        call.post('experiments/search', {'max_results': 10, 'filter': filter, 'order_by': ['name']})
    call.get('experiments/search', max_results=1, order_by='name')
    call.get('experiments/search', max_results='x')
