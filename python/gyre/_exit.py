"""How a process ends, and what its runs are told: an exception, sys.exit, ^C, SIGTERM, the plain end; and what becomes of them in a forked child."""

from __future__ import annotations

import atexit
import os
import signal
import sys
import threading
import types
from typing import Any, Dict, NoReturn, Optional, Protocol, Type

FINISHED, FAILED, KILLED = "FINISHED", "FAILED", "KILLED"
_TERM_WAIT_S = 5.0


class Ends(Protocol):
    """A run, as far as this file knows it."""

    id: str

    def finish(self, status: str = ..., *, timeout: Optional[float] = ...) -> bool: ...
    def tell_exception(self, kind: Type[BaseException], error: BaseException, trace: Optional[types.TracebackType]) -> None: ...
    def forked(self) -> None: ...
    def flush(self) -> bool: ...


_live: Dict[int, Ends] = {}
_outcome = FINISHED
_installed = False
_pid = os.getpid()


def watch(run: Ends) -> None:
    _live[id(run)] = run
    _install()


def forget(run: Ends) -> None:
    _live.pop(id(run), None)


def outcome_of(kind: Optional[Type[BaseException]], error: Optional[BaseException]) -> str:
    """The status of a run whose block was left so."""
    if kind is None:
        return FINISHED
    if issubclass(kind, SystemExit):
        code = getattr(error, "code", None)
        return FINISHED if code is None or code == 0 else FAILED
    return KILLED if issubclass(kind, KeyboardInterrupt) else FAILED


def _install() -> None:
    global _installed
    if _installed:
        return
    _installed = True
    atexit.register(_at_exit)
    _watch_exceptions()
    _watch_exit()
    _watch_term()
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=_after_fork)


def _at_exit() -> None:
    for run in list(_live.values()):
        run.finish(_outcome)


def _watch_exceptions() -> None:
    before = sys.excepthook

    def hook(kind: Type[BaseException], error: BaseException, trace: Optional[types.TracebackType]) -> Any:
        global _outcome
        _outcome = outcome_of(kind, error)
        for run in list(_live.values()):
            run.tell_exception(kind, error, trace)
        return before(kind, error, trace)

    sys.excepthook = hook


def _watch_exit() -> None:
    """At the end of the process nothing else tells its exit code."""
    before = sys.exit

    def leave(status: Any = None, /) -> NoReturn:
        global _outcome
        if threading.current_thread() is threading.main_thread():
            _outcome = FINISHED if status is None or status == 0 else FAILED
        before(status)

    sys.exit = leave


def _watch_term() -> None:
    """A scheduler's SIGTERM would end the process without a word to the run. A handler that the script has set is left alone."""
    try:
        if threading.current_thread() is not threading.main_thread() or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            return
        signal.signal(signal.SIGTERM, _on_term)
    except (ValueError, OSError):
        pass


def _on_term(number: int, _frame: Optional[types.FrameType]) -> None:
    def end() -> None:
        for run in list(_live.values()):
            run.finish(KILLED, timeout=_TERM_WAIT_S / 2)

    # In a thread, since the signal may have come while the main one held a lock of ours.
    thread = threading.Thread(target=end, daemon=True)
    try:
        thread.start()
        thread.join(_TERM_WAIT_S)
    except RuntimeError:  # the interpreter is ending already
        pass
    signal.signal(number, signal.SIG_DFL)
    os.kill(os.getpid(), number)


def _after_fork() -> None:
    global _outcome
    _outcome = FINISHED
    for run in list(_live.values()):
        run.forked()


def flush_at_end_of_child(run: Ends) -> None:
    """multiprocessing's children leave by os._exit, past atexit; it has an own list of what is to be done before."""
    util = sys.modules.get("multiprocessing.util")
    if util is not None:
        util.Finalize(None, _finish_child, args=(id(run),), exitpriority=100)


def _finish_child(key: int) -> None:
    run = _live.get(key)
    if run is not None:
        run.finish()
