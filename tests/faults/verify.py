"""After the kills: is all there that was acknowledged, once?"""
import collections
import hashlib
import time
import urllib.parse

MLFLOW = '/api/2.0/mlflow'
FINISH_S = 180


def points_are_there(client, load):
    for run, points in load.points.items():
        found = {}
        for key in {key for key, _ in points}:
            for point in client.get(f'{MLFLOW}/metrics/get-history?run_id={run}&metric_key={key}&max_results=25000').get('metrics', []):
                if (key, point['step']) in found:
                    yield f'run {run}: {key} at step {point["step"]} is there twice'
                found[key, point['step']] = point['value']
        for place, value in points.items():
            if found.get(place) != value:
                yield f'run {run}: {place} was acknowledged as {value}, found {found.get(place)}'


def commits_are_there(client, load):
    log = {}
    cursor = ''
    while True:
        page = client.get('/api/v1/repos/numbers/commits?limit=200' + (f'&cursor={urllib.parse.quote(cursor)}' if cursor else ''))
        for row in page['rows']:
            log.setdefault(row.get('message'), []).append(row)
        cursor = page['cursor']
        if not cursor:
            break
    for message, rows in log.items():
        if len(rows) > 1:
            yield f'{len(rows)} commits say {message!r}'
    for _, path, sha256 in load.commits:
        content = client.get('/api/v1/repos/numbers/content?path=' + path)
        if hashlib.sha256(content).hexdigest() != sha256:
            yield f'{path} has another content than was acknowledged'


def wait_for_pipelines(client, load):
    end = time.monotonic() + FINISH_S
    left = set(load.started.values())
    while left and time.monotonic() < end:
        for run in sorted(left):
            if client.get('/api/v1/pipeline-runs/' + run)['state'] not in ('queued', 'running', 'waiting'):
                left.discard(run)
        time.sleep(0.3)
    for run in sorted(left):
        yield f'pipeline run {run} has not ended in {FINISH_S} s: {client.get("/api/v1/pipeline-runs/" + run)}'


def pipelines_ended_well(client, load):
    rows = client.get('/api/v1/pipeline-runs?pipeline=chain&limit=500')['rows']
    ids = collections.Counter(row['url'].rsplit('/', 1)[1] for row in rows)
    for key, run in load.started.items():
        if ids[run] != 1:
            yield f'{key} is there {ids[run]} times'
        state = client.get('/api/v1/pipeline-runs/' + run)['state']
        if state != 'succeeded':
            yield f'{key} ended as {state}'
    if len(rows) != len(load.started):
        yield f'{len(load.started)} runs were started, {len(rows)} are there'


def versions_are_there_once(client, load):
    versions = client.get(f"{MLFLOW}/model-versions/search?max_results=1000&filter={urllib.parse.quote(chr(39).join(['name=', 'chain', '']))}").get('model_versions', [])
    by_run = collections.Counter(version['run_id'] for version in versions)
    for run, count in by_run.items():
        if count > 1:
            yield f'tracking run {run} registered {count} versions'
    if len(versions) != len(load.started):
        yield f'{len(load.started)} pipeline runs ended, {len(versions)} versions were registered'
    for version in versions:
        place = version['source'].removeprefix('mlflow-artifacts:/') + '/doubled.txt'
        numbers = [int(line) for line in client.get('/api/2.0/mlflow-artifacts/artifacts/' + place).split()]
        if [x - numbers[0] for x in numbers] != [2 * i for i in range(10)]:
            yield f'version {version["version"]} holds {numbers}'


CHECKS = [points_are_there, commits_are_there, pipelines_ended_well, versions_are_there_once]
