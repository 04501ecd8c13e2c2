"""kill -9 of the server under thirty-two writers, on both databases; and PostgreSQL itself stopped for a while under them."""
import pathlib
import random
import shutil
import tempfile
import time

import written
from harness.client import Client
from harness.cluster import Cluster
from harness.server import Server
from kills import ends_clean, free_port
from writers import Fleet

RECOVERY_S = 60
LIFE_S = (0.3, 1.2)  # of a server, between two kills
TELLS = ('database', 'try again', 'too much to do', 'too many')  # one of them stands in what a writer is told that is refused


def until_more_is_acknowledged(fleet, name, tally):
    """A case: the server takes calls again, by itself."""
    before, end = fleet.acknowledged(), time.monotonic() + RECOVERY_S
    while fleet.acknowledged() == before and time.monotonic() < end and not fleet.troubles:
        time.sleep(0.05)
    tally.case(name, [] if fleet.acknowledged() > before else [f'nothing was acknowledged for {RECOVERY_S} s'])


def unclear(fleet):
    """Refusals that do not say what the matter is."""
    return [f'{status}: {words}' for status, words in fleet.words() if not any(tell in words.lower() for tell in TELLS)]


def run(seed, tally, disturb, kind, database=None, environment=None):
    """Writers, what `disturb(server, fleet, rng)` does to them, and what is verified afterwards."""
    name = f'writers, {kind}, seed {seed}'
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-writers.'))
    server = Server(folder=folder, database=database, listen=f'127.0.0.1:{free_port()}', environment=environment)
    fleet = None
    try:
        server.start()
        fleet = Fleet(('127.0.0.1', server.port), seed)
        disturb(server, fleet, random.Random(seed))
        fleet.stop()
        print(f'{name}: {fleet.says()}', flush=True)
        tally.case(f'{name}: the writers', fleet.troubles)
        tally.case(f'{name}: refusals say why', unclear(fleet))
        client = Client(server.port)
        for one in written.CHECKS:
            tally.case(f'{name}: {one.__name__.replace("_", " ")}', list(one(client, fleet))[:20])
        ends_clean(tally, name, server, folder, database)
    except Exception as error:
        tally.fail(name, f'{type(error).__name__}: {error}\n{server.tail()}')
    finally:
        if fleet:
            fleet.stop()
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def kills(count, tally):
    def disturb(server, fleet, rng):
        for _ in range(count):
            time.sleep(rng.uniform(*LIFE_S))
            server.kill()
            server.start()
            tally.ok()
        until_more_is_acknowledged(fleet, 'writers: the last server takes calls', tally)
    return disturb


def outages(cluster, seconds, tally):
    """PostgreSQL goes away and comes back; in the middle of it the server is killed once, and has to wait for the database with its writers."""
    def disturb(server, fleet, rng):
        for number, away_s in enumerate(seconds):
            time.sleep(rng.uniform(1, 2))
            cluster.stop()
            time.sleep(away_s)
            cluster.start()
            until_more_is_acknowledged(fleet, f'writers: outage {number} of {away_s} s ends by itself', tally)
        server.kill()
        server.start()
        until_more_is_acknowledged(fleet, 'writers: the server takes calls after all outages', tally)
    return disturb


def run_all(seed, everything, tally, database):
    """`database`: the URL of an empty one, or None where there is no PostgreSQL."""
    run(seed, tally, kills(100 if everything else 20, tally), 'kills')
    if not database:
        tally.skip('writers on PostgreSQL', 'GYRE_TEST_PG names none')
        return
    run(seed + 1, tally, kills(50 if everything else 8, tally), 'kills, postgres', database)
    with Cluster() as cluster:
        run(seed + 2, tally, outages(cluster, (2, 5, 60) if everything else (1, 4), tally), 'postgres goes away', cluster.url)
