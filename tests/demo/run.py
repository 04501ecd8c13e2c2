"""The small demo and its controls: the loop closes where the timetable changed, and only there."""
import json
import pathlib
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
from harness import demo  # noqa: E402
from harness.server import check  # noqa: E402
from harness.tally import Tally  # noqa: E402

# What each shows; `gyre demo flights --exit` itself tells by its exit code whether it did.
PLANS = {
    'small demo': ([], 'an alarm leads through waiting, retraining and gate to a promotion, and the gain is above zero'),
    'weeks shuffled': (['--control', 'shuffled'], 'no timetable alarm'),
    'March alone': (['--control', 'march'], 'no promotion on an alarm'),
}
BASELINE = demo.ROOT / 'build/test/demo-small.json'


def play(name, arguments, shows, tally):
    folder = pathlib.Path(tempfile.mkdtemp(prefix='gyre-demo.'))
    started = time.monotonic()
    try:
        code, output, errors = demo.finish(demo.start(folder, *arguments))
        tally.case(f'{name}: {shows}', [] if code == 0 else [f'exit code {code}', output[-3000:], errors[-3000:]])
        if not arguments and code == 0:
            BASELINE.parent.mkdir(parents=True, exist_ok=True)
            BASELINE.write_text(json.dumps(json.loads(output)))
        print(f'{name}: {time.monotonic() - started:.0f} s', flush=True)
        code, said = check(folder)
        tally.case(f'{name}: gyre check', [] if code == 0 else [said])
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    tally = Tally()
    for name, (arguments, shows) in PLANS.items():
        play(name, arguments, shows, tally)
    tally.close()


if __name__ == '__main__':
    main()
