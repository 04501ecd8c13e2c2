"""registered-models/alias, and what a deleted version leaves"""


def play(call):
    def set_alias(**fields):
        call.post('registered-models/alias', fields)

    set_alias(name='M', alias='champ', version='1')
    set_alias(name='M', alias='champ', version='2')
    set_alias(name='M', alias='second', version='2')
    set_alias(name='M', alias='ünï', version='2')
    for alias in ('latest', 'LATEST', 'v1', 'V22', 'a b', 'a/b', 'a.b', '', 'vintage'):
        set_alias(name='M', alias=alias, version='1')
    call.post('registered-models/alias', {'name': 'M', 'alias': 'a' * 256, 'version': '1'}, label='an alias of 256 characters')
    set_alias(name='M', alias='x', version='99')
    set_alias(name='M', alias='x', version='x')
    set_alias(name='nope', alias='x', version='1')
    set_alias(name='M', alias='x')
    set_alias(alias='x', version='1')
    set_alias(name='M', version='1')
    call.get('registered-models/alias', name='M', alias='champ')
    call.get('registered-models/alias', name='M', alias='nope')
    call.get('registered-models/alias', name='nope', alias='champ')
    call.get('registered-models/alias', name='M')
    call.get('registered-models/alias', name='M', alias='latest')
    call.get('registered-models/get', name='M')
    call.get('model-versions/get', name='M', version='2')
    call.delete('registered-models/alias', {'name': 'M', 'alias': 'second'})
    call.delete('registered-models/alias', {'name': 'M', 'alias': 'second'})
    call.delete('registered-models/alias', {'name': 'nope', 'alias': 'second'})
    call.delete('registered-models/alias', {'name': 'M'})
    renamed(call)


def renamed(call):
    call.post('registered-models/rename', {'name': 'M', 'new_name': 'M2'})
    call.get('registered-models/get', name='M2')
    call.get('registered-models/alias', name='M2', alias='champ')
    call.get('model-versions/get', name='M2', version='2')
    call.get('model-versions/get', name='M', version='2')
    call.get('model-versions/search', filter="name = 'M2'", order_by='version_number')
    call.get('model-versions/get-download-uri', name='O', version='1')
    call.post('registered-models/rename', {'name': 'M2', 'new_name': 'M'})
