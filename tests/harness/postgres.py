"""Empty databases in the PostgreSQL that GYRE_TEST_PG names."""
import os
import subprocess
import uuid

PSQL = '/usr/lib/postgresql/15/bin/psql'


def server():
    return os.environ.get('GYRE_TEST_PG', '')


def run(sql):
    subprocess.run([PSQL, server(), '-qAtc', sql], check=True, capture_output=True, text=True)


class Database:
    """A database of its own, dropped at the end."""

    def __enter__(self):
        self.name = 'gyre_' + uuid.uuid4().hex
        run(f'CREATE DATABASE {self.name}')
        return server().rsplit('/', 1)[0] + '/' + self.name

    def __exit__(self, *_):
        run(f'DROP DATABASE IF EXISTS {self.name} WITH (FORCE)')
