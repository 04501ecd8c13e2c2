"""A database of every schema that this release of mlflow can make, from its first migration on, each with one run that says a little: FOLDER."""
import os
import pathlib
import sqlite3
import sys

os.environ.update(MLFLOW_DISABLE_TELEMETRY='true', GIT_PYTHON_REFRESH='quiet')

from alembic import command  # noqa: E402
from alembic.script import ScriptDirectory  # noqa: E402
from mlflow.store.db.utils import _get_alembic_config  # noqa: E402
from mlflow.store.tracking.dbmodels.initial_models import Base as InitialBase  # noqa: E402
from sqlalchemy import create_engine  # noqa: E402

ROWS = {
    'experiments': {'experiment_id': 3, 'name': 'old', 'artifact_location': '/nowhere/3', 'lifecycle_stage': 'active', 'creation_time': 5, 'last_update_time': 6},
    'runs': {'run_uuid': 'ab' * 16, 'name': 'first', 'source_type': 'LOCAL', 'source_name': 'x', 'entry_point_name': '', 'user_id': 'ann', 'status': 'FINISHED', 'start_time': 100,
             'end_time': 200, 'source_version': '', 'lifecycle_stage': 'active', 'artifact_uri': '/nowhere/3/a/artifacts', 'experiment_id': 3},
    'metrics': {'key': 'loss', 'value': 0.25, 'timestamp': 7, 'run_uuid': 'ab' * 16, 'step': 4, 'is_nan': 0},
    'params': {'key': 'lr', 'value': '0.1', 'run_uuid': 'ab' * 16},
    'tags': {'key': 'note', 'value': 'x', 'run_uuid': 'ab' * 16},
    'registered_models': {'name': 'late', 'creation_time': 8, 'last_updated_time': 9, 'description': 'd'},
    'model_versions': {'name': 'late', 'version': 1, 'creation_time': 8, 'last_updated_time': 9, 'description': '', 'user_id': '', 'current_stage': 'Production', 'source': 's3://b/x',
                       'run_id': 'ab' * 16, 'status': 'READY', 'status_message': ''},
}


def fill(file):
    with sqlite3.connect(file) as db:
        for table, row in ROWS.items():
            there = [column[1] for column in db.execute(f'PRAGMA table_info("{table}")')]
            names = [name for name in row if name in there]
            if names:
                quoted = ', '.join(f'"{name}"' for name in names)
                db.execute(f'INSERT INTO "{table}" ({quoted}) VALUES ({", ".join("?" * len(names))})', [row[name] for name in names])


def main(folder):
    newest = ScriptDirectory.from_config(_get_alembic_config('sqlite://'))
    for place, revision in enumerate(reversed([script.revision for script in newest.walk_revisions()])):
        file = pathlib.Path(folder, f'{place:02}-{revision}.db')
        url = f'sqlite:///{file}'
        engine = create_engine(url)
        InitialBase.metadata.create_all(engine)
        command.upgrade(_get_alembic_config(url), revision)
        engine.dispose()
        fill(file)


main(*sys.argv[1:])
