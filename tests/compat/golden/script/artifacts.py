"""mlflow-artifacts/*, artifacts/list, /get-artifact, upload-artifact"""

ROOT = '/api/2.0/mlflow-artifacts/'
NOWHERE = '0' * 32


def play(call):
    experiment = call.experiment('files')
    run = call.run(experiment, 'files')
    folder = f'{experiment}/{run}'
    stored(call, folder)
    listed(call, run, folder)
    unsafe(call)
    fetched(call, run)
    uploaded(call, run)
    multipart(call, run, folder)
    removed(call, run, folder)


def stored(call, folder):
    base = f'{ROOT}artifacts/{folder}/artifacts/'
    call.put(base + 'd/f.txt', b'hello')
    call.put(base + 'd/f.txt', b'hello again')
    call.put(base + 'a.json', b'{"x": 1}')
    call.put(base + 'empty.txt', b'')
    call.put(base + 'with%20space.txt', b'space')
    call.put(base + 'bytes.bin', bytes(range(50)))
    call.get(base + 'd/f.txt')
    call.get(base + 'a.json')
    call.get(base + 'empty.txt')
    call.get(base + 'with%20space.txt')
    call.get(base + 'nothing.txt')


def listed(call, run, folder):
    call.get('artifacts/list', run_id=run)
    call.get('artifacts/list', run_uuid=run)
    call.get('artifacts/list', run_id=run, path='d')
    call.get('artifacts/list', run_id=run, path='d/')
    call.get('artifacts/list', run_id=run, path='a.json')
    call.get('artifacts/list', run_id=run, path='nothing')
    call.get('artifacts/list', run_id=run, path='../x')
    call.get('artifacts/list', run_id=run, path='/etc')
    call.get('artifacts/list', run_id=NOWHERE)
    call.get('artifacts/list')
    call.get(ROOT + 'artifacts', path=f'{folder}/artifacts')
    call.get(ROOT + 'artifacts', path=f'{folder}/artifacts/d')
    call.get(ROOT + 'artifacts', path=f'{folder}/artifacts/a.json')
    call.get(ROOT + 'artifacts', path='nothing/there')
    call.get(ROOT + 'artifacts', path='../x')
    call.get(ROOT + 'artifacts', path=folder)


def unsafe(call):
    for path in ('11/../x', '%2e%2e/x', '%252e%252e/x', 'a%23b', 'a/%2fb', 'C:%5Cx', '..%5cx', 'a/./b'):
        call.get(f'{ROOT}artifacts/{path}')
        call.put(f'{ROOT}artifacts/{path}', b'x')
    call.delete(f'{ROOT}artifacts/11/../x')


def fetched(call, run):
    call.get('/get-artifact', run_id=run, path='d/f.txt')
    call.get('/get-artifact', run_uuid=run, path='a.json')
    call.get('/get-artifact', run_id=run, path='bytes.bin')
    call.get('/get-artifact', run_id=run, path='nothing.txt')
    call.get('/get-artifact', run_id=run, path='../x')
    call.get('/get-artifact', run_id=NOWHERE, path='x')
    call.get('/get-artifact', run_id=run)


def uploaded(call, run):
    path = '/ajax-api/2.0/mlflow/upload-artifact'
    call.call('POST', path, b'from the page', {'run_uuid': run, 'path': 'up/loaded.txt'})
    call.get('/get-artifact', run_id=run, path='up/loaded.txt')
    call.call('POST', path, b'x', {'path': 'x'})
    call.call('POST', path, b'x', {'run_uuid': run})
    call.call('POST', path, b'', {'run_uuid': run, 'path': 'x'})
    call.call('POST', path, b'x', {'run_uuid': run, 'path': '../x'})
    call.call('POST', path, b'x', {'run_uuid': NOWHERE, 'path': 'x'})
    call.call('POST', path, b'x' * (10 * 1024 * 1024 + 1), {'run_uuid': run, 'path': 'x'})


def multipart(call, run, folder):
    path = f'{folder}/artifacts/big'
    call.post(f'{ROOT}mpu/create/{path}', {'path': 'big', 'num_parts': 2})
    call.post(f'{ROOT}mpu/create/{path}', {'num_parts': 2})
    call.post(f'{ROOT}mpu/complete/{path}', {'path': 'big', 'upload_id': 'u', 'parts': [{'part_number': 1, 'etag': 'e', 'url': 'u'}]})
    call.post(f'{ROOT}mpu/complete/{path}', {'path': 'big', 'upload_id': 'u', 'parts': []})
    call.post(f'{ROOT}mpu/abort/{path}', {'path': 'big', 'upload_id': 'u'})
    call.get(f'{ROOT}presigned/{path}')
    call.get(f'{ROOT}presigned/..%2fx')
    call.post('artifacts/presigned-upload-url', {'run_id': run, 'path': 'x'})
    call.post('artifacts/presigned-upload-url', {'run_id': run, 'model_id': 'm-' + NOWHERE, 'path': 'x'})
    call.post('artifacts/presigned-upload-url', {'path': 'x'})
    call.post('artifacts/presigned-upload-url', {'run_id': run})
    call.post('artifacts/presigned-upload-url', {'run_id': NOWHERE, 'path': 'x'})
    call.post('artifacts/presigned-download-url', {'run_id': run, 'path': 'x'})
    call.post('artifacts/presigned-download-url', {'run_id': run, 'path': 'x', 'expiration': 604801})


def removed(call, run, folder):
    base = f'{ROOT}artifacts/{folder}/artifacts/'
    call.delete(base + 'a.json')
    call.delete(base + 'a.json')
    call.delete(base + 'd')
    call.get('artifacts/list', run_id=run)
