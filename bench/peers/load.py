"""Drives a server with wrk and tells what a request cost: the same driver, in the same way, for ours and theirs."""

import os
import re
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

import machine

HERE = Path(__file__).parent
FEWEST, MOST_SECONDS = 10, 30  # requests of a round, and how long it may take to get them
SETTLE_SECONDS = 0.4  # what a server still does for the requests it has answered belongs to them
UNITS = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}


@dataclass
class Cost:
    """Of one request, over one round."""

    cpu_ms: float
    p50_ms: float
    p99_ms: float
    rate: float
    requests: int
    failed: int


def build_quickack(folder):
    library = folder / "quickack.so"
    if not library.exists():
        subprocess.run(["cc" if subprocess.run(["which", "cc"], capture_output=True).returncode == 0 else "clang-19", "-O2", "-shared", "-fPIC", "-o", library, HERE / "quickack.c", "-ldl"], check=True)
    return library


class Driver:
    def __init__(self, folder):
        self.preload = build_quickack(folder)

    def run(self, server, script, path="/", connections=1, seconds=3.0, **variables):
        environment = {**os.environ, "LD_PRELOAD": str(self.preload), **{name: str(value) for name, value in variables.items()}}
        command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "60s", "--latency", "-s", str(HERE / "lua" / script), server.url + path]
        before = server.cpu_seconds()
        text = subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout
        time.sleep(SETTLE_SECONDS)
        cost = read(text, server.cpu_seconds() - before, connections)
        # A figure of one or two requests says nothing.
        if cost.requests < FEWEST and seconds < MOST_SECONDS:
            return self.run(server, script, path, connections, 3 * seconds, **{**variables, "BASE": int(variables.get("BASE", 0)) + 500_000})
        return cost


def read(text, cpu_seconds, connections):
    requests = int(re.search(r"(\d+) requests in", text)[1])
    failed = sum(int(count) for count in re.findall(r"Non-2xx or 3xx responses: (\d+)", text))
    for line in re.findall(r"Socket errors: (.*)", text):
        failed += sum(map(int, re.findall(r"\d+", line)))
    # Those under way when the time is over cost something too, half of it on average.
    served = requests + connections / 2
    return Cost(1e3 * cpu_seconds / served, latency(text, 50), latency(text, 99), float(re.search(r"Requests/sec:\s+([\d.]+)", text)[1]), requests, failed)


def latency(text, percent):
    value, unit = re.search(rf"{percent}%\s+([\d.]+)(us|ms|s|m)\b", text).groups()
    return float(value) * UNITS[unit]
