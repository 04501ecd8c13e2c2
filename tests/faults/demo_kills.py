"""kill -9 of the small demo and its steps: started again it goes on, decides as one that nobody disturbed, and `gyre check` is clean."""
import collections
import json
import pathlib
import random
import shutil
import signal
import subprocess
import tempfile
import time

import victims
from harness import demo
from harness.server import check

MAX_LIFE_S = 600
RETRIES = 1  # of each step in examples/flights/gyre.yaml: one that is killed more often has failed, and is decided upon as that


def live(folder, rng, kills):
    """Starts the demo until it ends by itself; kills it, or a step, at random moments. (exit code, output, what was killed)"""
    struck, hits, end = [], collections.Counter(), time.monotonic() + MAX_LIFE_S
    while time.monotonic() < end:
        process = demo.start(folder)
        while len(struck) < kills and process.poll() is None:
            try:
                process.wait(rng.uniform(1, 6))
                break
            except subprocess.TimeoutExpired:
                kind = rng.choice(['demo', 'demo', 'step'])
                steps = {pid: run for pid, run in victims.steps_by_run(folder).items() if hits[run] < RETRIES}
                if kind == 'step' and steps:
                    pid = rng.choice(list(steps))
                    victims.kill(pid)
                    hits[steps[pid]] += 1
                    struck.append('step')
                    continue
                process.send_signal(signal.SIGKILL)
                struck.append('demo')
                break
        try:
            output, errors = process.communicate(timeout=max(1, end - time.monotonic()))
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            break
        if process.returncode != -signal.SIGKILL:
            return process.returncode, output, errors, struck
    return None, '', f'has not ended in {MAX_LIFE_S} s', struck


def run(seed, kills, expected, tally):
    name = f'demo, seed {seed}'
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-demo-faults.'))
    try:
        code, output, errors, struck = live(folder, random.Random(seed), kills)
        print(f'{name}: killed {", ".join(struck) or "nothing"}', flush=True)
        tally.passed += len(struck)
        if code != 0:
            tally.fail(name, f'exit code {code}\n{errors[-3000:]}')
            return
        tally.case(f'{name}: decides as if nobody had disturbed it', demo.differences(expected, json.loads(output)))
        code, said = check(folder)
        tally.case(f'{name}: gyre check', [] if code == 0 else [said])
    finally:
        victims.end_all(folder)
        shutil.rmtree(folder, ignore_errors=True)
