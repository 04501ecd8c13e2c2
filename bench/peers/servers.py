"""Starts servers on free loopback ports, waits until they answer, and ends them with all their processes."""

import os
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

import machine

START_SECONDS = 400  # a loaded machine lets MLflow take minutes


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as reply:
            return reply.status == 200
    except (OSError, urllib.error.URLError):
        return False


@dataclass
class Server:
    """A running server: `with Server(...)` starts it and ends it."""

    name: str
    command: list
    health: str  # path that answers 200 when it is ready
    port: int
    log: Path
    environment: dict = field(default_factory=dict)
    database: object = None  # a PostgreSQL that works for this server alone
    poll_seconds: float = 0.05
    ready_wall: float = 0  # seconds from the start to the first 200
    ready_cpu: float = 0

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def cpu_seconds(self):
        return machine.cpu_seconds(self.pid) + (machine.cpu_seconds(self.database.pid) if self.database else 0)

    def __enter__(self):
        environment = {**os.environ, "DO_NOT_TRACK": "1", "MLFLOW_DISABLE_TELEMETRY": "true", **self.environment}
        started = time.monotonic()
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(self.command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
        while not answers(self.url + self.health):
            if self.process.poll() is not None or time.monotonic() - started > START_SECONDS:
                self.__exit__()
                raise SystemExit(f"{self.name} does not start; its last words:\n" + "\n".join(self.log.read_text(errors="replace").splitlines()[-15:]))
            time.sleep(self.poll_seconds)
        self.ready_wall = time.monotonic() - started
        self.ready_cpu = machine.cpu_seconds(self.pid)
        return self

    def __exit__(self, *_):
        everyone = machine.tree(self.pid)
        for sign in (signal.SIGTERM, signal.SIGKILL):
            for process in everyone:
                try:
                    os.kill(process, sign)
                except ProcessLookupError:
                    pass
            if self.gone_within(10, everyone):
                return

    def gone_within(self, seconds, everyone):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self.process.poll()
            if not any(os.path.exists(f"/proc/{process}/exe") for process in everyone if process != self.pid) and self.process.returncode is not None:
                return True
            time.sleep(0.05)
        return False
