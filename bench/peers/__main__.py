"""usage: python3 bench/peers [--tracking [--small] [--database sqlite|postgres]] [--only NAME]... [--json]: ours beside the products that it replaces, in the same minutes."""

import argparse
import functools
import os
import signal
import sys
import tempfile
from pathlib import Path

import build
import drift
import load
import machine
import report
import scoring
import setting
import start
import tracking
import tracking_engine

MEASURES = {
    "score-fastapi": scoring.one_row_fastapi,
    "score-100-fastapi": scoring.hundred_rows_fastapi,
    "score-mlflow": scoring.one_row_mlflow,
    "log-metric": tracking.log_metric,
    "log-batch": tracking.log_batch,
    "create-run": tracking.create_run,
    "drift": drift.report,
    "start": start.facts,
    "build": build.facts,
}


def engine(chosen):
    """The measures of tracking at size, called as the others are."""
    return {name: functools.partial(measure, setting=chosen) for name, measure in tracking_engine.MEASURES.items()}


def main():
    parser = argparse.ArgumentParser(prog="./gyre-dev bench", description="Ours beside the products that it replaces, in the same minutes.")
    names = [*MEASURES, *(name for name in tracking_engine.MEASURES if name not in MEASURES)]
    parser.add_argument("--only", action="append", choices=names, metavar="NAME", help="one of: " + ", ".join(names))
    parser.add_argument("--tracking", action="store_true", help="the tracking engine alone, at size")
    parser.add_argument("--small", action="store_true", help="with --tracking: a few hundredths of the size")
    parser.add_argument("--database", choices=["sqlite", "postgres"], default="sqlite", help="with --tracking: what both servers write to")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # the servers that it started end with it
    measures = engine(setting.Setting(setting.SMALL if wanted.small else setting.FULL, wanted.database)) if wanted.tracking else MEASURES
    found = []
    before = machine.load_average()
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as scratch:
        driver = load.Driver(Path(scratch))
        for name in wanted.only or measures:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            place = Path(scratch) / name
            place.mkdir()
            found += measures[name](driver, place)
    line = f"{os.cpu_count()} cores, load average {before:.1f} before and {machine.load_average():.1f} after: on a busy machine trust the ratios of CPU, not wall"
    report.show(found, wanted.json, line)


if __name__ == "__main__":
    main()
