"""Logs two metrics a step, as a training loop does, with one of the packages: calls.py gyre|gyre-offline|mlflow|wandb|nothing STEPS. Prints what a call cost.

A step of training is a pause of a millisecond. CPU is of this process and of all that it started, from before the run until it has ended.
"""

import json
import os
import resource
import sys
import time

PAUSE_S = 0.001


def cpu_seconds():
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)))


def nothing():
    return lambda values, step: None, lambda: None


def gyre(**more):
    import gyre as package

    run = package.start("bench", **more)
    return run.log, run.finish


def mlflow():
    import mlflow as package

    package.set_experiment("bench")
    package.start_run()
    return lambda values, step: package.log_metrics(values, step=step), package.end_run


def wandb():
    import wandb as package

    run = package.init(project="bench", mode="offline", settings=package.Settings(silent=True, console="off"))
    return lambda values, step: run.log(values, step=step), run.finish


KINDS = {"gyre": gyre, "gyre-offline": lambda: gyre(offline=os.environ["BENCH_FOLDER"]), "mlflow": mlflow, "wandb": wandb, "nothing": nothing}


def main():
    kind, steps = sys.argv[1], int(sys.argv[2])
    log, finish = KINDS[kind]()
    for step in range(5):  # first calls make connections and caches
        log({"loss": 1.0, "accuracy": 0.0}, step)
    calls = []
    cpu = cpu_seconds()
    for step in range(5, steps + 5):
        values = {"loss": 1 / step, "accuracy": step / (steps + 5)}
        began = time.perf_counter()
        log(values, step)
        calls.append(time.perf_counter() - began)
        time.sleep(PAUSE_S)
    finish()
    cpu = cpu_seconds() - cpu
    calls.sort()
    told = {"median_us": 1e6 * calls[len(calls) // 2], "p99_us": 1e6 * calls[len(calls) * 99 // 100], "mean_us": 1e6 * sum(calls) / len(calls), "cpu_us": 1e6 * cpu / steps}
    print("RESULT " + json.dumps(told))


main()
