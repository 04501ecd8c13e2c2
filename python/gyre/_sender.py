"""The thread that sends the events of one process's run as they come, waits while the server is away, and asks whether the run is to stop."""

from __future__ import annotations

import random
import threading
import time
from typing import Optional

from ._delivery import Behind, Delivery, Stream
from ._http import Away, Refused
from ._tell import Teller, say

SEND_S = 0.5  # events are gathered as long
SIGNAL_S = 5.0  # how often the server is asked whether the run is to stop
BEAT_S = 20  # how often it hears that the run lives
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0


class Sender:
    """The thread of one process's run. start() begins it; finish() waits until all has been sent."""

    def __init__(self, delivery: Delivery, source: str, behind: Behind, teller: Teller) -> None:
        self._delivery, self._teller, self._behind = delivery, teller, behind
        self._stream = Stream(delivery, source, behind)
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._away_since: Optional[float] = None
        self._pause_s = 0.0
        self._next_signal = self._next_beat = 0.0
        self.wants_signal = False
        self.stop, self.stop_reason = False, ""
        self.refused = ""  # why nothing more is sent
        self._thread = threading.Thread(target=self._work, name="gyre-sender", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def nudge(self) -> None:
        self._wake.set()

    def create_now(self) -> None:
        """For `strict`: the run is on the server when this returns; raises what stands in the way."""
        with self._lock:
            self._delivery.create()

    def finish(self, until: float, away_until: float) -> bool:
        """Sends what is left until the given monotonic time, or the other one while the server is away; whether all is there."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(max(away_until - time.monotonic(), 0) + 0.1)
        if not self._lock.acquire(timeout=max(until - time.monotonic(), 0.1)):  # it is amid a request
            return False
        try:
            while not (self._delivery.created and self.owed() <= 0):
                now = time.monotonic()
                if self.refused or now > until or (self.is_away and now > away_until):
                    return False
                if not self._turn():
                    time.sleep(0.2)
            return True
        finally:
            self._lock.release()
            self._delivery.client.close()

    @property
    def is_away(self) -> bool:
        return self._away_since is not None

    def owed(self) -> int:
        """Events that the server has not got."""
        return self._behind.position - self._stream.position

    def _work(self) -> None:
        while not self._closing:
            self._wake.wait(SIGNAL_S if not self._pause_s else self._pause_s)
            self._wake.clear()
            if self._closing or self.refused:
                return
            with self._lock:
                self._turn()
            end = time.monotonic() + max(SEND_S, self._pause_s)
            while not self._closing and (left := end - time.monotonic()) > 0:
                time.sleep(min(left, 0.1))

    def _turn(self) -> bool:
        """Sends all that lies there; false where the server is away."""
        try:
            self._delivery.create()
            while self._stream.send_some():
                if self._away_since is not None:
                    self._told_back()
            self._beat()
            self._ask_for_signal()
            self._told_back()
            return True
        except Away as error:
            self._told_away(str(error))
        except Refused as error:
            self._told_refused(error)
        except Exception as error:
            self._told_away(f"{type(error).__name__}: {error}")
        return False

    def _beat(self) -> None:
        if self._closing or time.monotonic() < self._next_beat:
            return
        self._next_beat = time.monotonic() + BEAT_S
        try:
            self._delivery.beat(BEAT_S)
        except Refused:  # it has been deleted, or the server knows no heartbeats
            pass

    def _ask_for_signal(self) -> None:
        if not self.wants_signal or self._closing or time.monotonic() < self._next_signal:
            return
        self._next_signal = time.monotonic() + SIGNAL_S
        try:
            stop, reason = self._delivery.signal()
        except Refused as error:
            if error.status in (404, 405):
                return  # a server that knows no stop signals
            raise
        if stop and not self.stop:
            self.stop, self.stop_reason = True, reason
            say("the server asks this run to stop" + (f": {reason}" if reason else ""))

    def _told_away(self, why: str) -> None:
        if self._away_since is None:
            self._away_since = time.monotonic()
            self._teller.warn("away", f"{why}. The run goes on and is kept in {self._delivery.folder}; it is sent when the server is back")
        self._pause_s = min(max(2 * self._pause_s, FIRST_PAUSE_S), LONGEST_PAUSE_S) * random.uniform(0.8, 1.0)

    def _told_back(self) -> None:
        self._pause_s = 0.0
        if self._away_since is None:
            return
        away_s, self._away_since = time.monotonic() - self._away_since, None
        self._teller.forget("away")
        say(f"{self._delivery.client.server} is back after {away_s:.0f} s; nothing was lost")

    def _told_refused(self, error: Refused) -> None:
        if error.status == 404 and self._delivery.created:  # a server that was set up anew
            self._delivery.created = False
            self._stream.begin_again()
            self._pause_s = FIRST_PAUSE_S
            return
        if error.status in (401, 403):  # it may be allowed later
            self._told_away(f"{self._delivery.client.server}: {error}")
            self._pause_s = LONGEST_PAUSE_S
            return
        self.refused = str(error)
        self._teller.warn("refused", f"the server refuses this run: {error}. It is kept in {self._delivery.folder}; `gyre sync` sends it when that is mended")
