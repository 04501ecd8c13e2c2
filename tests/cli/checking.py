"""gyre check: what it says of a folder in which something was changed behind Gyre's back."""
import contextlib
import pathlib
import sqlite3
import tempfile

from harness.server import Server

import terminal


@contextlib.contextmanager
def folder():
    """A folder with a repository, made by a server that has ended."""
    with tempfile.TemporaryDirectory(prefix='gyre-check.') as made:
        data = pathlib.Path(made) / 'data'
        with Server(folder=made) as server:
            file = pathlib.Path(made) / 'a.txt'
            file.write_text('a')
            assert terminal.piped('repo', 'create', 'flights', GYRE_SERVER=server.url).code == 0
            assert terminal.piped('repo', 'put', 'flights@main/a.txt', file, GYRE_SERVER=server.url).code == 0
        yield data


def broken(data, statement):
    with contextlib.closing(sqlite3.connect(data / 'gyre.db')) as db, db:
        db.execute(statement)
    done = terminal.piped('check', '--data-dir', data, '--json')
    rooms = {room['room']: room['problems'] for room in done.document['rooms']}
    return done.code, {room: problems for room, problems in rooms.items() if problems}


def case_a_sound_folder_is_0(_):
    with folder() as data:
        assert terminal.piped('check', '--data-dir', data).code == 0


def case_a_row_that_refers_to_nothing_is_named(_):
    with folder() as data:
        code, problems = broken(data, 'DELETE FROM dataset_repos')
        assert code == 6 and len(problems['database']) == 1, problems
        said = problems['database'][0]
        assert "refers to one of 'dataset_repos' that does not exist" in said and said.startswith('row ') and not said.endswith(': '), said


def case_the_newest_audit_entry_is_missed(_):
    with folder() as data:
        code, problems = broken(data, 'DELETE FROM audit_log WHERE seq = (SELECT MAX(seq) FROM audit_log)')
        assert code == 6 and list(problems) == ['governance'], problems
        assert 'was the last that was written' in problems['governance'][0], problems
