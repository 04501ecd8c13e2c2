"""Finds the processes of a data folder's jobs, and ends them by their ids."""
import os
import pathlib
import signal


def _processes():
    for entry in pathlib.Path('/proc').iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name), entry


def steps_by_run(folder):
    """The processes of the steps that run for this data folder, {process id: id of the step-run}: those that were told of both."""
    found = {}
    for pid, entry in _processes():
        try:
            environment = (entry / 'environ').read_bytes().split(b'\0')
        except OSError:
            continue
        run = next((one for one in environment if one.startswith(b'GYRE_STEP_RUN=')), None)
        if run and any(str(folder).encode() in one for one in environment):
            found[pid] = run.partition(b'=')[2].decode()
    return dict(sorted(found.items()))


def steps(folder):
    """The process ids of the steps that run for this data folder."""
    return list(steps_by_run(folder))


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
