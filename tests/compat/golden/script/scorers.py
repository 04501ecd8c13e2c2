"""/api/3.0/mlflow/scorers: judges that are registered with an experiment, by version."""
import json

ROOT = '/api/3.0/mlflow/scorers'
JUDGE = json.dumps({'name': 'tone', 'instructions_judge_pydantic_data': {'instructions': 'Is {{ outputs }} kind?', 'model': 'openai:/gpt'}})
BUILTIN = json.dumps({'name': 'safety', 'builtin_scorer_class': 'Safety', 'builtin_scorer_pydantic_data': {'name': 'safety'}})
CODE = json.dumps({'name': 'own', 'call_source': 'return True', 'call_signature': '(outputs)', 'original_func_name': 'own'})


def play(call):
    experiment, other = call.experiment('scored'), call.experiment('scored too')
    call.post('experiments/delete', {'experiment_id': other})
    register(call, experiment, other)
    reads(call, experiment, other)
    online(call, experiment)
    removals(call, experiment)


def register(call, experiment, other):
    def put(**fields):
        call.post(f'{ROOT}/register', fields)

    put(experiment_id=experiment, name='tone', serialized_scorer=JUDGE)
    put(experiment_id=experiment, name='tone', serialized_scorer=JUDGE.replace('kind', 'very kind'))
    put(experiment_id=experiment, name='safety', serialized_scorer=BUILTIN)
    put(experiment_id=experiment, name='ä b/c', serialized_scorer='{}')
    put(experiment_id=experiment, name='own', serialized_scorer=CODE)
    put(experiment_id=experiment, name='nested', serialized_scorer=json.dumps({'ensemble_scorer_data': {'scorers': [json.loads(CODE)]}}))
    for fields in ({'name': 'x', 'serialized_scorer': '{}'}, {'experiment_id': experiment, 'serialized_scorer': '{}'}, {'experiment_id': experiment, 'name': 'x'}, {'experiment_id': experiment, 'name': '  ', 'serialized_scorer': '{}'},
                   {'experiment_id': experiment, 'name': 5, 'serialized_scorer': '{}'}, {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': {}}, {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': 'no json'},
                   {'experiment_id': '99999', 'name': 'x', 'serialized_scorer': '{}'}, {'experiment_id': other, 'name': 'x', 'serialized_scorer': '{}'}, {'experiment_id': 'x', 'name': 'x', 'serialized_scorer': '{}'},
                   {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': '[]'},
                   {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': json.dumps({'instructions_judge_pydantic_data': {'model': ' '}})},
                   {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': json.dumps({'instructions_judge_pydantic_data': {'model': 5}})},
                   {'experiment_id': experiment, 'name': 'x', 'serialized_scorer': json.dumps({'instructions_judge_pydantic_data': {'model': 'gateway:/nope'}})}):
        put(**fields)


def reads(call, experiment, other):
    call.get(f'{ROOT}/list', experiment_id=experiment)
    call.get(f'{ROOT}/list', experiment_id=other)
    call.get(f'{ROOT}/list', experiment_id='99999')
    call.get(f'{ROOT}/list')
    call.get(f'{ROOT}/list', experiment_ids=[experiment, other])
    call.get(f'{ROOT}/list', experiment_ids=[experiment], experiment_id=experiment)
    call.get(f'{ROOT}/versions', experiment_id=experiment, name='tone')
    call.get(f'{ROOT}/versions', experiment_id=experiment, name='nope')
    call.get(f'{ROOT}/versions', experiment_id=experiment)
    call.get(f'{ROOT}/versions', name='tone')
    call.get(f'{ROOT}/get', experiment_id=experiment, name='tone')
    for version in ('1', '2', '3', 'x'):
        call.get(f'{ROOT}/get', experiment_id=experiment, name='tone', version=version)
    call.get(f'{ROOT}/get', experiment_id=experiment, name='nope')
    call.get(f'{ROOT}/get', experiment_id=other, name='tone')
    call.get(f'{ROOT}/get', name='tone')


def online(call, experiment):
    def put(**fields):
        return call.put(f'{ROOT}/online-config', fields)

    for fields in ({'name': 'tone', 'sample_rate': 0}, {'name': 'tone', 'sample_rate': 0.0, 'filter_string': "status = 'OK'"}, {'name': 'tone', 'sample_rate': 0.5}, {'name': 'tone', 'sample_rate': 1.5},
                   {'name': 'tone', 'sample_rate': 0, 'filter_string': 'nope nope'}, {'name': 'tone', 'sample_rate': 0, 'filter_string': 5}, {'name': 'nope', 'sample_rate': 0}, {'name': 'tone'}, {'sample_rate': 0}):
        put(experiment_id=experiment, **fields)
    put(name='tone', sample_rate=0)
    scorer = call.get(f'{ROOT}/get', experiment_id=experiment, name='tone').get('scorer', {}).get('scorer_id', '')
    call.get(f'{ROOT}/online-configs', scorer_ids=[scorer, 'nope'])
    call.get(f'{ROOT}/online-configs', scorer_ids=['nope'])
    call.get(f'{ROOT}/online-configs')


def removals(call, experiment):
    def remove(**fields):
        call.delete(f'{ROOT}/delete', fields)

    remove(experiment_id=experiment, name='tone', version=1)
    remove(experiment_id=experiment, name='tone', version=1)
    call.get(f'{ROOT}/versions', experiment_id=experiment, name='tone')
    call.post(f'{ROOT}/register', {'experiment_id': experiment, 'name': 'tone', 'serialized_scorer': JUDGE})
    remove(experiment_id=experiment, name='tone')
    remove(experiment_id=experiment, name='tone')
    remove(experiment_id=experiment, name='safety', version='x')
    remove(experiment_id=experiment, name='safety', version=1)
    call.get(f'{ROOT}/versions', experiment_id=experiment, name='safety')
    call.get(f'{ROOT}/list', experiment_id=experiment)
    remove(name='tone')
    remove(experiment_id=experiment)
    remove(experiment_id='99999', name='tone')
