"""The small flights demo as a process, and what must be the same in each of its runs."""
import os
import pathlib
import subprocess

from harness.server import BINARY

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAX_LIFE_S = 600
HOUR = len('2001-04-09T00')


def start(folder, *arguments):
    """`gyre demo flights --small --exit --json` on a folder; goes on with what is there."""
    command = [BINARY, 'demo', 'flights', '--small', '--exit', '--json', '--data-dir', str(pathlib.Path(folder) / 'data'), '--listen', '127.0.0.1:0',
               '--data', str(ROOT / '.deps/data/flights-3m.parquet'), '--python', str(ROOT / '.deps/python-flights/bin'),
               '--project-file', str(ROOT / 'examples/flights/gyre.yaml'), *arguments]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors='replace',
                            env={**os.environ, 'NO_COLOR': '1'}, start_new_session=True)


def finish(process):
    """(exit code, output, errors); one that does not end in time is killed."""
    try:
        output, errors = process.communicate(timeout=MAX_LIFE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        output, errors = process.communicate()
    return process.returncode, output, errors


def _story(told):
    """What the seed decides: not latencies, which are measured, nor the seconds by which a step that was killed is late."""
    return {
        'rows scored': told['scored'],
        'rows refused': told['refused'],
        'alerts': [(a['rule'], a['opened'], a['onset'], a['value']) for a in told['alerts']],
        'decisions': [(d['at'][:HOUR], d['policy'], d['verdict']) for d in told['decisions']],
        'weeks': told['weeks'],
        'gain over never': told['gain_over_never'],
    }


def differences(expected, found):
    expected, found = _story(expected), _story(found)
    problems = []
    for name, value in expected.items():
        if found[name] == value:
            continue
        problems.append(f'{name} differ')
        if isinstance(value, list):
            problems += [f'  {a} became {b}' for a, b in zip(value, found[name]) if a != b][:5] + [f'  {len(value)} became {len(found[name])}']
        else:
            problems.append(f'  {value} became {found[name]}')
    return problems
