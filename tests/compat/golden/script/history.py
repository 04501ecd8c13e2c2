"""metrics/get-history, -bulk, -bulk-interval"""

NOWHERE = '0' * 32


def play(call):
    experiment = call.experiment('history')
    runs = [call.run(experiment, f'h{i}', 1712000000000 + i) for i in range(2)]
    for i, run in enumerate(runs):
        call.post('runs/log-batch', {'run_id': run, 'metrics': [{'key': 'm', 'value': step * (i + 1) / 4, 'timestamp': 100 + step, 'step': step} for step in range(10)]})
    first = runs[0]
    call.post('runs/log-metric', {'run_id': first, 'key': 'm', 'value': 0.25, 'timestamp': 101, 'step': 1})
    call.post('runs/log-batch', {'run_id': first, 'metrics': [{'key': 'odd', 'value': v, 'timestamp': t, 'step': s} for v, t, s in
                                                               [('NaN', 5, 3), (1.5, 4, 7), (2.5, 4, 7), ('Infinity', 9, 1), ('-Infinity', 9, -4)]]})
    single(call, first)
    bulk(call, runs)
    interval(call, runs)


def single(call, run):
    call.get('metrics/get-history', run_id=run, metric_key='m', max_results=25000)
    call.get('metrics/get-history', run_id=run, metric_key='odd', max_results=25000)
    call.get('metrics/get-history', run_id=run, metric_key='m')
    call.get('metrics/get-history', run_uuid=run, metric_key='m', max_results=100)
    page = call.get('metrics/get-history', run_id=run, metric_key='m', max_results=4)
    call.get('metrics/get-history', run_id=run, metric_key='m', max_results=4, page_token=page.get('next_page_token', ''))
    call.get('metrics/get-history', run_id=run, metric_key='m', max_results=4, page_token='eyJvZmZzZXQiOiA4fQ==')
    call.get('metrics/get-history', run_id=run, metric_key='m', max_results=4, page_token='zz')
    call.get('metrics/get-history', run_id=run, metric_key='nope', max_results=10)
    call.get('metrics/get-history', run_id=run)
    call.get('metrics/get-history', metric_key='m')
    call.get('metrics/get-history', run_id=NOWHERE, metric_key='m', max_results=10)
    call.get('metrics/get-history', run_id=run, metric_key='m', max_results='x')


def bulk(call, runs):
    path = '/ajax-api/2.0/mlflow/metrics/get-history-bulk'
    call.get(path, run_id=runs[0], metric_key='m')
    call.get(path, run_id=runs[0], metric_key='odd')
    call.get(path, run_id=runs[1], metric_key='m', max_results=3)
    call.get(path, run_id=runs[0], metric_key='nope')
    call.get(path, metric_key='m')
    call.get(path, run_id=runs[0])
    call.get(path, run_id=NOWHERE, metric_key='m')
    call.get(path, run_id=[f'{i:032x}' for i in range(101)], metric_key='m')


def interval(call, runs):
    for path in ('/ajax-api/2.0/mlflow/metrics/get-history-bulk-interval', 'metrics/get-history-bulk-interval'):
        call.get(path, run_ids=runs[0], metric_key='m')
        call.get(path, run_ids=runs[0], metric_key='m', max_results=3)
        call.get(path, run_ids=runs[0], metric_key='m', max_results=1)
        call.get(path, run_ids=runs[0], metric_key='m', start_step=2, end_step=5)
        call.get(path, run_ids=runs[0], metric_key='m', start_step=2, end_step=8, max_results=3)
        call.get(path, run_ids=runs[0], metric_key='odd')
        call.get(path, run_ids=runs[0], metric_key='odd', start_step=-10, end_step=10)
        call.get(path, run_ids=runs[0], metric_key='nope')
        call.get(path, run_ids=runs[0], metric_key='m', start_step=5, end_step=2)
        call.get(path, run_ids=runs[0], metric_key='m', start_step=5)
        call.get(path, run_ids=runs[0], metric_key='m', end_step=5)
        call.get(path, run_ids=runs[0], metric_key='m', max_results=0)
        call.get(path, run_ids=runs[0], metric_key='m', max_results=2501)
        call.get(path, run_ids=runs[0], metric_key='m', max_results='x')
        call.get(path, run_ids=runs[0])
        call.get(path, metric_key='m')
        call.get(path, run_ids=NOWHERE, metric_key='m')
        call.get(path, run_ids=[f'{i:032x}' for i in range(101)], metric_key='m')
