"""The thread that sends a run's files, with a connection of its own: a checkpoint of gigabytes must not hold up the numbers."""

from __future__ import annotations

import threading
import time
from typing import Dict

from . import _spool
from ._delivery import Delivery, Mark
from ._http import Away, Refused
from ._sender import FIRST_PAUSE_S, LONGEST_PAUSE_S
from ._tell import Teller

_GATHER_S = 0.2  # pictures come in numbers


class Uploads:
    """What the server has is removed from the folder. The thread is started by the first nudge()."""

    def __init__(self, delivery: Delivery, teller: Teller) -> None:
        self._delivery, self._teller = delivery, teller
        self._sent: Dict[str, Mark] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._thread = threading.Thread(target=self._work, name="gyre-uploads", daemon=True)
        self._started = False

    def nudge(self) -> None:
        """Files have come into the folder."""
        self._wake.set()
        with self._lock:
            first, self._started = not self._started, True
        if first:
            try:
                self._thread.start()
            except RuntimeError:  # the interpreter is ending: finish() sends them
                pass

    def finish(self, until: float) -> bool:
        """Whether all files are on the server at the given monotonic time."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(max(until - time.monotonic(), 0) + 0.1)
            if self._thread.is_alive():
                return False
        while any(name not in self._sent for name, _ in _spool.files(self._delivery.folder)):
            if not self._send() and time.monotonic() > until:
                return False
            time.sleep(0.1)
        self._delivery.client.close()
        return True

    def _work(self) -> None:
        pause_s = 0.0
        while not self._closing:
            self._wake.wait(pause_s or None)
            self._wake.clear()
            time.sleep(_GATHER_S)
            pause_s = 0.0 if self._send() else min(max(2 * pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S)

    def _send(self) -> bool:
        try:
            self._delivery.create()
            self._delivery.send_files(True, self._sent)
            return True
        except Away:  # the thread of the numbers tells it
            return False
        except Refused as error:
            if error.status == 404:
                self._delivery.created = False
            self._teller.warn(f"files {error.status}", f"the server does not take files of this run: {error}")
            return False
        except OSError as error:
            self._teller.warn("files", f"cannot send files of {self._delivery.folder}: {error}")
            return False
