"""Tracing with the unmodified clients: mlflow's fluent calls, and OpenTelemetry's own exporter over HTTP."""
import gzip
import json
import os
import urllib.request
import uuid
import zlib

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', MLFLOW_ENABLE_ASYNC_TRACE_LOGGING='false')

import mlflow  # noqa: E402
import pytest  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities import AssessmentSource, Feedback, SpanEvent  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from opentelemetry.exporter.otlp.proto.http import Compression  # noqa: E402
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: E402
from opentelemetry.sdk.resources import Resource  # noqa: E402
from opentelemetry.sdk.trace import TracerProvider  # noqa: E402
from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def client(server):
    mlflow.set_tracking_uri(server.url)
    mlflow.set_experiment('traced')
    yield MlflowClient()
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture(scope='module')
def experiment(client):
    return client.get_experiment_by_name('traced').experiment_id


@mlflow.trace(span_type='CHAIN', attributes={'colour': 'red'})
def answer(question):
    with mlflow.start_span('model', span_type='LLM') as span:
        span.set_inputs({'question': question, 'ünicode': 'ä€😀'})
        span.set_outputs(['yes', {'p': 0.75}])
        span.set_attribute('mlflow.chat.tokenUsage', {'input_tokens': 3, 'output_tokens': 4, 'total_tokens': 7})
        span.add_event(SpanEvent('cached', attributes={'hit': True}))
    mlflow.update_current_trace(tags={'team': 'ops'}, client_request_id=f'req-{question}', metadata={'mlflow.trace.session': 's1'})
    return f'{question}!'


def asked(question):
    answer(question)
    return mlflow.get_last_active_trace_id()


def found(filter_string, **more):
    return [trace.info.trace_id for trace in mlflow.search_traces(filter_string=filter_string, return_type='list', **more)]


def test_a_trace_comes_back_whole(client):
    trace = mlflow.get_trace(asked('whole'))
    assert (trace.info.state, trace.info.client_request_id, trace.info.tags['team']) == ('OK', 'req-whole', 'ops')
    assert trace.info.tags['mlflow.traceName'] == 'answer' and trace.info.trace_metadata['mlflow.trace.session'] == 's1'
    assert trace.info.token_usage == {'input_tokens': 3, 'output_tokens': 4, 'total_tokens': 7}
    assert (trace.info.request_preview, trace.info.response_preview) == ('{"question": "whole"}', '"whole!"')
    root, model = trace.data.spans
    assert (root.name, root.span_type, root.parent_id, root.inputs, root.outputs) == ('answer', 'CHAIN', None, {'question': 'whole'}, 'whole!')
    assert root.get_attribute('colour') == 'red'
    assert (model.name, model.parent_id, model.inputs) == ('model', root.span_id, {'question': 'whole', 'ünicode': 'ä€😀'})
    assert model.outputs == ['yes', {'p': 0.75}] and model.events[0].name == 'cached' and model.events[0].attributes == {'hit': True}
    assert root.start_time_ns <= model.start_time_ns <= model.end_time_ns <= root.end_time_ns


def test_a_failure_is_told(client):
    @mlflow.trace
    def breaks():
        raise ValueError('boom')

    with pytest.raises(ValueError):
        breaks()
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    assert trace.info.state == 'ERROR' and trace.data.spans[0].status.status_code == 'ERROR'
    assert trace.data.spans[0].events[0].attributes['exception.message'] == 'boom'


def test_traces_are_searched(client, experiment):
    first, second = asked('one'), asked('two')
    assert set(found("tags.team = 'ops'")) >= {first, second}
    assert found("client_request_id = 'req-two'") == [second]
    assert found("trace.text LIKE '%two%' AND span.type = 'LLM' AND trace.status = 'OK'") == [second]
    assert second in found("metadata.`mlflow.trace.session` = 's1' AND span.attributes.colour = 'red'")
    assert found("name = 'answer' AND timestamp_ms < 5") == []
    assert mlflow.search_traces(max_results=1, return_type='list')[0].info.trace_id == second
    assert len(mlflow.search_traces()) >= 2  # the same as a table
    pages = client.search_traces(locations=[experiment], max_results=1)
    assert client.search_traces(locations=[experiment], max_results=1, page_token=pages.token)[0].info.trace_id == first
    with pytest.raises(MlflowException, match="Invalid entity type 'foo'"):
        found("foo.bar = 'x'")


def test_tags_are_set_and_deleted(client):
    trace = asked('tagged')
    client.set_trace_tag(trace, 'a', 'b')
    assert mlflow.get_trace(trace).info.tags['a'] == 'b'
    client.delete_trace_tag(trace, 'a')
    assert 'a' not in mlflow.get_trace(trace).info.tags
    with pytest.raises(MlflowException, match="No trace tag with key 'a'"):
        client.delete_trace_tag(trace, 'a')


def test_assessments(client):
    trace = asked('assessed')
    good = mlflow.log_feedback(trace_id=trace, name='good', value=True, rationale='r', source=AssessmentSource('HUMAN', 'bob'), metadata={'m': '1'})
    expected = mlflow.log_expectation(trace_id=trace, name='answer', value={'x': [1, 2.5]})
    failed = mlflow.log_feedback(trace_id=trace, name='judge', error=ValueError('bad'))
    read = {a.name: a for a in mlflow.get_trace(trace).info.assessments}
    assert (read['good'].value, read['good'].rationale, read['good'].source.source_id, read['good'].metadata) == (True, 'r', 'bob', {'m': '1'})
    assert read['answer'].value == expected.value == {'x': [1, 2.5]}
    assert read['judge'].error.error_message == failed.error.error_message == 'bad'
    assert mlflow.update_assessment(trace, good.assessment_id, Feedback(name='good', value=False)).value is False
    assert found("feedback.good = 'false'") == [trace]
    override = mlflow.override_feedback(trace_id=trace, assessment_id=good.assessment_id, value=0.5)
    assert mlflow.get_assessment(trace, good.assessment_id).valid is False
    assert found('feedback.good > 0.25') == [trace]
    mlflow.delete_assessment(trace, override.assessment_id)
    assert mlflow.get_assessment(trace, good.assessment_id).valid is True
    with pytest.raises(MlflowException, match='not found'):
        mlflow.get_assessment(trace, override.assessment_id)


def test_traces_of_a_run(client):
    apart = asked('apart')
    with mlflow.start_run() as run:
        inside = asked('inside')
        assert found(None, run_id=run.info.run_id) == [inside]
        client.link_traces_to_run([apart], run.info.run_id)
        assert set(found(None, run_id=run.info.run_id)) == {inside, apart}


def test_traces_are_deleted(client):
    other = mlflow.set_experiment('deleted').experiment_id
    traces = [asked(f'gone {i}') for i in range(3)]
    mlflow.set_experiment('traced')
    assert client.delete_traces(other, trace_ids=traces[:1]) == 1
    assert client.delete_traces(other, max_timestamp_millis=2**62, max_traces=1) == 1
    assert [t.info.trace_id for t in client.search_traces(locations=[other])] == traces[2:]
    with pytest.raises(MlflowException, match='not found'):
        client.get_trace(traces[0])


@pytest.mark.parametrize('compression', [Compression.NoCompression, Compression.Gzip, Compression.Deflate])
def test_opentelemetrys_exporter(server, client, experiment, compression):
    provider = TracerProvider(resource=Resource.create({'service.name': 'checkout'}))
    exporter = OTLPSpanExporter(endpoint=f'{server.url}/v1/traces', headers={'x-mlflow-experiment-id': experiment}, compression=compression)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer = provider.get_tracer('t')
    with tracer.start_as_current_span('request', attributes={'ints': [1, 2], 'real': 0.1, 'text': 'ä'}) as root:
        with tracer.start_as_current_span('query') as child:
            child.add_event('row', {'n': 1})
    trace = client.get_trace('tr-' + format(root.get_span_context().trace_id, '032x'))
    assert [span.name for span in trace.data.spans] == ['request', 'query'] and trace.info.tags['service.name'] == 'checkout'
    assert {key: trace.data.spans[0].get_attribute(key) for key in ('ints', 'real', 'text')} == {'ints': [1, 2], 'real': 0.1, 'text': 'ä'}
    assert trace.data.spans[1].events[0].attributes == {'n': 1}


@pytest.mark.parametrize('encoding, pack', [('gzip', gzip.compress), ('deflate', zlib.compress), ('deflate', lambda b: zlib.compress(b, wbits=-15))])
def test_packed_json(server, client, experiment, encoding, pack):
    trace_id = uuid.uuid4().hex
    span = {'traceId': trace_id, 'spanId': '01' * 8, 'name': 'packed', 'startTimeUnixNano': '1700000000000000000', 'endTimeUnixNano': '1700000000000000001'}
    body = pack(json.dumps({'resourceSpans': [{'scopeSpans': [{'spans': [span]}]}]}).encode())
    request = urllib.request.Request(f'{server.url}/v1/traces', body, {'Content-Type': 'application/json', 'Content-Encoding': encoding, 'x-mlflow-experiment-id': experiment})
    assert urllib.request.urlopen(request).status == 200
    assert client.get_trace('tr-' + trace_id).data.spans[0].name == 'packed'
