"""Asks the server what it knows of a run, and folders what they hold."""
import json
import pathlib
import re
import urllib.error
import urllib.parse
import urllib.request

MLFLOW = '/api/2.0/mlflow'
NUMBERS = {'NaN': float('nan'), 'Infinity': float('inf'), '-Infinity': float('-inf')}


class Story:
    def __init__(self, url):
        self.url = url

    def get(self, path, **query):
        with urllib.request.urlopen(self.url + path + ('?' + urllib.parse.urlencode(query) if query else ''), timeout=30) as reply:
            content = reply.read()
        try:
            return json.loads(content)
        except ValueError:
            return content

    def is_there(self, run):
        try:
            return bool(self.run(run))
        except urllib.error.HTTPError:
            return False

    def run(self, run):
        return self.get(MLFLOW + '/runs/get', run_id=run)['run']

    def status(self, run):
        return self.run(run)['info']['status']

    def tags(self, run):
        return {tag['key']: tag['value'] for tag in self.run(run)['data'].get('tags', [])}

    def params(self, run):
        return {param['key']: param['value'] for param in self.run(run)['data'].get('params', [])}

    def keys(self, run):
        return {row['key']: row['points'] for row in self.get('/api/v1/runs/' + run)['keys']}

    def points(self, run, key):
        """(step, value) of every point."""
        found, token = [], ''
        while True:
            page = self.get(MLFLOW + '/metrics/get-history', run_id=run, metric_key=key, max_results=25000, **({'page_token': token} if token else {}))
            found += [(int(point['step']), NUMBERS.get(point['value'], point['value'])) for point in page.get('metrics', [])]
            token = page.get('next_page_token')
            if not token:
                return found

    def values(self, run, key):
        return [value for _, value in self.points(run, key)]

    def files(self, run):
        return {row['path']: row['bytes'] for row in self.get(f'/api/v1/runs/{run}/files', limit=500)['rows']}

    def file(self, run, path):
        root = self.run(run)['info']['artifact_uri'].removeprefix('mlflow-artifacts:').strip('/')
        with urllib.request.urlopen(f'{self.url}/api/2.0/mlflow-artifacts/artifacts/{root}/{urllib.parse.quote(path)}', timeout=30) as reply:
            return reply.read()


class Folder:
    """What a folder of a run holds, read by docs/formats/offline-run.md and nothing else."""

    def __init__(self, place):
        self.place = pathlib.Path(place)
        self.head = json.loads((self.place / 'run.json').read_text(encoding='utf-8'))
        assert self.head['format'] == 'gyre-run/1'

    def sources(self):
        """source -> events; what has another form than the format has is an error here."""
        found = {}
        for place in sorted(self.place.glob('log-*.ndjson')):
            source, number = re.fullmatch(r'log-([A-Za-z0-9][A-Za-z0-9_.]{0,63})-(\d{6})\.ndjson', place.name).groups()
            events = found.setdefault(source, [])
            content = place.read_bytes()
            whole = content[: content.rfind(b'\n') + 1]
            for line in whole.splitlines():
                assert len(line) < 1 << 20
                event = json.loads(line, parse_constant=lambda text: 1 / 0)
                assert event['n'] == len(events), f'{place}: event {event["n"]} where {len(events)} is due'
                events.append(event)
        return found

    def events(self, kind=None):
        return [event for events in self.sources().values() for event in events if kind in (None, event['type'])]

    def values(self, key):
        return [NUMBERS.get(event['values'][key], event['values'][key]) for event in self.events('metrics') if key in event['values']]


def only_folder(root):
    found = [place for place in pathlib.Path(root).iterdir() if (place / 'run.json').exists()]
    assert len(found) == 1, found
    return Folder(found[0])
