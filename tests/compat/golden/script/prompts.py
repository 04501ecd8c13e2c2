"""Prompts: models that are marked as such, hidden where models are looked for; their versions hold the text in a tag."""
IS_PROMPT = {'key': 'mlflow.prompt.is_prompt', 'value': 'true'}
ASKED = "tags.`mlflow.prompt.is_prompt` = 'true'"
HIDDEN = "tags.`mlflow.prompt.is_prompt` != 'true'"


def play(call):
    create(call)
    versions(call)
    searches(call)
    changes(call)
    links(call)
    removal(call)


def create(call):
    for name, tags in (('greet', [{'key': 'team', 'value': 'red'}]), ('judge', []), ('chat', [])):
        call.post('registered-models/create', {'name': name, 'description': f'the {name}', 'tags': [IS_PROMPT, *tags]})
    call.post('registered-models/create', {'name': 'greet', 'tags': [IS_PROMPT]})
    call.post('registered-models/create', {'name': 'greet'})
    call.post('registered-models/create', {'name': 'N', 'tags': [IS_PROMPT]})
    call.post('registered-models/create', {'name': 'no/slash', 'tags': [IS_PROMPT]})
    call.get('registered-models/get', name='greet')


def version(name, text, *tags, **fields):
    return {'name': name, 'source': 'dummy-source', 'tags': [IS_PROMPT, {'key': 'mlflow.prompt.text', 'value': text}, {'key': '_mlflow_prompt_type', 'value': 'text'}, *tags], **fields}


def versions(call):
    call.post('model-versions/create', version('greet', 'Hello {{name}}'))
    call.post('model-versions/create', version('greet', 'Hello dear {{name}}', {'key': 'tone', 'value': 'warm'}, description='warmer'))
    call.post('model-versions/create', version('judge', 'ünicode "quotes" \n{{x}}'))
    call.post('model-versions/create', version('chat', '[{"role": "user", "content": "{{q}}"}]'))
    call.post('model-versions/create', version('nope', 'x'))
    call.post('model-versions/create', version('greet', 'x' * 100_001), label='a prompt of 100001 characters')
    call.post('model-versions/create', {'name': 'greet', 'tags': [IS_PROMPT]})
    call.get('model-versions/get', name='greet', version='1')
    call.get('model-versions/get', name='greet', version='9')
    call.get('model-versions/get', name='greet', version='x')
    call.get('registered-models/get', name='greet')


def searches(call):
    for filter in (ASKED, HIDDEN, ASKED + " AND name = 'greet'", ASKED + " AND name LIKE 'g%'", ASKED + " AND name ILIKE 'G%'", ASKED + " AND tags.team = 'red'", ASKED + " AND tags.team != 'red'",
                   "tags.`mlflow.prompt.is_prompt` = 'false'", "name = 'greet'", "name LIKE 'g%'", "tag.mlflow.prompt.is_prompt = 'true'"):
        call.get('registered-models/search', filter=filter)
        call.get('model-versions/search', filter=filter)
    call.get('registered-models/search', filter=ASKED, max_results=2)
    call.get('registered-models/search', filter=ASKED, max_results=2, page_token='eyJvZmZzZXQiOiAyfQ==')
    call.get('registered-models/search', filter=ASKED, order_by='name DESC')
    call.get('model-versions/search', filter=f"{ASKED} AND name = 'greet'", order_by='version_number ASC')


def changes(call):
    call.post('registered-models/set-tag', {'name': 'greet', 'key': 'owner', 'value': 'ann'})
    call.post('registered-models/set-tag', {'name': 'greet', 'key': '_mlflow_experiment_ids', 'value': ',1,2,'})
    call.get('registered-models/search', filter=f"tags._mlflow_experiment_ids LIKE '%,1,%' AND {ASKED}")
    call.get('registered-models/search', filter=f"tags._mlflow_experiment_ids LIKE '%,7,%' AND {ASKED}")
    call.delete('registered-models/delete-tag', {'name': 'greet', 'key': 'team'})
    call.post('model-versions/set-tag', {'name': 'greet', 'version': '2', 'key': 'tone', 'value': 'cool'})
    call.post('model-versions/set-tag', {'name': 'greet', 'version': '9', 'key': 'tone', 'value': 'cool'})
    call.delete('model-versions/delete-tag', {'name': 'greet', 'version': '1', 'key': 'tone'})
    call.get('model-versions/get', name='greet', version='2')
    call.post('registered-models/alias', {'name': 'greet', 'alias': 'production', 'version': '1'})
    call.post('registered-models/alias', {'name': 'greet', 'alias': 'production', 'version': '2'})
    call.post('registered-models/alias', {'name': 'greet', 'alias': 'latest', 'version': '2'})
    call.get('registered-models/alias', name='greet', alias='production')
    call.get('registered-models/alias', name='greet', alias='latest')
    call.get('registered-models/alias', name='greet', alias='nope')
    call.delete('registered-models/alias', {'name': 'greet', 'alias': 'production'})
    call.patch('registered-models/update', {'name': 'greet', 'description': 'greets'})
    call.patch('model-versions/update', {'name': 'greet', 'version': '1', 'description': 'plain'})


def links(call):
    experiment = call.experiment('prompted')
    run = call.run(experiment, 'prompted')
    call.post('runs/set-tag', {'run_id': run, 'key': 'mlflow.linkedPrompts', 'value': '[{"name": "greet", "version": "1"}]'})
    call.get('runs/get', run_id=run)
    trace = 'tr-' + 'a' * 32
    info = {'trace_id': trace, 'trace_location': {'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}}, 'request_time': '2024-04-01T00:00:00Z',
            'execution_duration': '1s', 'state': 'OK'}
    call.post('/api/3.0/mlflow/traces', {'trace': {'trace_info': info}})
    call.post('traces/link-prompts', {'trace_id': trace, 'prompt_versions': [{'name': 'greet', 'version': '1'}, {'name': 'judge', 'version': '1'}]})
    call.post('traces/link-prompts', {'trace_id': trace, 'prompt_versions': [{'name': 'greet', 'version': '1'}]})
    call.post('traces/link-prompts', {'trace_id': trace})
    call.post('traces/link-prompts', {'prompt_versions': [{'name': 'greet', 'version': '1'}]})
    call.post('traces/link-to-run', {'trace_ids': [trace], 'run_id': run})
    call.post('traces/link-to-run', {'trace_ids': [trace]})
    call.post('traces/link-to-run', {'run_id': run})
    call.post('traces/link-to-run', {'trace_ids': ['x'] * 101, 'run_id': run}, label='101 traces')
    for filter in ("prompt = 'greet/1'", "prompt = 'greet/2'", "prompt = 'greet'", "prompt != 'greet/1'", f"run_id = '{run}'"):
        call.post('/api/3.0/mlflow/traces/search', {'locations': [{'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}}], 'filter': filter})


def removal(call):
    call.delete('model-versions/delete', {'name': 'greet', 'version': '1'})
    call.get('model-versions/get', name='greet', version='1')
    call.delete('registered-models/delete', {'name': 'chat'})
    call.get('registered-models/get', name='chat')
    call.get('registered-models/search', filter=ASKED)
