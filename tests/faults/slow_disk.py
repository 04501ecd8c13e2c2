"""A disk that becomes slow under thirty-two writers, each sync taking a fifth of a second, and quick again: nobody is left without an answer,
nothing is lost, reading does not wait for it, and the pace comes back by itself."""
import pathlib
import shutil
import statistics
import subprocess
import tempfile
import time

import writer_kills
from harness.client import Client

SLOW_MS = 200
SLOW_S = 4
READS = 20
SOURCE = pathlib.Path(__file__).with_suffix('.c')


def preloaded(folder):
    library = folder / 'slow_disk.so'
    subprocess.run(['clang-19', '-shared', '-fPIC', '-O1', '-o', library, SOURCE, '-ldl'], check=True)
    return library


def read_seconds(client):
    times = []
    for _ in range(READS):
        began = time.monotonic()
        client.get('/api/2.0/mlflow/experiments/get?experiment_id=0')
        times.append(time.monotonic() - began)
    return statistics.median(times)


def story(delay, tally):
    def disturb(server, fleet, _):
        client = Client(server.port)
        writer_kills.until_more_is_acknowledged(fleet, 'slow disk: it begins quick', tally)
        delay.write_text(str(SLOW_MS))
        before, began = fleet.acknowledged(), time.monotonic()
        median = read_seconds(client)
        time.sleep(max(0.0, began + SLOW_S - time.monotonic()))
        slow = (fleet.acknowledged() - before) / (time.monotonic() - began)
        tally.case('slow disk: writers go on', [] if slow > 0 else ['nothing was acknowledged'])
        tally.case('slow disk: readers do not wait for it', [] if median < SLOW_MS / 1000 else [f'a read takes {median:.2f} s'])
        delay.write_text('0')
        before, began = fleet.acknowledged(), time.monotonic()
        time.sleep(SLOW_S / 2)
        quick = (fleet.acknowledged() - before) / (time.monotonic() - began)
        print(f'slow disk: {slow:.0f} calls a second at {SLOW_MS} ms a sync, {quick:.0f} after it, reads in {median * 1000:.1f} ms', flush=True)
        tally.case('slow disk: the pace comes back', [] if quick > 2 * slow else [f'{quick:.0f} calls a second after {slow:.0f}'])
    return disturb


def run(seed, tally):
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-slow.'))
    try:
        delay = folder / 'delay'
        delay.write_text('0')
        environment = {'LD_PRELOAD': str(preloaded(folder)), 'GYRE_TEST_SLOW_DISK': str(delay)}
        writer_kills.run(seed, tally, story(delay, tally), 'slow disk', environment=environment)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
