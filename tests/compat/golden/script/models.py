"""registered-models/*"""


def play(call):
    call.post('registered-models/create', {'name': 'M'})
    call.post('registered-models/create', {'name': 'N', 'description': 'the n', 'tags': [{'key': 'a', 'value': '1'}, {'key': 'b', 'value': '2'}]})
    call.get('registered-models/get', name='M')
    call.get('registered-models/get', name='N')
    refusals(call)
    changes(call)
    searches(call)


def refusals(call):
    for body in ({'name': 'M'}, {}, {'name': ''}, {'name': '  '}, {'name': 5}, {'name': 'a/b'}, {'name': 'a:b'}, {'name': '..'}, {'name': 'x', 'tags': 'x'},
                 {'name': 'x', 'tags': [{'key': 'a*', 'value': '1'}]}, {'name': 'x', 'description': 5}):
        call.post('registered-models/create', body)
    call.get('registered-models/get', name='nope')
    call.get('registered-models/get')
    call.post('registered-models/create', {'name': 'prompt', 'tags': [{'key': 'mlflow.prompt.is_prompt', 'value': 'true'}]})
    call.post('registered-models/create', {'name': 'prompt', 'tags': [{'key': 'mlflow.prompt.is_prompt', 'value': 'true'}]})
    call.post('registered-models/create', {'name': 'M', 'tags': [{'key': 'mlflow.prompt.is_prompt', 'value': 'true'}]})
    call.post('registered-models/create', {'name': 'prompt'})


def changes(call):
    call.patch('registered-models/update', {'name': 'M', 'description': 'text'})
    call.patch('registered-models/update', {'name': 'M'})
    call.patch('registered-models/update', {'name': 'nope', 'description': 'text'})
    call.patch('registered-models/update', {'description': 'text'})
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'k', 'value': 'v'})
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'k', 'value': 'w'})
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'bare'})
    call.post('registered-models/set-tag', {'name': 'nope', 'key': 'k', 'value': 'v'})
    call.post('registered-models/set-tag', {'name': 'M', 'value': 'v'})
    call.post('registered-models/set-tag', {'key': 'k', 'value': 'v'})
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'a*', 'value': 'v'})
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'k' * 251, 'value': 'v'}, label='a key of 251 characters')
    call.post('registered-models/set-tag', {'name': 'M', 'key': 'k', 'value': 'v' * 100001}, label='a value of 100001 characters')
    call.get('registered-models/get', name='M')
    call.delete('registered-models/delete-tag', {'name': 'M', 'key': 'bare'})
    call.delete('registered-models/delete-tag', {'name': 'M', 'key': 'bare'})
    call.delete('registered-models/delete-tag', {'name': 'nope', 'key': 'k'})
    call.delete('registered-models/delete-tag', {'name': 'M'})
    call.post('registered-models/rename', {'name': 'N', 'new_name': 'M'})
    call.post('registered-models/rename', {'name': 'nope', 'new_name': 'x'})
    call.post('registered-models/rename', {'name': 'N'})
    call.post('registered-models/rename', {'new_name': 'N'})
    call.post('registered-models/rename', {'name': 'N', 'new_name': 'a/b'})
    call.post('registered-models/rename', {'name': 'N', 'new_name': ' '})
    call.post('registered-models/rename', {'name': 'N', 'new_name': 'O'})
    call.get('registered-models/get', name='N')
    call.get('registered-models/get', name='O')


def searches(call):
    for query in ({}, {'max_results': 1}, {'max_results': 1001}, {'max_results': 0}, {'max_results': -1}, {'max_results': 'x'}, {'page_token': 'zz'}, {'max_results': 2, 'page_token': 'eyJvZmZzZXQiOiAxfQ=='},
                  {'order_by': 'name DESC'}, {'order_by': ['timestamp ASC', 'name']}, {'order_by': 'last_updated_timestamp'}, {'order_by': 'creation_timestamp'}, {'order_by': 'nope'}, {'order_by': 'name UP'}):
        call.get('registered-models/search', **query)
    for filter in ("name = 'M'", "name != 'M'", "name LIKE 'm%'", "name ILIKE 'm%'", "tags.k = 'w'", "tags.k != 'w'", "tags.k LIKE 'w%'", "tag.k = 'w'", "name = 'M' AND tags.k = 'w'", "name = 'M' OR name = 'O'",
                   "nope = 'x'", 'name = 5', "name > 'M'", "tags.k IS NULL", "name IN ('M')", 'name', "run_id = 'x'"):
        call.get('registered-models/search', filter=filter)
