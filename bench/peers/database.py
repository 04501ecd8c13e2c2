"""A PostgreSQL of a server's own, as durable as it comes: what its processes cost is counted as the server's."""

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import servers

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
SETTINGS = """
listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = ''
max_connections = 200
"""


def as_postgres(*command):
    """PostgreSQL refuses root."""
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "env", "-i", "LANG=C.UTF-8", *map(str, command)]
    subprocess.run([*map(str, command)], cwd="/tmp", check=True, stdout=subprocess.DEVNULL)


@dataclass
class Postgres:
    """A running one: `with Postgres(folder)` makes it, starts it and ends it."""

    folder: Path
    port: int = field(default_factory=servers.free_port)

    def __enter__(self):
        self.folder.mkdir()
        for place in [self.folder, *self.folder.parents]:  # the user postgres must get there
            if os.getuid() == 0 and place.stat().st_mode & 0o001 == 0:
                place.chmod(place.stat().st_mode | 0o011)
        if os.getuid() == 0:
            shutil.chown(self.folder, "postgres", "postgres")
        data = self.folder / "data"
        as_postgres(PROGRAMS / "initdb", "-D", data, "-U", "bench", "--auth=trust", "-E", "UTF8", "--locale=C.UTF-8")
        with open(data / "postgresql.conf", "a") as settings:
            settings.write(SETTINGS.format(port=self.port))
        as_postgres(PROGRAMS / "pg_ctl", "-D", data, "-l", self.folder / "log", "-w", "-t", "120", "start")
        return self

    def __exit__(self, *_):
        as_postgres(PROGRAMS / "pg_ctl", "-D", self.folder / "data", "-m", "immediate", "-w", "stop")

    @property
    def pid(self):
        return int((self.folder / "data/postmaster.pid").read_text().split()[0])

    @property
    def ours(self):
        return f"postgres://bench@127.0.0.1:{self.port}/postgres"

    @property
    def theirs(self):
        return f"postgresql+psycopg2://bench@127.0.0.1:{self.port}/postgres"

    def run(self, statements):
        subprocess.run(["psql", "-q", "-v", "ON_ERROR_STOP=1", self.ours], input=statements, text=True, check=True, stdout=subprocess.DEVNULL)
