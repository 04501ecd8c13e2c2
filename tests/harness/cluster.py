"""A PostgreSQL server of one's own, to be stopped in the middle of things. What it has committed survives its end, not the machine's."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile

BIN = pathlib.Path('/usr/lib/postgresql/15/bin')
SETTINGS = """listen_addresses = '127.0.0.1'
port = {port}
unix_socket_directories = '{folder}'
max_connections = 60
fsync = off
full_page_writes = off
jit = off
"""


class Cluster:
    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-pg.', dir='/tmp'))
        if os.geteuid() == 0:  # PostgreSQL refuses root
            shutil.chown(self.folder, 'postgres', 'postgres')
        with socket.socket() as s:
            s.bind(('127.0.0.1', 0))
            self.port = s.getsockname()[1]
        try:
            self._run('initdb', '-U', 'gyre', '--auth=trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N')
            with open(self.folder / 'data/postgresql.conf', 'a') as settings:
                settings.write(SETTINGS.format(port=self.port, folder=self.folder))
            self.start()
        except BaseException:
            self.__exit__()
            raise
        self.url = f'postgres://gyre@127.0.0.1:{self.port}/postgres'
        return self

    def __exit__(self, *_):
        if (self.folder / 'data/postmaster.pid').exists():
            self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    def start(self):
        self._run('pg_ctl', '-l', str(self.folder / 'log'), '-w', '-t', '60', 'start')

    def stop(self):
        """At once, as when it is killed: what it had not committed is gone."""
        self._run('pg_ctl', '-m', 'immediate', '-w', '-t', '60', 'stop')

    def _run(self, program, *arguments):
        command = [str(BIN / program), '-D', str(self.folder / 'data'), *arguments]
        if os.geteuid() == 0:
            command = ['setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', *command]
        environment = {'PATH': f'{BIN}:/usr/bin:/bin', 'LANG': 'C.UTF-8', 'HOME': str(self.folder)}
        with open(self.folder / 'told', 'a') as told:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=told, stderr=subprocess.STDOUT, cwd=self.folder, env=environment, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(f'{program} ended with {done.returncode}:\n{(self.folder / "told").read_text()[-2000:]}')
