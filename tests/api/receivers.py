"""Alerts on runs reach real receivers: a webhook's server, a mail server (aiosmtpd, with STARTTLS and a password) and Alertmanager itself; also when the
server is killed between an alert and its delivery, and in a flood of NaN."""
import base64
import hashlib
import hmac
import http.server
import json
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from harness.client import Client, Refused  # noqa: E402
from harness.server import Server, check  # noqa: E402

from aiosmtpd.controller import Controller  # noqa: E402
from aiosmtpd.smtp import AuthResult  # noqa: E402

PATIENCE_S = 40
SECRET = 's3cret-of-the-hook'
PASSWORD = 'pass word'


def free_port():
    with socket.socket() as s:
        s.bind(('127.0.0.1', 0))
        return s.getsockname()[1]


def until(what, patience_s=PATIENCE_S):
    """What `what` gives when that is true; the last that it gave when patience is over."""
    end = time.monotonic() + patience_s
    while not (found := what()) and time.monotonic() < end:
        time.sleep(0.1)
    return found


class Hooks:
    """A webhook's server: keeps what it is sent, and answers as it is told."""

    def __init__(self):
        self.posts, self.status = [], 200
        hooks = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers['Content-Length']))
                hooks.posts.append((self.path, dict(self.headers), body))
                self.send_response(hooks.status)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f'http://127.0.0.1:{self.server.server_port}'

    def notices(self, path, state=None):
        found = []
        for at, headers, body in list(self.posts):
            if at == path and headers.get('Gyre-Delivery'):
                found += [n for n in json.loads(body)['notices'] if state in (None, n['state'])]
        return found

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class Mails:
    """A mail server that wants STARTTLS and a password."""

    def __init__(self, folder):
        self.messages, self.logins = [], []
        cert, key = folder / 'cert.pem', folder / 'key.pem'
        subprocess.run(['openssl', 'req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2', '-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert],
                       check=True, capture_output=True)
        self.certificate = cert
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(cert, key)

        def authenticate(server, session, envelope, mechanism, data):
            self.logins.append((data.login, data.password))
            return AuthResult(success=data.password == PASSWORD.encode(), handled=False)

        self.controller = Controller(self, hostname='127.0.0.1', port=free_port(), tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
        self.controller.start()
        self.url = f'smtp://localhost:{self.controller.port}'

    async def handle_DATA(self, server, session, envelope):
        self.messages.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return '250 kept'

    def close(self):
        self.controller.stop()


class Alertmanager:
    def __init__(self, binary, folder):
        config = folder / 'alertmanager.yml'
        config.write_text('route: {receiver: none}\nreceivers: [{name: none}]\n')
        self.port = free_port()
        self.process = subprocess.Popen([binary, f'--config.file={config}', f'--storage.path={folder}/am', f'--web.listen-address=127.0.0.1:{self.port}', '--cluster.listen-address='],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.url = f'http://127.0.0.1:{self.port}'
        until(self.is_ready)

    def is_ready(self):
        try:
            return Client(self.port).get('/-/ready') is not None
        except OSError:
            return False

    def alerts(self):
        return {a['labels']['alertname']: a for a in Client(self.port).get('/api/v2/alerts?active=true')}

    def close(self):
        self.process.terminate()
        self.process.wait(10)


class World:
    """One server, its receivers, and an experiment."""

    def __init__(self, folder, hooks, mails, database):
        self.hooks, self.mails = hooks, mails
        environment = {'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS': 'true', 'MLFLOW_WEBHOOK_ALLOWED_SCHEMES': 'http,https', 'GYRE_TRUSTED_CERTIFICATES': str(mails.certificate)}
        self.server = Server(folder=folder, database=database, environment=environment, listen=f'127.0.0.1:{free_port()}')
        self.server.start()
        self.client = Client(self.server.port)
        self.experiment = self.client.post('/api/2.0/mlflow/experiments/create', {'name': 'watched'})['experiment_id']

    def new_run(self, name):
        return self.client.post('/api/2.0/mlflow/runs/create', {'experiment_id': self.experiment, 'run_name': name})['run']['info']['run_id']

    def log(self, run, values, first_step=0):
        points = [{'key': 'loss', 'value': value, 'step': first_step + i} for i, value in enumerate(values)]
        self.client.post(f'/api/v1/runs/{run}/metrics', {'metrics': points})


def signed(headers, body):
    digest = hmac.new(SECRET.encode(), f"{headers['Gyre-Delivery']}.{headers['Gyre-Timestamp']}.".encode() + body, hashlib.sha256).digest()
    return headers['Gyre-Signature'] == 'v1,' + base64.b64encode(digest).decode()


def case_each_receiver_is_told(w, alertmanager):
    w.client.put('/api/v1/receivers/hook', {'kind': 'webhook', 'url': w.hooks.url + '/hook', 'secret': SECRET})
    w.client.put('/api/v1/receivers/slack', {'kind': 'slack', 'url': w.hooks.url + '/services/token'})
    w.client.put('/api/v1/receivers/mail', {'kind': 'email', 'url': w.mails.url, 'from': 'gyre@example.org', 'to': ['a@example.org', 'b@example.org'], 'user': 'gyre', 'secret': PASSWORD})
    if alertmanager:
        w.client.put('/api/v1/receivers/am', {'kind': 'alertmanager', 'url': alertmanager.url})
    for receiver in w.client.get('/api/v1/receivers')['rows']:
        tested = w.client.post(f"/api/v1/receivers/{receiver['name']}/test", {})
        assert tested == {'success': True, 'trouble': ''}, (receiver, tested)
    w.client.put('/api/v1/run-alert-rules/diverges', {'metric': 'loss', 'limit': 10, 'clear_points': 1, 'severity': 'crit'})
    run = w.new_run('größer')
    w.log(run, [1, 11])
    assert until(lambda: w.hooks.notices('/hook', 'firing')), w.server.tail()
    headers, body = next((h, b) for p, h, b in w.hooks.posts if p == '/hook' and b'firing' in b)
    assert signed(headers, body), headers
    notice = w.hooks.notices('/hook', 'firing')[0]
    assert notice['title'] == 'größer: loss above 10' and notice['labels']['run'] == run and '11' in notice['text'], notice
    slack = until(lambda: [b for p, _, b in w.hooks.posts if p == '/services/token' and b'loss above' in b])
    assert slack and json.loads(slack[0])['attachments'][0]['color'] == 'danger', slack
    mail = until(lambda: [m for m in w.mails.messages if 'Subject:' in m[2] and m[2].count('=?UTF-8?B?') and 'VGhl' not in m[2].split('\r\n\r\n')[0]])
    mail = until(lambda: [m for m in w.mails.messages if 'loss above 10' in base64.b64decode(m[2].split('\r\n\r\n', 1)[1]).decode()])
    assert mail and mail[0][1] == ['a@example.org', 'b@example.org'] and mail[0][0] == 'gyre@example.org', w.mails.messages
    assert set(w.mails.logins) == {(b'gyre', PASSWORD.encode())}, w.mails.logins
    if alertmanager:
        alert = until(lambda: alertmanager.alerts().get('diverges'))
        assert alert and alert['labels']['severity'] == 'critical' and alert['labels']['run'] == run, alertmanager.alerts()
    w.log(run, [1], 2)
    assert until(lambda: w.hooks.notices('/hook', 'resolved'))
    if alertmanager:
        assert until(lambda: 'diverges' not in alertmanager.alerts()), alertmanager.alerts()
        w.client.call('DELETE', '/api/v1/receivers/am')
    for name in ('slack', 'mail'):
        w.client.call('DELETE', f'/api/v1/receivers/{name}')


def case_a_refusal_is_told_without_secrets(w, alertmanager):
    w.client.put('/api/v1/receivers/bad', {'kind': 'email', 'url': w.mails.url, 'from': 'gyre@example.org', 'to': ['a@example.org'], 'user': 'gyre', 'secret': 'wrong'})
    tested = w.client.post('/api/v1/receivers/bad/test', {})
    assert not tested['success'] and tested['trouble'], tested
    w.client.call('DELETE', '/api/v1/receivers/bad')
    said = w.server.tail() + json.dumps(w.client.get('/api/v1/receivers')) + json.dumps(w.client.get('/api/v1/receivers/hook/deliveries'))
    assert SECRET not in said and PASSWORD not in said and 'wrong' not in tested['trouble'], said


def case_a_kill_between_alert_and_delivery(w, alertmanager):
    w.hooks.status = 503
    run = w.new_run('killed')
    told = len(w.hooks.notices('/hook'))
    w.log(run, [99], 0)
    w.server.kill()  # the points were acknowledged, and nothing more is known
    w.hooks.status = 200
    w.server.start()
    assert until(lambda: [n for n in w.hooks.notices('/hook', 'firing') if n['labels'].get('run') == run]), w.server.tail()
    alerts = w.client.get(f'/api/v1/run-alerts?run={run}')['rows']
    assert len(alerts) == 1 and alerts[0]['evidence']['value'] == 99, alerts
    assert len({n['id'] for n in w.hooks.notices('/hook')[told:]}) == 1
    w.hooks.status = 503
    w.log(run, [1], 1)
    assert until(lambda: w.client.get(f'/api/v1/run-alerts?run={run}&state=resolved')['rows'])
    w.server.kill()
    w.server.start()
    w.hooks.status = 200
    assert until(lambda: [n for n in w.hooks.notices('/hook', 'resolved') if n['labels'].get('run') == run]), w.server.tail()


def case_a_flood_of_nan_is_one_alert_a_metric(w, alertmanager):
    w.client.put('/api/v1/run-alert-rules/finite', {'metric': '*', 'kind': 'nan'})
    run = w.new_run('flood')
    before = len(w.hooks.posts)
    for i in range(20):
        w.log(run, ['NaN', 'Infinity', 1] * 300, 900 * i)
    assert until(lambda: w.hooks.notices('/hook', 'firing') and [n for n in w.hooks.notices('/hook') if n['labels'].get('run') == run])
    time.sleep(3)
    alerts = w.client.get(f'/api/v1/run-alerts?run={run}&rule=finite')
    assert alerts['total'] == 1 and alerts['rows'][0]['evidence']['value'] == 'NaN', alerts
    assert len(w.hooks.posts) - before <= 4, len(w.hooks.posts) - before


CASES = [case_each_receiver_is_told, case_a_refusal_is_told_without_secrets, case_a_kill_between_alert_and_delivery, case_a_flood_of_nan_is_one_alert_a_metric]


def run(tally, kind, database):
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-receivers.'))
    binary = shutil.which('prometheus-alertmanager')
    if not binary:
        print('SKIPPED: no prometheus-alertmanager here, so notices to Alertmanager were not tried')
    hooks, mails, alertmanager, world = Hooks(), Mails(folder), None, None
    try:
        alertmanager = Alertmanager(binary, folder) if binary else None
        world = World(folder, hooks, mails, database)
        for case in CASES:
            troubles = []
            try:
                case(world, alertmanager)
            except (AssertionError, Refused, OSError) as error:
                troubles = [f'{type(error).__name__}: {error}']
            tally.case(f'receivers, {kind}: {case.__name__.removeprefix("case_").replace("_", " ")}', troubles)
        world.server.stop()
        code, said = check(folder, database)
        tally.case(f'receivers, {kind}: gyre check', [] if code == 0 else [said])
    finally:
        for one in (world and world.server, ):
            if one:
                one.kill()
        for one in (hooks, mails, alertmanager):
            if one:
                one.close()
        shutil.rmtree(folder, ignore_errors=True)
