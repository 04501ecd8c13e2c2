"""Our REST as api/openapi describes it: is an answer of the shape that was promised?"""
import pathlib
import re

import jsonschema
import referencing
import referencing.jsonschema
import yaml

FOLDER = pathlib.Path(__file__).parents[2] / 'api' / 'openapi'
METHODS = ('get', 'put', 'post', 'delete', 'patch')
MAX_SHOWN = 5


def _escape(pointer):
    return pointer.replace('~', '~0').replace('/', '~1')


class Contract:
    def __init__(self):
        self.documents = {f'file:///{path.name}': yaml.safe_load(path.read_text()) for path in sorted(FOLDER.glob('*.yaml'))}
        dialect = referencing.jsonschema.DRAFT202012
        self.registry = referencing.Registry().with_resources((uri, referencing.Resource(document, dialect)) for uri, document in self.documents.items())
        self.operations = list(self._operations())
        self.seen = set()

    def _operations(self):
        for uri, document in self.documents.items():
            for path, item in document['paths'].items():
                pattern = re.compile(re.sub(r'\{[^}]+\}', '[^/]+', path) + '$')
                literals = path.count('/') - path.count('{')
                for method in METHODS:
                    if method in item:
                        yield literals, pattern, method.upper(), uri, path, item[method]

    def find(self, method, path):
        fitting = [o for o in self.operations if o[2] == method and o[1].match(path)]
        return max(fitting, key=lambda o: o[0], default=None)

    def problems(self, method, path, status, body):
        """What is wrong with an answer to a request under /api/v1, as sentences. A refused route or method promises nothing."""
        operation = self.find(method, path)
        if operation is None:
            return [] if status in (403, 404, 405) else [f'{method} {path} is not in api/openapi']
        _, _, _, uri, template, description = operation
        self.seen.add((method, template))
        responses = description['responses']
        key = str(status) if str(status) in responses else 'default'
        if key not in responses:
            return [f'{method} {template} promises no answer of status {status}']
        if key == 'default' and status < 400:
            return [f'{method} {template} promises no answer of status {status}']
        reference = self._schema(uri, f'/paths/{_escape(template)}/{method.lower()}/responses/{key}', responses[key])
        if reference is None:
            return []
        validator = jsonschema.Draft202012Validator({'$ref': reference}, registry=self.registry)
        found = sorted(validator.iter_errors(body), key=lambda e: len(e.absolute_path), reverse=True)
        return [f'{method} {template} {status}: {error.json_path}: {error.message[:200]}' for error in found[:MAX_SHOWN]]

    def _schema(self, uri, pointer, response):
        if '$ref' in response:
            resolved = self.registry.resolver(uri).lookup(response['$ref'])
            file, _, place = response['$ref'].partition('#')
            return self._schema('file:///' + file.removeprefix('./') if file else uri, place, resolved.contents)
        content = response.get('content', {})
        if 'application/json' not in content:
            return None
        return f'{uri}#{pointer}/content/application~1json/schema'

    def unseen(self):
        return sorted({(o[2], o[4]) for o in self.operations} - self.seen)
