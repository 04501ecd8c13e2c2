"""usage: python3 bench/python [--steps N] [--json]: what a call of log() costs a training, beside MLflow's and W&B's packages, in turn, in the same minutes."""

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "peers"))
import machine  # noqa: E402
import places  # noqa: E402
import servers  # noqa: E402

CALLS = Path(__file__).with_name("calls.py")
ROUNDS = 3
SLOW_STEPS = 100  # of those whose call takes milliseconds
AIM = 100  # times cheaper than MLflow's call


def run(kind, python, steps, environment):
    command = [str(python), str(CALLS), kind, str(steps)]
    done = subprocess.run(command, env={**os.environ, "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "1", **environment}, capture_output=True, text=True, timeout=1800)
    for line in done.stdout.splitlines():
        if line.startswith("RESULT "):
            return json.loads(line[len("RESULT ") :])
    raise SystemExit(f"{kind} ended without a figure:\n{done.stderr[-2000:]}")


def middle(found):
    return {key: statistics.median(one[key] for one in found) for key in found[0]}


def ours(folder):
    port = servers.free_port()
    return servers.Server("gyre server", [str(places.GYRE), "server", "--data-dir", str(folder / "gyre"), "--listen", f"127.0.0.1:{port}"], "/health", port, folder / "gyre.log")


def theirs(folder):
    port = servers.free_port()
    programs = places.DEPS / "python-mlflow3/bin"
    command = [str(programs / "mlflow"), "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
               "--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "mlflow-artifacts")]
    environment = {"PATH": f"{programs}:{os.environ['PATH']}", "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    return servers.Server("mlflow server", command, "/health", port, folder / "mlflow.log", environment)


def measure(folder, steps):
    helper, mlflow, wandb = (places.DEPS / f"python-{name}/bin/python" for name in ("helper", "mlflow3", "bench-wandb"))
    package = {"PYTHONPATH": str(places.ROOT / "python"), "GYRE_SPOOL": str(folder / "spool"), "BENCH_FOLDER": str(folder / "offline")}
    with ours(folder) as house, theirs(folder) as peer:
        plans = [
            ("gyre, to its server", "gyre", helper, steps, {**package, "GYRE_SERVER": house.url}),
            ("gyre, offline", "gyre-offline", helper, steps, package),
            ("mlflow, to its server", "mlflow", mlflow, SLOW_STEPS, {"MLFLOW_TRACKING_URI": peer.url}),
            ("mlflow, to gyre server", "mlflow", mlflow, SLOW_STEPS, {"MLFLOW_TRACKING_URI": house.url}),
            ("wandb, offline", "wandb", wandb, steps, {"WANDB_DIR": str(folder)}),
            ("no logging", "nothing", helper, steps, {}),
        ]
        found = {name: [] for name, *_ in plans}
        for number in range(ROUNDS):
            for name, kind, python, count, environment in plans:
                print(f"round {number + 1}: {name} ...", file=sys.stderr, flush=True)
                found[name].append(run(kind, python, count, environment))
    return {name: middle(rounds) for name, rounds in found.items()}


def show(found, line):
    base = found["gyre, to its server"]
    print(f"\nA call that logs two metrics, in a loop with a pause of 1 ms; medians of {ROUNDS} rounds in turn. CPU: of the process and what it started, without the loop's own\n{line}\n")
    print(f"{'package':26}{'median':>12}{'p99':>12}{'mean':>12}{'CPU a call':>12}{'median, ours = 1':>18}")
    for name, one in found.items():
        cpu = max(one["cpu_us"] - found["no logging"]["cpu_us"], 0)
        if name != "no logging":
            print(f"{name:26}{one['median_us']:9.1f} µs{one['p99_us']:9.1f} µs{one['mean_us']:9.1f} µs{cpu:9.1f} µs{one['median_us'] / base['median_us']:16.1f} x")
    ratio = found["mlflow, to its server"]["median_us"] / base["median_us"]
    print(f"\n{'reached' if ratio >= AIM else 'not reached'}: {ratio:.0f} x cheaper than MLflow's call, aim {AIM} x; {found['wandb, offline']['median_us'] / base['median_us']:.1f} x than W&B's")


def main():
    parser = argparse.ArgumentParser(prog="./gyre-dev bench python", description="What a call of log() costs a training.")
    parser.add_argument("--steps", type=int, default=3000)
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))  # the servers that it started end with it
    before = machine.load_average()
    with tempfile.TemporaryDirectory(prefix="gyre-bench-") as scratch:
        found = measure(Path(scratch), wanted.steps)
    line = f"{os.cpu_count()} cores, load average {before:.1f} before and {machine.load_average():.1f} after"
    if wanted.json:
        print(json.dumps({"machine": line, "figures": found}, indent=1))
    else:
        show(found, line)


main()
