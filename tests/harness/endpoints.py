"""Registers a model's bytes and lets an endpoint serve them, over REST as a user does."""
MLFLOW = '/api/2.0/mlflow'


def project(name, model, **settings):
    lines = ''.join(f', {key}: {value}' for key, value in settings.items())
    return f'endpoints:\n  {name}: {{model: {model}{lines}}}\n'


def register(client, model, onnx_bytes):
    """A new version of `model`; its number."""
    run = client.post(MLFLOW + '/runs/create', {'experiment_id': '0'})['run']['info']
    client.put(f'/api/2.0/mlflow-artifacts/artifacts/0/{run["run_id"]}/artifacts/model/model.onnx', onnx_bytes)
    try:
        client.post(MLFLOW + '/registered-models/create', {'name': model})
    except Exception:
        pass  # it is there already
    made = client.post(MLFLOW + '/model-versions/create', {'name': model, 'source': run['artifact_uri'] + '/model', 'run_id': run['run_id']})
    return int(made['model_version']['version'])


def apply(client, yaml_text, folder='/tmp'):
    return client.call('POST', f'/api/v1/project:apply?folder={folder}', yaml_text.encode(), {'Content-Type': 'application/yaml'})


def deploy(client, endpoint, version, **options):
    return client.post(f'/api/v1/endpoints/{endpoint}/deploy', {'routes': [{'version': version, **options}], 'reason': 'test'})


def serve(client, endpoint, onnx_bytes, **settings):
    """An endpoint of its own model with one version that takes all requests."""
    version = register(client, endpoint + '-model', onnx_bytes)
    apply(client, project(endpoint, endpoint + '-model', **settings))
    deploy(client, endpoint, version)
    return version
