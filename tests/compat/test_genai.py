"""MLflow's GenAI objects with the unmodified client: prompts."""
import os

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', MLFLOW_ENABLE_ASYNC_TRACE_LOGGING='false')

import mlflow  # noqa: E402
import pytest  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402


@pytest.fixture(scope='module', autouse=True)
def client(server):
    mlflow.set_tracking_uri(server.url)
    mlflow.set_registry_uri(server.url)
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
