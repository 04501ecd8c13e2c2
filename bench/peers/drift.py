"""A drift report of two Parquet files beside Evidently's: 20 numeric and 5 text columns."""

import os
import re
import subprocess
import time

import figures
import places

ROWS, MANY_ROWS = 100_000, 1_000_000
ROUNDS = 3


def make_data(folder, count):
    place = folder / f"drift-{count}"
    place.mkdir()
    subprocess.run([places.python("evidently") / "python", places.HERE / "drift_data.py", str(count), str(place)], check=True)
    return place / "reference.parquet", place / "current.parquet"


def spent(command, environment=None):
    """CPU and wall milliseconds of a command as a whole process, and what it said on standard error."""
    started = time.monotonic()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})}) as process:
        said = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    # 6: the report's answer is that there is drift
    if process.returncode not in (0, 6):
        raise SystemExit(f"{command[0]} failed:\n{said[-2000:]}")
    return figures.Figure(1e3 * (usage.ru_utime + usage.ru_stime), 1e3 * (time.monotonic() - started)), said


def ours(files):
    return spent([str(places.GYRE), "monitor", "report", *map(str, files), "--json"])[0]


def evidently(files):
    """The report alone, which is the part that could not be saved by keeping a process warm; the remark has the whole process."""
    whole, said = spent([str(places.python("evidently") / "python"), str(places.HERE / "evidently_report.py"), *map(str, files)], {"DO_NOT_TRACK": "1"})
    cpu, wall = map(float, re.search(r"cpu_s=([\d.]+) wall_s=([\d.]+)", said).groups())
    return figures.Figure(1e3 * cpu, 1e3 * wall, f"its whole process {whole.cpu_ms / 1e3:.1f} s CPU")


def report(_driver, folder):
    files, many = make_data(folder, ROWS), make_data(folder, MANY_ROWS)
    here = min((ours(files) for _ in range(ROUNDS)), key=lambda figure: figure.cpu_ms)
    there = evidently(files)
    large = min((ours(many) for _ in range(ROUNDS)), key=lambda figure: figure.cpu_ms)
    return [
        figures.Row("drift report, 100 k rows x 25 columns", "Evidently, report alone", here, there, 50, "quantiles of the reference by selection, binning, and starting DuckDB in a process of its own"),
        figures.Row("drift report, 1 M rows x 25 columns", "", large),
    ]
