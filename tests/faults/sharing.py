"""Two servers on one PostgreSQL and one folder of content: what is written to one is seen live on the other's page, background work
is done once, and either may be killed."""
import contextlib
import http.client
import http.server
import json
import pathlib
import queue
import shutil
import tempfile
import threading
import time

from harness.client import Client, Refused
from harness.server import Server

LIVE_S = 2  # from a write to one server until the page of the other one is told
TAKEN_OVER_S = 40  # a lease of the dead runs out, and then some on a busy machine
QUIET_S = 1.5  # in which a delivery that is made twice would have come
POINTS = 1000
OPEN = {'MLFLOW_WEBHOOK_ALLOWED_SCHEMES': 'http', 'MLFLOW_WEBHOOK_ALLOW_PRIVATE_IPS': 'true', 'MLFLOW_WEBHOOK_SECRET_ENCRYPTION_KEY': 'A' * 43 + '='}


class Page:
    """Listens to a server's events, as the page does."""

    def __init__(self, server):
        self.came = queue.Queue()
        self.connection = http.client.HTTPConnection('127.0.0.1', server.port, timeout=60)
        self.connection.request('GET', '/api/v1/events?topics=run.')
        self.answer = self.connection.getresponse()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        with contextlib.suppress(OSError, http.client.HTTPException, ValueError, AttributeError):
            for line in self.answer:
                if line.startswith(b'data: '):
                    self.came.put(json.loads(line[6:]))

    def sees(self, topic, run):
        """Seconds until the event has come; None when it does not."""
        began = time.monotonic()
        while (left := began + LIVE_S - time.monotonic()) > 0:
            with contextlib.suppress(queue.Empty):
                event = self.came.get(timeout=left)
                if event['topic'] == topic and run in event['subject']:
                    return time.monotonic() - began
        return None

    def close(self):
        self.connection.close()


class Receiver:
    """A webhook's target that keeps the ids of what came."""

    def __init__(self):
        self.came = came = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers['Content-Length'])))
                came.append((body['data']['name'], self.headers['X-MLflow-Signature']))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def names(self):
        return [name for name, _ in self.came]

    def waits_for(self, name, seconds):
        end = time.monotonic() + seconds
        while name not in self.names() and time.monotonic() < end:
            time.sleep(0.05)
        return name in self.names()


def new_run(client, name):
    return client.post('/api/2.0/mlflow/runs/create', {'experiment_id': '0', 'run_name': name, 'start_time': 1})['run']['info']['run_id']


def log(client, run, begin, key='loss'):
    points = [{'key': key, 'value': step / 2, 'step': step, 'timestamp': 1_700_000_000_000 + step} for step in range(begin, begin + POINTS)]
    client.post('/api/2.0/mlflow/runs/log-batch', {'run_id': run, 'metrics': points})


def drawn(client, run):
    return int(client.get(f'/api/v1/runs/{run}/series?keys=loss&buckets=16')['rev'])


def refused(call, words):
    """What is wrong when a call is not refused in these words."""
    try:
        call()
    except Refused as error:
        return [] if words in error.told else [f'{words!r} is not in {error.told!r}']
    return ['it was taken']


def seen_live(one, other, tally):
    """Either way round: a run appears, its curve grows, its end is told."""
    for writer, reader, which in ((one, other, 'first to second'), (other, one, 'second to first')):
        page, ours, theirs = Page(reader), Client(writer.port), Client(reader.port)
        try:
            run = new_run(ours, which)
            took = page.sees('run.created', run)
            tally.case(f'sharing, {which}: a new run appears live', [] if took is not None else [f'not within {LIVE_S} s'])
            for begin in (0, POINTS):
                log(ours, run, begin)
                told = theirs.get(f'/api/2.0/mlflow/runs/get?run_id={run}')['run']['data']['metrics'][0]
                tally.case(f'sharing, {which}: the curve grows to {begin + POINTS} points',
                           [] if (told['step'], drawn(theirs, run)) == (begin + POINTS - 1, begin + POINTS) else [f'{told}, {drawn(theirs, run)} points drawn'])
            ours.post('/api/2.0/mlflow/runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': 5})
            tally.case(f'sharing, {which}: its end is told live', [] if page.sees('run.finished', run) is not None else [f'not within {LIVE_S} s'])
        finally:
            page.close()


def one_truth(one, other, tally):
    """What one server knows by heart does not outlive what the other has changed."""
    ours, theirs = Client(one.port), Client(other.port)
    run = new_run(ours, 'both')
    log(ours, run, 0)
    log(theirs, run, POINTS)
    log(ours, run, 2 * POINTS)
    steps = [m['step'] for m in theirs.get(f'/api/2.0/mlflow/metrics/get-history?run_id={run}&metric_key=loss')['metrics']]
    tally.case('sharing: both write one curve', [] if steps == list(range(3 * POINTS)) else [f'{len(steps)} points'])
    ours.post('/api/2.0/mlflow/runs/log-parameter', {'run_id': run, 'key': 'depth', 'value': '7'})
    tally.case('sharing: a parameter that the other has set stays',
               refused(lambda: theirs.post('/api/2.0/mlflow/runs/log-parameter', {'run_id': run, 'key': 'depth', 'value': '8'}), 'Changing param values is not allowed'))
    theirs.post('/api/2.0/mlflow/runs/delete', {'run_id': run})
    tally.case('sharing: a run that the other has deleted takes nothing', refused(lambda: log(ours, run, 3 * POINTS), "must be in the 'active' state"))
    ours.call('PUT', '/api/2.0/mlflow-artifacts/artifacts/shared/notes.txt', b'seen by both')
    tally.case('sharing: an artifact is there at once', [] if theirs.get('/api/2.0/mlflow-artifacts/artifacts/shared/notes.txt') == b'seen by both' else ['it is not'])


def killed(one, other, tally):
    """Webhooks are sent once while both live, and by whoever is left."""
    receiver = Receiver()
    try:
        Client(one.port).post('/api/2.0/mlflow/webhooks', {'name': 'all', 'url': f'http://127.0.0.1:{receiver.server.server_port}/', 'secret': 's',
                                                           'events': [{'entity': 'REGISTERED_MODEL', 'action': 'CREATED'}]})

        def register(server, name):
            Client(server.port).post('/api/2.0/mlflow/registered-models/create', {'name': name})

        names = [f'model {i}' for i in range(10)]
        for i, name in enumerate(names):
            register((one, other)[i % 2], name)
        came = all(receiver.waits_for(name, TAKEN_OVER_S) for name in names)
        time.sleep(QUIET_S)
        tally.case('sharing: each delivery is made once', [] if came and sorted(receiver.names()) == names else [f'{receiver.names()}'])
        run = new_run(Client(one.port), 'left behind')
        log(Client(one.port), run, 0)
        for dying, left, name in ((one, other, 'first'), (other, one, 'second')):
            dying.kill()
            register(left, f'after the {name}')
            tally.case(f'sharing, the {name} one killed: the other sends on', [] if receiver.waits_for(f'after the {name}', TAKEN_OVER_S) else [f'not within {TAKEN_OVER_S} s'])
            tally.case(f'sharing, the {name} one killed: nothing that it took is lost', [] if drawn(Client(left.port), run) == POINTS else ['points are missing'])
            log(Client(left.port), new_run(Client(left.port), 'alone'), 0)
            dying.start()
        tally.case('sharing: every delivery is signed with the shared key', [] if all(signature for _, signature in receiver.came) else [f'{receiver.came}'])
        names += ['after the first', 'after the second']
        tally.case('sharing: no delivery was made twice', [] if sorted(receiver.names()) == sorted(names) else [f'{receiver.names()}'])
    finally:
        receiver.server.shutdown()
        receiver.server.server_close()


def run(tally, database):
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-sharing.'))
    servers = [Server('--artifact-root', str(folder / 'blobs'), folder=folder / name, database=database, environment=OPEN) for name in ('one', 'other')]
    try:
        for server in servers:
            server.folder.mkdir()
            server.start()
        for part in (seen_live, one_truth, killed):
            part(*servers, tally)
        tally.case('sharing: a clean end', [server.tail() for server in servers if server.stop() != 0])
    except Exception as error:
        tally.fail('sharing', f'{type(error).__name__}: {error}\n' + '\n'.join(server.tail() for server in servers))
    finally:
        for server in servers:
            server.kill()
        shutil.rmtree(folder, ignore_errors=True)
