"""After the kills: what was acknowledged is there once; what had no answer is there whole or not at all."""
import collections
import hashlib

from harness.client import Refused
from writers import ARTIFACTS, KEYS, MLFLOW


def all_runs(client):
    """Every run of the experiment by its mark, page by page."""
    found, token = collections.defaultdict(list), ''
    while True:
        page = client.post(MLFLOW + '/runs/search', {'experiment_ids': ['0'], 'max_results': 500, **({'page_token': token} if token else {})})
        for run in page.get('runs', []):
            tags = {tag['key']: tag['value'] for tag in run['data'].get('tags', [])}
            found[tags.get('mark')].append((run, tags))
        token = page.get('next_page_token')
        if not token:
            return found


def runs_are_there_once(client, fleet):
    found = all_runs(client)
    for run in fleet.runs():
        there = found.pop(run.mark, [])
        if len(there) > 1:
            yield f'run {run.mark} is there {len(there)} times'
        if run.id and not there:
            yield f'run {run.mark} was acknowledged as {run.id} and is gone'
        for one, tags in there:
            if run.id and one['info']['run_id'] != run.id:
                yield f'run {run.mark} was acknowledged as {run.id}, found {one["info"]["run_id"]}'
            if tags.get('whole') != 'yes':
                yield f'run {run.mark} has lost a tag that came with it'
    for mark in found:
        yield f'run {mark} was made by nobody'


def history_of(client, run, key):
    """(key, step) -> value, and whatever is there more than once."""
    found, twice = {}, []
    for point in client.get(f'{MLFLOW}/metrics/get-history?run_id={run}&metric_key={key}&max_results=25000').get('metrics', []):
        place = (key, point['step'])
        if place in found:
            twice.append(place)
        found[place] = point['value']
    return found, twice


def batch_troubles(run, batch, points, params, tags, kept):
    wanted = [(points, batch.points), (params, batch.params), (tags, batch.tags)]
    right = sum(found.get(place) == value for found, values in wanted for place, value in values.items())
    there = sum(place in found for found, values in wanted for place in values)
    everything = sum(len(values) for _, values in wanted)
    if right != there:
        yield f'run {run}: batch {batch.number} has {there - right} entries with other values than were sent'
    if kept and right < everything:
        yield f'run {run}: batch {batch.number} was acknowledged, and {everything - right} of {everything} entries are gone'
    if not kept and 0 < there < everything:
        yield f'run {run}: batch {batch.number} had no answer, and {there} of {everything} entries are there'


def run_troubles(client, run):
    data = client.get(f'{MLFLOW}/runs/get?run_id={run.id}')['run']
    params = {p['key']: p['value'] for p in data['data'].get('params', [])}
    tags = {t['key']: t['value'] for t in data['data'].get('tags', [])}
    points = {}
    for key in [f'm{k}' for k in range(KEYS)] + ['single']:
        found, twice = history_of(client, run.id, key)
        points.update(found)
        for place in twice:
            yield f'run {run.id}: {place} is there twice'
    for batches, kept in ((run.kept, True), (run.open, False)):
        for batch in batches:
            yield from batch_troubles(run.id, batch, points, params, tags, kept)
    latest = {m['key']: m['value'] for m in data['data'].get('metrics', [])}
    for (kind, key), value in run.singles.items():
        if {'param': params, 'tag': tags, 'metric': latest}[kind].get(key) != value:
            yield f'run {run.id}: the {kind} {key} was acknowledged and is gone'
    strangers = set(points) - {place for batch in run.kept + run.open for place in batch.points} - {('single', 7)}
    if strangers:
        yield f'run {run.id}: {len(strangers)} points were sent by nobody'
    if data['info']['status'] != 'FINISHED' and run.finished:
        yield f'run {run.id}: its end was acknowledged, and it is {data["info"]["status"]}'


def runs_hold_what_was_acknowledged(client, fleet):
    for run in fleet.runs():
        if run.id:
            yield from run_troubles(client, run)


def artifacts_are_whole(client, fleet):
    for run in fleet.runs():
        for path, sha256 in run.files.items():
            if hashlib.sha256(client.call('GET', f'{ARTIFACTS}/0/{run.id}/artifacts/{path}')).hexdigest() != sha256:
                yield f'run {run.id}: {path} has other content than was acknowledged'
        for path, sha256 in run.open_files.items():
            try:
                content = client.call('GET', f'{ARTIFACTS}/0/{run.id}/artifacts/{path}')
            except Refused as error:
                if error.status != 404:
                    yield f'run {run.id}: {path} cannot be read: {error}'
                continue
            if hashlib.sha256(content).hexdigest() != sha256:
                yield f'run {run.id}: {path} had no answer, and half of it is there'


CHECKS = [runs_are_there_once, runs_hold_what_was_acknowledged, artifacts_are_whole]
