"""Faults: run.py [--all] [--seed N] [disk|slow|kills|purge|writers|sharing|demo]...

kill -9 over a load of everything durable, in the middle of a purge, and under thirty-two writers, on both databases; a PostgreSQL that goes away; kills of small
demos; two servers on one database, either of them killed; full, read-only and slow disks. --all: five times as many kills. The seed is printed; the same seed kills at the same places, as far as the machine's timing allows.
"""
import argparse
import contextlib
import json
import pathlib
import random
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
import demo_kills  # noqa: E402
import disk  # noqa: E402
import kills  # noqa: E402
import purge_kills  # noqa: E402
import sharing  # noqa: E402
import slow_disk  # noqa: E402
import writer_kills  # noqa: E402
from harness import demo, postgres  # noqa: E402
from harness.tally import Tally  # noqa: E402

KILLS_A_DEMO = 5
BASELINE = demo.ROOT / 'build/test/demo-small.json'


def undisturbed():
    """What the small demo says when nobody kills it: from the demo suite, or made here."""
    binary = pathlib.Path(demo.BINARY)
    if BASELINE.exists() and BASELINE.stat().st_mtime > binary.stat().st_mtime:
        return json.loads(BASELINE.read_text())
    with tempfile.TemporaryDirectory(prefix='gyre-demo.') as folder:
        code, output, errors = demo.finish(demo.start(folder))
    if code != 0:
        raise SystemExit(f'the small demo ends with {code} without any fault:\n{errors[-3000:]}')
    return json.loads(output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('--all', action='store_true')
    parser.add_argument('--seed', type=int, default=random.randrange(1_000_000))
    parser.add_argument('what', nargs='*', default=['disk', 'slow', 'kills', 'purge', 'writers', 'sharing', 'demo'])
    options = parser.parse_args()
    print(f'seed {options.seed}', flush=True)
    tally = Tally()
    if 'disk' in options.what:
        disk.run(tally)
    if 'slow' in options.what:
        slow_disk.run(options.seed + 30, tally)
    if 'kills' in options.what:
        kills.run(options.seed, 40 if options.all else 12, tally)
        if postgres.server():
            with postgres.Database() as database:
                kills.run(options.seed + 1, 20 if options.all else 6, tally, database)
    if 'purge' in options.what:
        purge_kills.run(options.seed, 5, tally)
        if options.all:
            purge_kills.run(options.seed, 0, tally, batches=1000, files=10_000)
        if postgres.server():
            with postgres.Database() as database:
                purge_kills.run(options.seed, 3, tally, database)
    if 'writers' in options.what:
        with postgres.Database() if postgres.server() else contextlib.nullcontext() as database:
            writer_kills.run_all(options.seed + 50, options.all, tally, database)
    if 'sharing' in options.what:
        if postgres.server():
            with postgres.Database() as database:
                sharing.run(tally, database)
        else:
            tally.skip('two servers on one PostgreSQL', 'GYRE_TEST_PG names none')
    if 'demo' in options.what:
        expected = undisturbed()
        for i in range((50 if options.all else 10) // KILLS_A_DEMO):
            demo_kills.run(options.seed + 100 + i, KILLS_A_DEMO, expected, tally)
    tally.close()


main()
