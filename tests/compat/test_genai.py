"""MLflow's GenAI objects with the unmodified client: prompts, evaluation datasets, scorers, issues, metrics over traces."""
import os

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', MLFLOW_ENABLE_ASYNC_TRACE_LOGGING='false')

import mlflow  # noqa: E402
import pytest  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.entities.issue import IssueSeverity, IssueStatus  # noqa: E402
from mlflow.entities.trace_metrics import AggregationType, MetricAggregation, MetricViewType  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402
from mlflow.genai import datasets  # noqa: E402
from mlflow.genai.judges import make_judge  # noqa: E402
from mlflow.genai.scorers import Safety, delete_scorer, get_scorer, list_scorers, scorer  # noqa: E402
from mlflow.genai.scorers.registry import list_scorer_versions  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def client(server):
    mlflow.set_tracking_uri(server.url)
    mlflow.set_experiment('genai')
    yield MlflowClient()
    while mlflow.active_run():
        mlflow.end_run()


@pytest.fixture(scope='module')
def experiment(client):
    return client.get_experiment_by_name('genai').experiment_id


def test_a_prompt_is_registered_and_loaded(client):
    first = mlflow.genai.register_prompt('greet', 'Hello {{name}}', commit_message='plain', tags={'tone': 'cool'})
    second = mlflow.genai.register_prompt('greet', 'Hello dear {{name}}', commit_message='warmer')
    assert (first.version, second.version, second.commit_message) == (1, 2, 'warmer')
    assert mlflow.genai.load_prompt('greet', version=1).format(name='Ann') == 'Hello Ann'
    assert mlflow.genai.load_prompt('prompts:/greet/2').template == 'Hello dear {{name}}'
    assert mlflow.genai.load_prompt('prompts:/greet/1').tags == {'tone': 'cool'}
    assert mlflow.genai.load_prompt('prompts:/greet@latest').version == 2
    assert mlflow.genai.load_prompt('prompts:/greet/9', allow_missing=True) is None
    with pytest.raises(MlflowException, match='not found'):
        mlflow.genai.load_prompt('prompts:/nothing/1')


def test_a_chat_prompt_keeps_its_messages_and_settings(client):
    messages = [{'role': 'system', 'content': 'You are {{style}}.'}, {'role': 'user', 'content': '{{ question }} "quoted" ü'}]
    mlflow.genai.register_prompt('chat', messages, response_format={'type': 'object'}, model_config={'model_name': 'm', 'temperature': 0.25})
    read = mlflow.genai.load_prompt('prompts:/chat/1')
    assert read.template == messages and read.response_format == {'type': 'object'} and read.model_config['temperature'] == 0.25
    assert read.format(style='terse', question='Why?')[1]['content'] == 'Why? "quoted" ü'


def test_aliases_and_tags_of_prompts(client):
    mlflow.genai.register_prompt('tagged', 'one')
    mlflow.genai.register_prompt('tagged', 'two')
    mlflow.genai.set_prompt_alias('tagged', 'production', 1)
    assert mlflow.genai.load_prompt('prompts:/tagged@production').template == 'one'
    mlflow.genai.set_prompt_alias('tagged', 'production', 2)
    assert mlflow.genai.load_prompt('prompts:/tagged@production').template == 'two'
    assert mlflow.genai.load_prompt('prompts:/tagged/2').aliases == ['production']
    mlflow.genai.delete_prompt_alias('tagged', 'production')
    with pytest.raises(MlflowException):
        mlflow.genai.load_prompt('prompts:/tagged@production')
    mlflow.genai.set_prompt_tag('tagged', 'team', 'red')
    assert mlflow.genai.get_prompt_tags('tagged')['team'] == 'red'
    mlflow.genai.delete_prompt_tag('tagged', 'team')
    assert 'team' not in mlflow.genai.get_prompt_tags('tagged')
    mlflow.genai.set_prompt_version_tag('tagged', 1, 'reviewed', 'yes')
    assert mlflow.genai.load_prompt('prompts:/tagged/1').tags == {'reviewed': 'yes'}
    mlflow.genai.delete_prompt_version_tag('tagged', 1, 'reviewed')
    assert mlflow.genai.load_prompt('prompts:/tagged/1').tags == {}


def test_prompts_are_searched_and_models_hide_them(client, experiment):
    mlflow.genai.register_prompt('found', 'x', tags={'a': 'b'})
    client.create_registered_model('found-model')
    client.set_prompt_tag('found', 'colour', 'red')
    assert [prompt.name for prompt in mlflow.genai.search_prompts("name LIKE 'foun%'")] == ['found']
    assert [prompt.name for prompt in mlflow.genai.search_prompts("tags.colour = 'red'")] == ['found']
    assert [prompt.name for prompt in mlflow.genai.search_prompts(f"experiment_id = '{experiment}' AND name = 'found'")] == ['found']
    assert [model.name for model in client.search_registered_models("name LIKE 'found%'")] == ['found-model']
    assert client.search_model_versions("name = 'found'") == []
    assert [version.version for version in client.search_prompt_versions('found')] == [1]
    with pytest.raises(MlflowException, match='already taken by a prompt'):
        client.create_registered_model('found')
    with pytest.raises(MlflowException, match='same name as an existing model'):
        mlflow.genai.register_prompt('found-model', 'x')


def test_a_prompt_is_linked_to_runs_and_traces(client, experiment):
    mlflow.genai.register_prompt('linked', 'Answer {{question}}')

    @mlflow.trace
    def answer(question):
        return mlflow.genai.load_prompt('prompts:/linked/1').format(question=question)

    with mlflow.start_run() as run:
        prompt = mlflow.genai.load_prompt('prompts:/linked/1')
        answer('why')
    assert '"linked"' in client.get_run(run.info.run_id).data.tags['mlflow.linkedPrompts']
    trace = mlflow.get_last_active_trace_id()
    client.link_prompt_versions_to_trace([prompt], trace)
    found = mlflow.search_traces(locations=[experiment], filter_string="prompt = 'linked/1'", return_type='list')
    assert [one.info.trace_id for one in found] == [trace]


def test_prompts_are_deleted(client):
    mlflow.genai.register_prompt('gone', 'one')
    client.delete_prompt_version('gone', '1')
    assert mlflow.genai.load_prompt('prompts:/gone/1', allow_missing=True) is None
    client.delete_prompt('gone')
    assert client.get_prompt('gone') is None


def test_an_evaluation_dataset_comes_back_whole(client, experiment):
    made = datasets.create_dataset('qa', experiment, tags={'team': 'red'})
    assert made.experiment_ids == [experiment] and made.tags['team'] == 'red' and len(made.digest) == 8
    made.merge_records([{'inputs': {'question': 'why ü', 'n': 1}, 'expectations': {'answer': 'because'}}, {'inputs': {'question': 'how'}, 'tags': {'kind': 'short'}}])
    made.merge_records([{'inputs': {'n': 1, 'question': 'why ü'}, 'expectations': {'length': 3}}])
    read = datasets.get_dataset(dataset_id=made.dataset_id)
    rows = {row['inputs']['question']: row for row in read.to_df().to_dict('records')}
    assert set(rows) == {'why ü', 'how'} and rows['why ü']['expectations'] == {'answer': 'because', 'length': 3}
    assert rows['how']['tags']['kind'] == 'short' and rows['why ü']['source_type'] == 'HUMAN' and rows['how']['source_type'] == 'CODE'
    assert '"num_records":2' in read.profile.replace(' ', '') and '"question":"string"' in read.schema.replace(' ', '')
    assert read.delete_records([rows['how']['dataset_record_id']]) == 1
    assert len(datasets.get_dataset(name='qa').to_df()) == 1


def test_records_are_made_of_traces(client, experiment):
    @mlflow.trace
    def answer(question):
        return question.upper()

    answer('from a trace')
    trace = mlflow.get_trace(mlflow.get_last_active_trace_id())
    mlflow.log_expectation(trace_id=trace.info.trace_id, name='answer', value='FROM A TRACE')
    made = datasets.create_dataset('traced', experiment)
    made.merge_records([mlflow.get_trace(trace.info.trace_id)])
    record = made.to_df().to_dict('records')[0]
    assert (record['inputs'], record['outputs'], record['expectations']) == ({'question': 'from a trace'}, 'FROM A TRACE', {'answer': 'FROM A TRACE'})
    assert (record['source_type'], record['source_id']) == ('TRACE', trace.info.trace_id)


def test_many_records_come_page_by_page(client, experiment):
    made = datasets.create_dataset('many', experiment)
    made.merge_records([{'inputs': {'n': n}} for n in range(1500)])
    assert sorted(inputs['n'] for inputs in made.to_df()['inputs']) == list(range(1500))


def test_datasets_are_searched_tagged_and_deleted(client, experiment):
    other = client.create_experiment('genai too')
    made = datasets.create_dataset('searched', experiment, tags={'colour': 'blue'})
    assert [found.name for found in datasets.search_datasets(experiment_ids=experiment, filter_string="tags.colour = 'blue'")] == ['searched']
    assert [found.name for found in datasets.search_datasets(filter_string="name LIKE 'search%'", order_by=['created_time DESC'], max_results=5)] == ['searched']
    datasets.set_dataset_tags(dataset_id=made.dataset_id, tags={'colour': 'green', 'n': 5})
    datasets.delete_dataset_tag(dataset_id=made.dataset_id, key='n')
    assert 'n' not in (tags := datasets.get_dataset(dataset_id=made.dataset_id).tags) and tags['colour'] == 'green'
    datasets.add_dataset_to_experiments(dataset_id=made.dataset_id, experiment_ids=[other])
    assert set(datasets.get_dataset(dataset_id=made.dataset_id).experiment_ids) == {experiment, other}
    datasets.remove_dataset_from_experiments(dataset_id=made.dataset_id, experiment_ids=[other])
    assert datasets.get_dataset(dataset_id=made.dataset_id).experiment_ids == [experiment]
    datasets.delete_dataset(dataset_id=made.dataset_id)
    with pytest.raises(MlflowException, match='not found'):
        datasets.get_dataset(dataset_id=made.dataset_id)


def test_scorers_are_registered_by_version(client, experiment):
    def judge(word):
        return make_judge(name='tone', instructions='Is {{ outputs }} ' + word + '?', model='openai:/gpt-4o', feedback_value_type=bool)

    judge('kind').register(experiment_id=experiment)
    judge('very kind').register(experiment_id=experiment)
    Safety().register(name='safe', experiment_id=experiment)
    assert {one.name for one in list_scorers(experiment_id=experiment)} == {'tone', 'safe'}
    assert [version for _, version in list_scorer_versions(name='tone', experiment_id=experiment)] == [1, 2]
    assert 'very kind' in get_scorer(name='tone', experiment_id=experiment).instructions
    assert 'very' not in get_scorer(name='tone', experiment_id=experiment, version=1).instructions
    delete_scorer(name='tone', experiment_id=experiment, version=1)
    delete_scorer(name='safe', experiment_id=experiment, version='all')
    assert [one.name for one in list_scorers(experiment_id=experiment)] == ['tone']
    with pytest.raises(MlflowException, match="Scorer with name 'safe' not found"):
        get_scorer(name='safe', experiment_id=experiment)

    @scorer
    def own(outputs):
        return True

    with pytest.raises(MlflowException, match='Custom scorer registration'):
        own.register(experiment_id=experiment)


def test_issues_are_found_and_their_traces_counted(client, experiment):
    store = client._tracking_client.store
    bad = store.create_issue(experiment, 'slow', 'answers take long', severity=IssueSeverity.HIGH, root_causes=['cold cache'])
    store.create_issue(experiment, 'odd', 'answers are odd')

    @mlflow.trace
    def answer():
        return 1

    answer()
    trace = mlflow.get_last_active_trace_id()
    mlflow.log_issue(trace_id=trace, issue_id=bad.issue_id, issue_name='slow')
    found = store.search_issues(experiment, include_trace_count=True)
    assert [(issue.name, issue.trace_count) for issue in found] == [('slow', 1), ('odd', 0)]
    assert [one.info.trace_id for one in mlflow.search_traces(locations=[experiment], filter_string=f"issue.id = '{bad.issue_id}'", return_type='list')] == [trace]
    assert store.update_issue(bad.issue_id, status=IssueStatus.RESOLVED).status == IssueStatus.RESOLVED
    assert [issue.name for issue in store.search_issues(experiment, filter_string="status = 'resolved'")] == ['slow']
    assert store.get_issue(bad.issue_id).root_causes == ['cold cache']
    with pytest.raises(MlflowException, match='not found'):
        store.get_issue('iss-nothing')


def test_traces_are_measured(client):
    experiment = client.create_experiment('measured')
    mlflow.set_experiment('measured')

    @mlflow.trace(name='ask')
    def ask(good):
        with mlflow.start_span('model', span_type='LLM') as span:
            span.set_attribute('mlflow.chat.tokenUsage', {'input_tokens': 3, 'output_tokens': 4, 'total_tokens': 7})
        if not good:
            raise ValueError('no')

    for good in (True, True, False):
        try:
            ask(good)
        except ValueError:
            pass
    mlflow.set_experiment('genai')
    store = client._tracking_client.store

    def measured(view, metric, *aggregations, **more):
        return store.query_trace_metrics([experiment], view, metric, list(aggregations), **more)

    count = MetricAggregation(AggregationType.COUNT)
    by_state = {point.dimensions['trace_status']: point.values['COUNT'] for point in measured(MetricViewType.TRACES, 'trace_count', count, dimensions=['trace_status'])}
    assert by_state == {'OK': 2, 'ERROR': 1}
    assert measured(MetricViewType.TRACES, 'total_tokens', MetricAggregation(AggregationType.SUM))[0].values == {'SUM': 21}
    latency = measured(MetricViewType.TRACES, 'latency', MetricAggregation(AggregationType.PERCENTILE, 95.0), dimensions=['trace_name'])
    assert latency[0].dimensions == {'trace_name': 'ask'} and latency[0].values['P95.0'] >= 0
    spans = measured(MetricViewType.SPANS, 'span_count', count, dimensions=['span_type'], filters=["span.type = 'LLM'"])
    assert [(point.dimensions, point.values) for point in spans] == [({'span_type': 'LLM'}, {'COUNT': 3})]


def test_traces_that_arrive_leave_pages_whole(client):
    experiment = client.create_experiment('paged')
    mlflow.set_experiment('paged')

    @mlflow.trace
    def answer(n):
        return n

    def asked(n):
        answer(n)
        return mlflow.get_last_active_trace_id()

    wanted = [asked(n) for n in range(6)]
    seen, token = [], None
    while True:
        page = client.search_traces(locations=[experiment], max_results=2, page_token=token)
        seen += [trace.info.trace_id for trace in page]
        asked('late')
        if not (token := page.token):
            break
    mlflow.set_experiment('genai')
    assert seen == wanted[::-1]
