"""Runs .http.test files against the real server: run.py [--database sqlite|postgres|both] [--unseen] [FILE...]

Each file gets a server on an empty folder (and an empty database). Answers under /api/v1 are held to api/openapi, too.
Without files named, hostile input (hostile.py), uploads in pieces (uploads.py) and alerts at real receivers (receivers.py) as well.
"""
import argparse
import http.client
import json
import pathlib
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
import hostile  # noqa: E402
import receivers  # noqa: E402
import uploads  # noqa: E402
from harness import fixtures, httptest, postgres  # noqa: E402
from harness.matching import differences  # noqa: E402
from harness.openapi import Contract  # noqa: E402
from harness.server import Server, ServerDied  # noqa: E402
from harness.tally import Tally  # noqa: E402

HERE = pathlib.Path(__file__).parent
TIMEOUT_S = 30
PAUSE_S = 0.1


class Player:
    """Plays one file against one server."""

    def __init__(self, server, contract, folder):
        self.server, self.contract, self.folder = server, contract, folder
        self.captures = {'FIXTURES': str(folder)}

    def send(self, exchange):
        body = httptest.fill(exchange.body, self.captures)
        headers = {name: httptest.fill(value, self.captures) for name, value in exchange.headers.items()}
        if body.startswith('< '):
            body = (self.folder / body[2:]).read_bytes()
        else:
            body = body.encode()
            headers.setdefault('Content-Type', 'application/json')
        connection = http.client.HTTPConnection('127.0.0.1', self.server.port, timeout=TIMEOUT_S)
        try:
            connection.request(exchange.method, httptest.fill(exchange.target, self.captures), body or None, headers)
            answer = connection.getresponse()
            return answer.status, dict(answer.getheaders()), answer.read()
        finally:
            connection.close()

    def play(self, exchange):
        """The problems of one exchange, as sentences."""
        end = time.monotonic() + exchange.within_s
        while True:
            try:
                status, headers, body = self.send(exchange)
                problems = self.judge(exchange, status, headers, body)
            except (OSError, http.client.HTTPException, KeyError) as error:
                problems = [f'{type(error).__name__}: {error}']  # such as a file that goes while it is sent
            if not problems or time.monotonic() >= end:
                return problems
            time.sleep(PAUSE_S)

    def judge(self, exchange, status, headers, body):
        problems = []
        if status != exchange.status:
            problems.append(f'status: expected {exchange.status}, found {status}: {body[:300].decode(errors="replace")}')
        folded = {name.lower(): value for name, value in headers.items()}
        for name, value in exchange.wanted_headers.items():
            problems += differences(httptest.fill(value, self.captures), folded.get(name.lower()), self.captures, name)
        if problems:
            return problems
        if exchange.wanted:
            problems += self.judge_body(exchange, body)
        path = httptest.fill(exchange.target, self.captures).partition('?')[0]
        if path.startswith('/api/v1/') and 'json' in folded.get('content-type', ''):
            problems += self.contract.problems(exchange.method, path, status, json.loads(body))
        return problems

    def judge_body(self, exchange, body):
        wanted = httptest.fill(exchange.wanted, self.captures)
        if exchange.as_text:
            return differences(wanted, body.decode(errors='replace').strip(), self.captures, 'body')
        try:
            found = json.loads(body)
        except ValueError:
            return [f'body: expected JSON, found {body[:200]!r}']
        return differences(json.loads(wanted), found, self.captures)


def run_file(test, kind, database, contract, folder, tally):
    name = f'{test.path.relative_to(HERE)} on {kind}'
    arguments = [a.replace('${FIXTURES}', str(folder)) for a in test.arguments]
    try:
        with Server(*arguments, database=database) as server:
            player = Player(server, contract, folder)
            for exchange in test.exchanges:
                tally.case(f'{name}, line {exchange.line}: {exchange.method} {exchange.target}', player.play(exchange))
                if not server.alive():
                    tally.fail(f'{name}, line {exchange.line}', 'the server has died:\n' + server.tail())
                    return
            if (code := server.stop()) != 0:
                tally.fail(name, f'the server ended with {code}:\n' + server.tail())
    except ServerDied as error:
        tally.fail(name, error)


def run_uploads(kind, tally):
    if kind == 'sqlite':
        uploads.run(tally, kind, None)
        return
    with postgres.Database() as database:
        uploads.run(tally, kind, database)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--database', default='both', choices=['sqlite', 'postgres', 'both'])
    parser.add_argument('--unseen', action='store_true', help='list the operations of api/openapi that no file asked for')
    parser.add_argument('files', nargs='*', type=pathlib.Path)
    options = parser.parse_args()
    tests = [httptest.read(path.resolve()) for path in options.files or sorted(HERE.glob('**/*.http.test'))]
    tally, contract = Tally(), Contract()
    with fixtures.folder() as folder:
        for test in tests:
            if options.database != 'postgres':
                run_file(test, 'sqlite', None, contract, folder, tally)
            if options.database != 'sqlite':
                with postgres.Database() as database:
                    run_file(test, 'postgres', database, contract, folder, tally)
    if not options.files:
        hostile.run(tally)
        for kind in ('sqlite', 'postgres') if options.database == 'both' else (options.database,):
            run_uploads(kind, tally)
        receivers.run(tally, 'sqlite', None)
    if options.unseen:
        for method, path in contract.unseen():
            print(f'not asked for: {method} {path}')
    tally.close()


main()
