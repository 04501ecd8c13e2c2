"""Webhooks with the unmodified mlflow client: a receiver of our own takes what the registry's calls set off."""
import base64
import hashlib
import hmac
import http.server
import json
import os
import queue
import tempfile
import threading
import time
import urllib.request

os.environ['MLFLOW_DISABLE_TELEMETRY'] = 'true'

import pytest  # noqa: E402
from harness import postgres  # noqa: E402
from harness.server import Server  # noqa: E402
from mlflow import MlflowClient  # noqa: E402
from mlflow.exceptions import MlflowException  # noqa: E402

OPEN = {'MLFLOW_WEBHOOK_ALLOWED_SCHEMES': 'http', 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS': 'true', 'MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES': '1'}
WAIT_S = 30


class Receiver:
    """Answers with `status`, and hands over what came."""

    def __init__(self):
        self.came, self.status = queue.Queue(), 200
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length'])).decode()
                receiver.came.put((dict(self.headers), body))
                self.send_response(receiver.status)
                self.end_headers()
                self.wfile.write(b'seen')

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        self.url = f'http://127.0.0.1:{self.server.server_port}/hook'
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def next(self):
        headers, body = self.came.get(timeout=WAIT_S)
        return headers, json.loads(body), body


@pytest.fixture
def receiver():
    receiver = Receiver()
    yield receiver
    receiver.server.shutdown()
    receiver.server.server_close()


@pytest.fixture(scope='module', params=['sqlite', 'postgres'])
def house(request):
    if request.param == 'postgres' and not postgres.server():
        pytest.skip('GYRE_TEST_PG names no PostgreSQL')
    if request.param == 'sqlite':
        with Server(environment=OPEN) as server:
            yield server
    else:
        with postgres.Database() as database, Server(database=database, environment=OPEN) as server:
            yield server


@pytest.fixture
def client(house):
    client = MlflowClient(tracking_uri=house.url, registry_uri=house.url)
    yield client
    for webhook in client.list_webhooks():
        client.delete_webhook(webhook.webhook_id)


def deliveries(house, webhook, state):
    with urllib.request.urlopen(f'{house.url}/api/2.0/mlflow/webhooks/{webhook.webhook_id}/deliveries?state={state}') as answer:
        return json.load(answer)['deliveries']


def until(look):
    end = time.monotonic() + WAIT_S
    while not (found := look()):
        assert time.monotonic() < end, 'it does not come'
        time.sleep(0.05)
    return found


def test_what_happens_to_a_model_is_told_and_signed(client, receiver, house):
    events = ['registered_model.created', 'model_version.created', 'model_version_tag.set', 'model_version_tag.deleted', 'model_version_alias.created', 'model_version_alias.deleted']
    webhook = client.create_webhook('all', receiver.url, events, secret='s3cret')
    assert client.get_webhook(webhook.webhook_id).secret is None
    name = 'told-' + webhook.webhook_id
    client.create_registered_model(name, tags={'a': 'b'}, description='d')
    headers, told, body = receiver.next()
    assert (told['entity'], told['action'], told['data']) == ('registered_model', 'created', {'name': name, 'tags': {'a': 'b'}, 'description': 'd'})
    signed = f'{headers["X-MLflow-Delivery-Id"]}.{headers["X-MLflow-Timestamp"]}.{body}'
    assert headers['X-MLflow-Signature'] == 'v1,' + base64.b64encode(hmac.new(b's3cret', signed.encode(), hashlib.sha256).digest()).decode()
    run = client.create_run('0')
    client.create_model_version(name, f'{run.info.artifact_uri}/m', run.info.run_id)
    _, told, _ = receiver.next()
    assert told['data'] == {'name': name, 'version': '1', 'run_id': run.info.run_id, 'source': f'{run.info.artifact_uri}/m', 'tags': {}, 'description': None}
    client.set_model_version_tag(name, '1', 'k', 'v')
    assert receiver.next()[1]['data'] == {'name': name, 'version': '1', 'key': 'k', 'value': 'v'}
    client.delete_model_version_tag(name, '1', 'k')
    assert receiver.next()[1]['data'] == {'name': name, 'version': '1', 'key': 'k'}
    client.set_registered_model_alias(name, 'champion', '1')
    assert receiver.next()[1]['data'] == {'name': name, 'alias': 'champion', 'version': '1'}
    client.delete_registered_model_alias(name, 'champion')
    _, told, _ = receiver.next()
    assert (told['entity'], told['data']) == ('model_version_alias', {'name': name, 'alias': 'champion'})


def test_what_happens_to_a_prompt_is_told(client, receiver):
    events = ['prompt.created', 'prompt_version.created', 'prompt_tag.set', 'prompt_tag.deleted', 'prompt_version_tag.set', 'prompt_version_tag.deleted', 'prompt_alias.created', 'prompt_alias.deleted']
    webhook = client.create_webhook('prompts', receiver.url, events)
    name = 'greet-' + webhook.webhook_id
    client.create_prompt(name, description='d', tags={'team': 'red'})
    assert receiver.next()[1]['data'] == {'name': name, 'tags': {'team': 'red'}, 'description': 'd'}
    client.create_prompt_version(name, 'Hello {{name}}', tags={'tone': 'warm'})
    _, told, _ = receiver.next()
    assert (told['entity'], told['data']) == ('prompt_version', {'name': name, 'version': '1', 'template': 'Hello {{name}}', 'tags': {'tone': 'warm'}, 'description': None})
    client.set_prompt_tag(name, 'owner', 'ann')
    assert receiver.next()[1]['data'] == {'name': name, 'key': 'owner', 'value': 'ann'}
    client.delete_prompt_tag(name, 'owner')
    assert receiver.next()[1]['data'] == {'name': name, 'key': 'owner'}
    client.set_prompt_version_tag(name, '1', 'tone', 'cool')
    assert receiver.next()[1]['data'] == {'name': name, 'version': '1', 'key': 'tone', 'value': 'cool'}
    client.delete_prompt_version_tag(name, '1', 'tone')
    assert receiver.next()[1]['data'] == {'name': name, 'version': '1', 'key': 'tone'}
    client.set_prompt_alias(name, 'production', 1)
    assert receiver.next()[1]['data'] == {'name': name, 'alias': 'production', 'version': '1'}
    client.delete_prompt_alias(name, 'production')
    _, told, _ = receiver.next()
    assert (told['entity'], told['data']) == ('prompt_alias', {'name': name, 'alias': 'production'})


def test_a_test_is_answered_at_once(client, receiver):
    webhook = client.create_webhook('tried', receiver.url, ['model_version.created'])
    result = client.test_webhook(webhook.webhook_id)
    assert (result.success, result.response_status, result.response_body) == (True, 200, 'seen')
    assert receiver.next()[1]['data']['name'] == 'example_model'
    receiver.status = 500
    assert client.test_webhook(webhook.webhook_id, 'prompt.created').success is False


def test_what_cannot_be_delivered_is_seen_and_sent_again(client, receiver, house):
    receiver.status = 503
    webhook = client.create_webhook('down', receiver.url, ['registered_model.created'])
    client.create_registered_model('missed-' + webhook.webhook_id)
    first, second = receiver.next()[0], receiver.next()[0]
    assert first['X-MLflow-Delivery-Id'] == second['X-MLflow-Delivery-Id']
    dead = until(lambda: deliveries(house, webhook, 'dead'))
    assert (dead[0]['attempts'], dead[0]['response_status']) == (2, 503)
    receiver.status = 200
    request = urllib.request.Request(f'{house.url}/api/2.0/mlflow/webhooks/{webhook.webhook_id}/deliveries/{dead[0]["delivery_id"]}/redeliver', b'{}', {'Content-Type': 'application/json'})
    assert json.load(urllib.request.urlopen(request))['delivery']['state'] == 'pending'
    assert receiver.next()[0]['X-MLflow-Delivery-Id'] == first['X-MLflow-Delivery-Id']


def test_a_delivery_survives_a_kill(receiver):
    with tempfile.TemporaryDirectory() as folder:
        receiver.status = 503
        with Server(folder=folder, environment={**OPEN, 'MLFLOW_WEBHOOK_REQUEST_MAX_RETRIES': '50'}) as server:
            client = MlflowClient(tracking_uri=server.url, registry_uri=server.url)
            webhook = client.create_webhook('kept', receiver.url, ['registered_model.created'], secret='s')
            client.create_registered_model('kept')
            until(lambda: [d for d in deliveries(server, webhook, 'pending') if d.get('response_status') == 503])
            server.kill()
        receiver.status = 200
        while not receiver.came.empty():
            receiver.came.get()
        with Server(folder=folder, environment=OPEN):
            assert receiver.next()[1]['data']['name'] == 'kept'


def test_private_targets_are_refused():
    with Server() as server:
        client = MlflowClient(tracking_uri=server.url, registry_uri=server.url)
        for url, why in [('http://93.184.216.34/', 'Invalid webhook URL scheme'), ('https://127.0.0.1/', 'non-public IP address'), ('https://[::1]/', 'non-public'), ('https://10.1.2.3/', 'non-public')]:
            with pytest.raises(MlflowException, match=why):
                client.create_webhook('w', url, ['model_version.created'])
