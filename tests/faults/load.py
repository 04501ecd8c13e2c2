"""What goes on while processes are killed: runs that log, commits, pipeline runs, requests to be scored. It remembers what was acknowledged."""
import hashlib
import threading
import time
import traceback

MLFLOW = '/api/2.0/mlflow'
POINTS_A_BATCH = 20
PAUSE_S = 0.05


class Load:
    """Threads that write until `stop()`; each thing is noted when its answer has come, not before."""

    def __init__(self, client):
        self.client = client
        self.points = {}    # run id -> {(key, step): value}
        self.commits = []   # (commit id, path, SHA-256)
        self.started = {}   # key -> pipeline run id
        self.troubles = []
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._guarded, args=(work,), daemon=True) for work in (self._log, self._commit, self._start)]

    def begin(self):
        for thread in self._threads:
            thread.start()

    def stop(self):
        self._stop.set()
        for thread in self._threads:
            thread.join(120)
            if thread.is_alive():
                self.troubles.append('a writer got no answer for two minutes')

    def _guarded(self, work):
        number = 0
        try:
            while not self._stop.is_set():
                work(number)
                number += 1
                time.sleep(PAUSE_S)
        except Exception:
            self.troubles.append(traceback.format_exc())

    def _log(self, number):
        run = self.client.persist('POST', MLFLOW + '/runs/create', {'experiment_id': '0', 'start_time': number})['run']['info']['run_id']
        for batch in range(3):
            points = {(f'm{k}', batch * POINTS_A_BATCH + s): number + k / 7 + s / 1000 for k in range(2) for s in range(POINTS_A_BATCH)}
            metrics = [{'key': key, 'value': value, 'timestamp': step, 'step': step} for (key, step), value in points.items()]
            self.client.persist('POST', MLFLOW + '/runs/log-batch', {'run_id': run, 'metrics': metrics})
            self.points.setdefault(run, {}).update(points)

    def _commit(self, number):
        content = f'{number}\n'.encode() * 1000
        sha256 = self.client.persist('PUT', '/api/v1/repos/numbers/content', content)['sha256']
        path = f'part/{number:06}.txt'
        made = self.client.persist('POST', '/api/v1/repos/numbers/commits',
                                   {'message': f'part {number}', 'idempotency_key': f'part-{number}', 'changes': [{'path': path, 'sha256': sha256}]})
        self.commits.append((made['commit'], path, hashlib.sha256(content).hexdigest()))

    def _start(self, number):
        if len(self.started) >= self.max_runs:
            return
        key = f'run-{number}'
        done = self.client.persist('POST', '/api/v1/pipelines/chain/runs', {'parameters': {'n': str(number)}, 'key': key})
        self.started[key] = done['object']['url'].rsplit('/', 1)[1]

    max_runs = 6
