"""Drives every command of gyre against a real server: run.py [PART...]

Each part is a module beside this file; its functions `case_...` take the world that they act on. What people see is looked at on
terminals of 80 and 160 columns, what programs read through a pipe.
"""
import importlib
import inspect
import pathlib
import signal
import sys
import time
import traceback

sys.path.insert(0, str(pathlib.Path(__file__).parents[1]))
sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness.tally import Tally  # noqa: E402
from world import World  # noqa: E402

PARTS = ('words', 'data', 'pipes', 'runs', 'files', 'fetching', 'models', 'serving', 'following', 'away', 'shells', 'watching', 'views', 'checking', 'served', 'retaining', 'wrapped')
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever starts us may ignore it, and commands would inherit that

SLOW_S = 3  # the suite stays quick because what takes longer says so


def cases(module):
    """In the order in which they stand: later ones may build on what earlier ones made."""
    found = [(name, function) for name, function in inspect.getmembers(module, inspect.isfunction) if name.startswith('case_')]
    return sorted(found, key=lambda pair: pair[1].__code__.co_firstlineno)


def play(tally, world, name, function):
    started = time.monotonic()
    try:
        function(world)
        tally.ok(name)
    except Exception:
        tally.fail(name, traceback.format_exc(limit=-4) + ('' if world.server.alive() else '\nthe server died:\n' + world.server.tail()))
    if time.monotonic() - started > SLOW_S:
        print(f'slow: {name} took {time.monotonic() - started:.1f} s', flush=True)


def main():
    chosen = sys.argv[1:] or PARTS
    tally = Tally()
    with World() as world:
        for part in chosen:
            for name, function in cases(importlib.import_module(part)):
                play(tally, world, f'{part}.{name.removeprefix("case_")}', function)
    tally.close()


main()
