"""/api/3.0/mlflow/traces: counts, latencies, tokens and assessments over many traces, and their search page by page."""
import json

ROOT = '/api/3.0/mlflow/traces'
DAY = 1_712_000_000_000  # of the first trace, in milliseconds


def play(call):
    experiment = call.experiment('measured')
    for place, (name, state, took, tokens, session) in enumerate((('ask', 'OK', 1, 10, 's1'), ('ask', 'OK', 2, 20, 's1'), ('ask', 'ERROR', 4, None, 's2'), ('tell', 'OK', 8, 40, None))):
        trace(call, experiment, place, name, state, took, tokens, session)
    assess(call)
    spans(call, experiment)
    of_traces(call, experiment)
    of_spans(call, experiment)
    of_assessments(call, experiment)
    refusals(call, experiment)
    pages(call, experiment)
    filters(call, experiment)


def trace_id(place):
    return 'tr-' + f'{place + 1}' * 32


def trace(call, experiment, place, name, state, took, tokens, session):
    metadata = {'mlflow.trace.session': session} if session else {}
    if tokens:
        metadata['mlflow.trace.tokenUsage'] = json.dumps({'input_tokens': tokens, 'output_tokens': 2 * tokens, 'total_tokens': 3 * tokens})
    call.post(ROOT, {'trace': {'trace_info': {
        'trace_id': trace_id(place), 'trace_location': {'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}},
        'request_time': f'2024-04-01T19:33:2{place}Z', 'execution_duration': f'{took}s', 'state': state, 'trace_metadata': metadata, 'tags': {'mlflow.traceName': name, 'host': f'gpu-{place}'}}}})


def assess(call):
    for place, value in ((0, 4), (1, 2.5), (2, True), (3, 'yes')):
        call.post(f'{ROOT}/{trace_id(place)}/assessments', {'assessment': {
            'assessment_name': 'good', 'trace_id': trace_id(place), 'source': {'source_type': 'HUMAN', 'source_id': 'me'}, 'create_time': '2024-04-01T20:00:00Z', 'last_update_time': '2024-04-01T20:00:00Z',
            'feedback': {'value': value}}})


def spans(call, experiment):
    for place in range(2):
        sent = [{'traceId': f'{place + 1}' * 32, 'spanId': f'{place + 1}{number}' * 8, 'name': name, 'startTimeUnixNano': f'{DAY + 1000 * place}000000',
                 'endTimeUnixNano': f'{DAY + 1000 * place + took}000000',
                 'attributes': [{'key': 'mlflow.spanType', 'value': {'stringValue': kind}}]} for number, (name, kind, took) in enumerate((('root', 'CHAIN', 100), ('model', 'LLM', 30)))]
        call.call('POST', '/v1/traces', {'resourceSpans': [{'scopeSpans': [{'spans': sent}]}]}, headers={'x-mlflow-experiment-id': experiment})


def metrics(call, experiment, view, name, *aggregations, **fields):
    wanted = [{'aggregation_type': 'PERCENTILE', 'percentile_value': one} if isinstance(one, float) else {'aggregation_type': one} for one in aggregations]
    call.post(f'{ROOT}/metrics', {'experiment_ids': [experiment], 'view_type': view, 'metric_name': name, 'aggregations': wanted, **fields})


def of_traces(call, experiment):
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT')
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', dimensions=['trace_name'])
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', dimensions=['trace_name', 'trace_status'])
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', dimensions=['trace_name'], max_results=1)
    metrics(call, experiment, 'TRACES', 'session_count', 'COUNT')
    metrics(call, experiment, 'TRACES', 'latency', 'AVG', 'MIN', 'MAX', 50.0, 99.0, 0.0, 100.0)
    metrics(call, experiment, 'TRACES', 'latency', 'AVG', 50.0, dimensions=['trace_name'])
    for name in ('input_tokens', 'output_tokens', 'total_tokens', 'cache_read_input_tokens'):
        metrics(call, experiment, 'TRACES', name, 'SUM', 'AVG', 75.0)
    metrics(call, experiment, 'TRACES', 'total_tokens', 'SUM', dimensions=['trace_name'])
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', time_interval_seconds=2, start_time_ms=0, end_time_ms=DAY * 2)
    metrics(call, experiment, 'TRACES', 'latency', 'MAX', time_interval_seconds=86400, start_time_ms=0, end_time_ms=DAY * 2, dimensions=['trace_name'])
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', start_time_ms=DAY + 1000, end_time_ms=DAY + 2000)
    for filter in ("trace.status = 'OK'", "trace.tag.host = 'gpu-1'", "trace.tag.`mlflow.traceName` = 'tell'", "trace.metadata.`mlflow.trace.session` = 's1'", "trace.metadata.nope = 'x'"):
        metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', filters=[filter])
    metrics(call, experiment, 'TRACES', 'trace_count', 'COUNT', filters=["trace.status = 'OK'", "trace.metadata.`mlflow.trace.session` = 's1'"])
    metrics(call, '99999', 'TRACES', 'trace_count', 'COUNT')


def of_spans(call, experiment):
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT')
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT', dimensions=['span_name'])
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT', dimensions=['span_type', 'span_status'])
    metrics(call, experiment, 'SPANS', 'latency', 'AVG', 'MAX', 50.0, dimensions=['span_name'])
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT', filters=["span.name = 'root'"])
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT', filters=["span.type = 'LLM'", "trace.status = 'OK'"])
    metrics(call, experiment, 'SPANS', 'span_count', 'COUNT', time_interval_seconds=3600, start_time_ms=0, end_time_ms=DAY * 2)
    metrics(call, experiment, 'SPANS', 'total_cost', 'SUM')


def of_assessments(call, experiment):
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT')
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT', dimensions=['assessment_name', 'assessment_value'])
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_value', 'AVG', 'MIN', 'MAX', 50.0, dimensions=['assessment_name'])
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT', filters=["assessment.name = 'good'", "assessment.type = 'feedback'"])
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT', filters=["assessment.name = 'nope'"])
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT', filters=["trace.status = 'OK'"])
    metrics(call, experiment, 'ASSESSMENTS', 'assessment_count', 'COUNT', time_interval_seconds=86400, start_time_ms=0, end_time_ms=DAY * 2)


def refusals(call, experiment):
    whole = {'experiment_ids': [experiment], 'view_type': 'TRACES', 'metric_name': 'trace_count', 'aggregations': [{'aggregation_type': 'COUNT'}]}
    for left_out in whole:
        call.post(f'{ROOT}/metrics', {key: value for key, value in whole.items() if key != left_out})
    for fields in ({'view_type': 'NOPE'}, {'metric_name': 'nope'}, {'aggregations': [{'aggregation_type': 'SUM'}]}, {'aggregations': [{'aggregation_type': 'NOPE'}]}, {'aggregations': 'x'}, {'dimensions': ['nope']},
                   {'dimensions': ['span_name']}, {'filters': ["nope = 'x'"]}, {'filters': ["trace.nope = 'x'"]}, {'filters': ["trace.tag = 'x'"]}, {'filters': ["trace.status.x = 'y'"]}, {'filters': ["trace.status != 'OK'"]},
                   {'filters': ["trace.status = 'OK' AND trace.status = 'OK'"]}, {'filters': ['trace.status = 5']}, {'filters': ["span.name = 'x'"]}, {'filters': ["assessment.name = 'x'"]}, {'time_interval_seconds': 60},
                   {'experiment_ids': ['x']}, {'max_results': 'x'}, {'metric_name': 'latency', 'aggregations': [{'aggregation_type': 'PERCENTILE'}]},
                   {'metric_name': 'latency', 'aggregations': [{'aggregation_type': 'PERCENTILE', 'percentile_value': 101}]}):
        call.post(f'{ROOT}/metrics', {**whole, **fields})


def search(call, experiment, **fields):
    return call.post(f'{ROOT}/search', {'locations': [{'type': 'MLFLOW_EXPERIMENT', 'mlflow_experiment': {'experiment_id': experiment}}], **fields})


def pages(call, experiment):
    token = search(call, experiment, max_results=3).get('next_page_token', '')
    search(call, experiment, max_results=3, page_token=token)
    token = search(call, experiment, max_results=1, order_by=['execution_time DESC']).get('next_page_token', '')
    token = search(call, experiment, max_results=2, order_by=['execution_time DESC'], page_token=token).get('next_page_token', '')
    search(call, experiment, max_results=2, order_by=['execution_time DESC'], page_token=token)


def filters(call, experiment):
    for filter in ("tags.host RLIKE 'gpu-[01]'", "name RLIKE '^te'", "metadata.`mlflow.trace.session` RLIKE 's[12]'", "tags.host LIKE 'gpu%'", "status RLIKE 'O.'", "span.name RLIKE '^mo'", "feedback.good > 3", "tags.host = 'gpu-1'",
                   "tags.host IN ('gpu-1', 'gpu-2')", "execution_time >= 4000"):
        search(call, experiment, filter=filter)
