"""What deletion leaves in the registry."""


def play(call):
    call.post('registered-models/alias', {'name': 'M', 'alias': 'last', 'version': '3'})
    call.delete('model-versions/delete', {'name': 'M', 'version': '3'})
    call.get('model-versions/get', name='M', version='3')
    call.get('registered-models/alias', name='M', alias='last')
    call.delete('model-versions/delete', {'name': 'M', 'version': '3'})
    call.delete('model-versions/delete', {'name': 'M', 'version': '99'})
    call.delete('model-versions/delete', {'name': 'M', 'version': 'x'})
    call.delete('model-versions/delete', {'name': 'M'})
    call.get('registered-models/get', name='M')
    call.delete('registered-models/delete', {'name': 'M'})
    call.delete('registered-models/delete', {'name': 'M'})
    call.delete('registered-models/delete', {})
    call.get('registered-models/get', name='M')
    call.get('model-versions/get', name='M', version='1')
    call.get('model-versions/search', filter="name = 'M'")
    call.get('model-versions/get-download-uri', name='O', version='1')
    call.post('registered-models/create', {'name': 'M'})
    call.get('registered-models/get', name='M')
