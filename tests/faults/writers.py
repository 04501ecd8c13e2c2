"""Thirty-two writers on one server that is killed again and again. Each remembers what was acknowledged, and what was sent without an answer."""
import hashlib
import http.client
import json
import random
import threading
import traceback

MLFLOW = '/api/2.0/mlflow'
ARTIFACTS = '/api/2.0/mlflow-artifacts/artifacts'
WRITERS = 32
KEYS, STEPS, ENTRIES = 4, 25, 5  # of one batch: so many metrics with so many points each, so many parameters and tags
BATCHES_A_RUN = 3
TIMEOUT_S = 30
GONE = (429, 503)  # what a server says that has no room, or no database, for a while
PAUSE_S = 0.1      # of a writer that was refused or cut off


class Unanswered(Exception):
    """Nobody knows whether it was done."""


class Batch:
    def __init__(self, run, number):
        self.number = number
        self.points = {(f'm{k}', number * STEPS + s): hash((run, number, k, s)) % 10**9 / 7 for k in range(KEYS) for s in range(STEPS)}
        self.params = {f'p{number}.{i}': f'{run}.{i}' for i in range(ENTRIES)}
        self.tags = {f't{number}.{i}': f'{run}.{i}' for i in range(ENTRIES)}

    def body(self, run):
        return {'run_id': run, 'metrics': [{'key': key, 'step': step, 'timestamp': 1000 + step, 'value': value} for (key, step), value in self.points.items()],
                'params': [{'key': key, 'value': value} for key, value in self.params.items()], 'tags': [{'key': key, 'value': value} for key, value in self.tags.items()]}


class Run:
    """What one run must hold, and what it may hold."""

    def __init__(self, mark):
        self.mark, self.id = mark, None
        self.kept, self.open = [], []    # batches: acknowledged, and without an answer
        self.singles, self.maybe = {}, {}  # (kind, key) -> value
        self.files, self.open_files = {}, {}  # path -> SHA-256
        self.finished = None             # True: acknowledged; False: sent


class Writer:
    def __init__(self, number, address, seed, stop):
        self.number, self.address, self.stop = number, address, stop
        self.rng = random.Random(seed * 1000 + number)
        self.runs, self.acknowledged, self.refused, self.words = [], 0, 0, set()
        self.connection = None

    def connect(self):
        """Waits while no server listens: then nothing has been sent."""
        while self.connection is None:
            connection = http.client.HTTPConnection(*self.address, timeout=TIMEOUT_S)
            try:
                connection.connect()
                self.connection = connection
            except ConnectionRefusedError:
                if self.stop.wait(PAUSE_S):
                    raise Unanswered from None

    def send(self, method, path, body):
        """The answer; Unanswered where there is none, or one that says that the server cannot tell."""
        if not isinstance(body, bytes):
            body = json.dumps(body).encode()
        try:
            self.connect()
            self.connection.request(method, path, body, {'Content-Type': 'application/json'})
            answer = self.connection.getresponse()
            content = answer.read()
        except (OSError, http.client.HTTPException) as error:
            self.connection = None  # with what is in it
            if isinstance(error, TimeoutError):
                raise AssertionError(f'{path} had no answer for {TIMEOUT_S} s') from error
            raise Unanswered from error
        if answer.getheader('Connection') == 'close':
            self.connection = None
        if answer.status in GONE:
            self.refused += 1
            self.words.add((answer.status, content.decode(errors='replace')[:300]))
            raise Unanswered
        assert answer.status == 200, f'{method} {path}: {answer.status} {content[:300]!r}'
        self.acknowledged += 1
        return json.loads(content) if content else {}

    def create(self):
        run = Run(f'{self.number}.{len(self.runs)}')
        self.runs.append(run)
        made = self.send('POST', MLFLOW + '/runs/create', {'experiment_id': '0', 'start_time': 1, 'run_name': run.mark, 'tags': [{'key': 'mark', 'value': run.mark}, {'key': 'whole', 'value': 'yes'}]})
        run.id = made['run']['info']['run_id']
        return run

    def log_batch(self, run, number):
        batch = Batch(run.id, number)
        run.open.append(batch)
        self.send('POST', MLFLOW + '/runs/log-batch', batch.body(run.id))
        run.open.remove(batch)
        run.kept.append(batch)

    def log_one(self, run, kind, call, body):
        place = (kind, body['key'])
        run.maybe[place] = body['value']
        self.send('POST', f'{MLFLOW}/runs/{call}', {'run_id': run.id, **body})
        run.singles[place] = run.maybe.pop(place)

    def upload(self, run, number):
        chance = random.Random(f'{run.id}/{number}')  # sent again, it is the same
        content = chance.randbytes(chance.choice((10, 3000, 200_000)))
        path = f'f{number}.bin'
        run.open_files[path] = hashlib.sha256(content).hexdigest()
        self.send('PUT', f'{ARTIFACTS}/0/{run.id}/artifacts/{path}', content)
        run.files[path] = run.open_files.pop(path)

    def finish(self, run):
        run.finished = False
        self.send('POST', MLFLOW + '/runs/update', {'run_id': run.id, 'status': 'FINISHED', 'end_time': 2})
        run.finished = True

    def write_a_run(self):
        """One run from its beginning to its end; what gets no answer is left as it is, or sent again as clients do."""
        run = self.patiently(self.create)
        if run is None:
            return
        steps = [lambda b=b: self.log_batch(run, b) for b in range(BATCHES_A_RUN)]
        steps += [lambda: self.log_one(run, 'param', 'log-parameter', {'key': 'single', 'value': run.id}), lambda: self.log_one(run, 'tag', 'set-tag', {'key': 'single', 'value': run.id}),
                  lambda: self.log_one(run, 'metric', 'log-metric', {'key': 'single', 'value': 0.5, 'timestamp': 1, 'step': 7}), lambda: self.upload(run, 0), lambda: self.upload(run, 1)]
        self.rng.shuffle(steps)
        for step in steps + [lambda: self.finish(run)]:
            self.patiently(step)

    def patiently(self, step):
        """None where it was given up."""
        try:
            return step()
        except Unanswered:
            self.stop.wait(PAUSE_S)
        if step == self.create or self.rng.random() < 0.5:
            return None
        while not self.stop.is_set():
            try:
                return step()
            except Unanswered:
                self.stop.wait(PAUSE_S)
        return None


class Fleet:
    """All writers, each on a thread of its own, until `stop()`."""

    def __init__(self, address, seed):
        self.troubles, self._stop = [], threading.Event()
        self.writers = [Writer(i, address, seed, self._stop) for i in range(WRITERS)]
        self._threads = [threading.Thread(target=self._write, args=(writer,), daemon=True) for writer in self.writers]
        for thread in self._threads:
            thread.start()

    def _write(self, writer):
        try:
            while not self._stop.is_set():
                writer.write_a_run()
        except Exception:
            self.troubles.append(f'writer {writer.number}: {traceback.format_exc(limit=3)}')

    def acknowledged(self):
        return sum(writer.acknowledged for writer in self.writers)

    def runs(self):
        return [run for writer in self.writers for run in writer.runs]

    def words(self):
        """What writers were told that were refused: (status, text)."""
        return set().union(*(writer.words for writer in self.writers))

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(2 * TIMEOUT_S)
            if thread.is_alive():
                self.troubles.append('a writer has not ended')

    def says(self):
        runs = self.runs()
        points = sum(len(batch.points) for run in runs for batch in run.kept)
        return (f'{self.acknowledged()} calls acknowledged ({len(runs)} runs, {points} points, {sum(len(run.files) for run in runs)} files), '
                f'{sum(len(run.open) for run in runs)} batches left without an answer, {sum(writer.refused for writer in self.writers)} calls refused for a while')
