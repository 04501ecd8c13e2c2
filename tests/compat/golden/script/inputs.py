"""runs/log-inputs, runs/outputs, experiments/search-datasets, log-metric with a dataset and a model"""

NOWHERE = '0' * 32


def play(call):
    experiment = call.experiment('inputs')
    run = call.run(experiment, 'in')
    datasets(call, run)
    models(call, experiment, run)
    summaries(call, experiment)
    call.get('runs/get', run_id=run)


def dataset(name='train', digest='d1', context='training', **fields):
    return {'tags': [{'key': 'mlflow.data.context', 'value': context}] if context else [],
            'dataset': {'name': name, 'digest': digest, 'source_type': 'local', 'source': '{"uri": "x"}', **fields}}


def datasets(call, run):
    def log(*inputs, label=None):
        call.post('runs/log-inputs', {'run_id': run, 'datasets': list(inputs)}, label=label)

    log(dataset(schema='{}', profile='{"rows": 3}'))
    call.get('runs/get', run_id=run)
    log(dataset(context='changed', schema='{}', profile='{"rows": 3}'))
    log(dataset(name='test', context=None))
    log(dataset(name='two', context='eval'), dataset(name='three', context='eval'))
    log({'dataset': {'name': 'x', 'digest': 'y', 'source_type': 'local'}})
    log({'dataset': {'digest': 'y', 'source_type': 'local', 'source': 's'}})
    log({'tags': []})
    log(dataset(name='n' * 501), label='a name of 501 characters')
    log(dataset(digest='d' * 37), label='a digest of 37 characters')
    log(dataset(source='s' * 65536), label='a source of 65536 characters')
    log(dataset(schema='s' * 1048576), label='a schema of 1048576 characters')
    log(dataset(context='c' * 501), label='a tag of 501 characters')
    log({**dataset(), 'tags': [{'key': 'k' * 256, 'value': 'x'}]}, label='a key of 256 characters')
    call.post('runs/log-inputs', {'run_id': run})
    call.post('runs/log-inputs', {'run_id': run, 'datasets': 'x'})
    call.post('runs/log-inputs', {'datasets': [dataset()]})
    call.post('runs/log-inputs', {'run_id': NOWHERE, 'datasets': [dataset()]})


def models(call, experiment, run):
    model = call.logged_model(experiment, 'in', source_run_id=run)
    call.post('runs/log-inputs', {'run_id': run, 'models': [{'model_id': model}]})
    call.post('runs/log-inputs', {'run_id': run, 'models': [{'model_id': 'm-' + NOWHERE}]})
    call.post('runs/log-inputs', {'run_id': run, 'models': [{}]})
    call.post('runs/outputs', {'run_id': run, 'models': [{'model_id': model, 'step': 3}]})
    call.post('runs/outputs', {'run_id': run, 'models': [{'model_id': model, 'step': 4}]})
    call.post('runs/outputs', {'run_id': run, 'models': [{'model_id': model}]})
    call.post('runs/outputs', {'run_id': run, 'models': []})
    call.post('runs/outputs', {'run_id': run})
    call.post('runs/outputs', {'models': [{'model_id': model, 'step': 3}]})
    call.post('runs/outputs', {'run_id': NOWHERE, 'models': [{'model_id': model, 'step': 3}]})
    call.get('runs/get', run_id=run)
    call.post('runs/log-metric', {'run_id': run, 'key': 'auc', 'value': 0.5, 'timestamp': 7, 'step': 2, 'model_id': model, 'dataset_name': 'train', 'dataset_digest': 'd1'})
    call.post('runs/log-metric', {'run_id': run, 'key': 'loss', 'value': 0.25, 'timestamp': 7, 'model_id': model})
    call.post('runs/log-metric', {'run_id': run, 'key': 'auc', 'value': 0.5, 'timestamp': 7, 'model_id': 'm-' + NOWHERE})
    call.post('runs/log-batch', {'run_id': run, 'metrics': [{'key': 'f1', 'value': 0.75, 'timestamp': 8, 'step': 1, 'model_id': model, 'dataset_name': 'train', 'dataset_digest': 'd1'}]})
    call.get(f'logged-models/{model}')
    call.get('metrics/get-history', run_id=run, metric_key='auc', max_results=10)
    call.get('runs/get', run_id=run)


def summaries(call, experiment):
    path = '/ajax-api/2.0/mlflow/experiments/search-datasets'
    call.post(path, {'experiment_ids': [experiment]})
    call.post(path, {'experiment_ids': ['77']})
    call.post(path, {'experiment_ids': ['abc']})
    call.post(path, {'experiment_ids': []})
    call.post(path, {})
    call.post(path, {'experiment_ids': [str(i) for i in range(21)]})
