"""What is said to the person at the terminal. A training script never fails by it: trouble is told, once a kind, and raised only where `strict` asks for it."""

from __future__ import annotations

import logging
import sys
import threading

_LOG = logging.getLogger("gyre")
_MAX_KINDS = 1000  # of trouble that is remembered as told


class GyreError(Exception):
    """Raised instead of a warning where `strict=True`."""


def say(text: str, level: int = logging.INFO) -> None:
    """One line, through the logger `gyre` where logging has been set up for it, and else on stderr."""
    try:
        if _LOG.level > level:  # logging.getLogger("gyre").setLevel("ERROR") makes it quiet
            return
        if _LOG.handlers or (logging.getLogger().handlers and _LOG.isEnabledFor(level)):
            _LOG.log(level, "%s", text)
        elif sys.stderr is not None:
            sys.stderr.write(f"gyre: {text}\n")
            sys.stderr.flush()
    except Exception:  # a closed stderr is no reason to end a training
        pass


class Teller:
    """Tells each kind of trouble once and counts the rest. Any thread may call."""

    def __init__(self, strict: bool = False) -> None:
        self.strict = strict
        self._lock = threading.Lock()
        self._told: dict[str, int] = {}

    def renew_lock(self) -> None:
        """In a forked child, where another thread may have held it."""
        self._lock = threading.Lock()

    def warn(self, kind: str, text: str) -> None:
        with self._lock:
            if kind in self._told:
                self._told[kind] += 1
                return
            if len(self._told) >= _MAX_KINDS:
                return
            self._told[kind] = 1
        say(text, logging.WARNING)

    def forget(self, kind: str) -> int:
        """How often this was met since it was told; the next time it is told again."""
        with self._lock:
            return self._told.pop(kind, 0)

    def refuse(self, kind: str, text: str) -> None:
        """What the caller did wrong: an exception where he asked for one."""
        if self.strict:
            raise GyreError(text)
        self.warn(kind, text)
