"""usage: python3 bench/peers [--only NAME]... [--json]: ours beside the products that it replaces, in the same minutes."""

import argparse
import os
import sys
import tempfile
from pathlib import Path

import build
import drift
import load
import machine
import report
import scoring
import start
import tracking

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


def main():
    parser = argparse.ArgumentParser(prog="./gyre-dev bench peers", description="Ours beside the products that it replaces, in the same minutes.")
    parser.add_argument("--only", action="append", choices=MEASURES, metavar="NAME", help="one of: " + ", ".join(MEASURES))
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = []
    before = machine.load_average()
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as scratch:
        driver = load.Driver(Path(scratch))
        for name in wanted.only or MEASURES:
            print(f"measuring {name} ...", file=sys.stderr, flush=True)
            place = Path(scratch) / name
            place.mkdir()
            found += MEASURES[name](driver, place)
    line = f"{os.cpu_count()} cores, load average {before:.1f} before and {machine.load_average():.1f} after: on a busy machine trust the ratios of CPU, not wall"
    report.show(found, wanted.json, line)


if __name__ == "__main__":
    main()
