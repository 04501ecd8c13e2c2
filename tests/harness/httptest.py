"""Reads .http.test files: requests and the answers that they must get.

    # Comments stand between exchanges.
    POST /api/2.0/mlflow/runs/create
    X-Request-Id: r-1
    {"experiment_id": "0"}
    --- 200
    {"run": {"info": {"run_id": "<as:run>", "...": "..."}, "...": "..."}}

Headers follow the request's line, then the body: text up to `---`, or `< NAME`, a file of the fixtures. After `--- STATUS` stand
headers that the answer must have, then its JSON (matching.py tells what may stand for a value); nothing means that the body is
not looked at, `--- 200 text` that it is compared as text, `--- 200 within 20s` that the request is repeated until the answer fits.
`@server ARGUMENTS` at the head of a file starts its server with them, ${FIXTURES} being the folder of fixtures.
"""
import dataclasses
import json
import pathlib
import re

REQUEST = re.compile(r'(GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (/\S*)$')
HEADER = re.compile(r'([A-Za-z][A-Za-z0-9-]*): (.*)$')


@dataclasses.dataclass
class Exchange:
    line: int
    method: str
    target: str
    headers: dict
    body: str
    status: int = 0
    as_text: bool = False
    within_s: float = 0
    wanted_headers: dict = dataclasses.field(default_factory=dict)
    wanted: str = ''


@dataclasses.dataclass
class TestFile:
    path: pathlib.Path
    arguments: list
    exchanges: list


def _split_headers(lines):
    headers = {}
    while lines and (found := HEADER.match(lines[0])):
        headers[found.group(1)] = found.group(2)
        lines = lines[1:]
    return headers, '\n'.join(lines).strip()


def read(path):
    arguments, exchanges = [], []
    blocks = []  # (line number, request line, request lines, status line, answer lines)
    for number, line in enumerate(path.read_text().splitlines(), 1):
        in_body = bool(blocks) and blocks[-1][3] is None
        if line.startswith('@server '):
            arguments += line.split()[1:]
        elif not in_body and (found := REQUEST.match(line)):
            blocks.append([number, found, [], None, []])
        elif in_body and line.startswith('--- '):
            blocks[-1][3] = line
        elif in_body:
            blocks[-1][2].append(line)
        elif blocks and not line.startswith('#'):
            blocks[-1][4].append(line)
        elif line and not line.startswith('#'):
            raise ValueError(f'{path}:{number}: no request stands before this line')
    for number, found, lines, status, answer in blocks:
        if status is None:
            raise ValueError(f'{path}:{number}: the request has no `--- STATUS`')
        exchanges.append(_exchange(path, number, found, lines, status, answer))
    return TestFile(path, arguments, exchanges)


def _exchange(path, number, found, lines, status, answer):
    headers, body = _split_headers(lines)
    exchange = Exchange(number, found.group(1), found.group(2), headers, body)
    words = status.split()[1:]
    exchange.status = int(words.pop(0))
    while words:
        word = words.pop(0)
        if word == 'text':
            exchange.as_text = True
        elif word == 'within':
            exchange.within_s = float(words.pop(0).rstrip('s'))
        else:
            raise ValueError(f'{path}:{number}: {word!r} after --- is not known')
    exchange.wanted_headers, exchange.wanted = _split_headers(answer)
    return exchange


def fill(text, captures):
    """${name} becomes what was captured under it."""
    def value(found):
        if found.group(1) not in captures:
            raise KeyError(f'nothing was captured as {found.group(1)}')
        held = captures[found.group(1)]
        return held if isinstance(held, str) else json.dumps(held)
    return re.sub(r'\$\{(\w+)\}', value, text)
