"""Finds the processes of a data folder's jobs, and ends them by their ids."""
import os
import pathlib
import signal


def _processes():
    for entry in pathlib.Path('/proc').iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name), entry


def steps(folder):
    """The process ids of the steps that run for this data folder: those that were told of a step-run and of a path in it."""
    found = []
    for pid, entry in _processes():
        try:
            environment = (entry / 'environ').read_bytes()
        except OSError:
            continue
        if b'GYRE_STEP_RUN=' in environment and str(folder).encode() in environment:
            found.append(pid)
    return sorted(found)


def watchers(folder):
    """The process ids of the small programs that watch over this folder's jobs."""
    found = []
    for pid, entry in _processes():
        try:
            command = (entry / 'cmdline').read_bytes()
        except OSError:
            continue
        if b'exec-shim' in command and str(folder).encode() in command:
            found.append(pid)
    return sorted(found)


def kill(pid):
    try:
        os.kill(pid, signal.SIGKILL)
        return True
    except ProcessLookupError:
        return False


def end_all(folder):
    """Nothing of the folder runs on when its test is over."""
    for pid in watchers(folder) + steps(folder):
        kill(pid)
