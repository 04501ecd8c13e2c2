"""From a call of log() to the disk: calls append to a ring in memory, a thread of its own writes them to the run's folder.

What is in the ring is lost with the process: at most the last FLUSH_S seconds. What has been written survives `kill -9`, what has been synced a power cut.
"""

from __future__ import annotations

import collections
import threading
import time
from typing import Callable, Deque, List, Tuple, Union

from ._events import Encoder, Entry, Event
from ._spool import Full, Log
from ._tell import Teller

FLUSH_S = 0.2
SYNC_S = 1.0
STUCK_S = 1.0  # between attempts where the disk takes nothing
HEARTBEAT_S = 10.0
RING_ENTRIES = 100_000
RING_WAIT_S = 0.2  # the longest that a call waits where the ring is full
_MAX_KEPT_BYTES = 16 << 20  # that the disk does not take; what comes then stays in the ring
_BATCH = 2000  # entries written at a time, so that whoever waits for the lock gets it soon


class Job:
    """Work for the writer's thread, such as encoding a picture."""

    __slots__ = ("work",)

    def __init__(self, work: Callable[[], None]) -> None:
        self.work = work


Item = Union[Entry, Job]


class Writer:
    """Any thread may put, drain and flush; the thread is started by the first start() and ends with close()."""

    def __init__(self, log: Log, teller: Teller, on_written: Callable[[], None]) -> None:
        self.ring: Deque[Item] = collections.deque()
        self.dropped = 0
        self._log, self._teller, self._on_written = log, teller, on_written
        self._encoder = Encoder(lambda key, name: teller.warn(f"renamed {key}", f"the name {key!r} has signs that a name may not have; it is logged as {name!r}"))
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._stuck = False  # the disk takes nothing at present
        self._kept = b""  # whole lines that are not on the disk
        self._kept_n = 0  # number of the first of them
        self._gap = False  # some of them went to the server and never to the disk
        self._last_sync = self._last_event = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="gyre-writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def put(self, item: Item) -> None:
        """Microseconds, and never an exception."""
        self.ring.append(item)
        if len(self.ring) > RING_ENTRIES:
            self.make_room()

    def make_room(self) -> None:
        """Whoever logs faster than the thread writes waits for it, a moment at most. A disk that takes nothing costs the newest entries, and no time."""
        end = time.monotonic() + RING_WAIT_S
        while len(self.ring) > RING_ENTRIES - _BATCH and not self._stuck and time.monotonic() < end:
            self._wake.set()
            if self._thread.is_alive():
                time.sleep(0.001)
            elif self._lock.acquire(timeout=RING_WAIT_S):
                try:
                    self._write(_BATCH)
                finally:
                    self._lock.release()
        if len(self.ring) <= RING_ENTRIES:
            return
        self._stuck = True
        try:
            self.ring.pop()
        except IndexError:
            return
        self.dropped += 1
        self._teller.warn("dropped", f"{self._log.folder} takes no more: what is logged now is lost until there is room; training goes on")

    def flush(self) -> bool:
        """All that was put is on the disk, as far as the disk takes it."""
        with self._lock:
            while self._write(_BATCH):
                pass
            self._sync()
            return not self._kept

    def close(self, join: bool = True) -> None:
        self._closing = True
        self._wake.set()
        if join and self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join(timeout=2)
        self.flush()
        with self._lock:
            self._log.close()

    @property
    def position(self) -> int:
        """How many events this source has, those in the ring left aside."""
        return self._encoder.next_n

    def kept_from(self, n: int, most: int) -> List[bytes]:
        """Lines from number n on that the disk has not taken: they may go to the server from here."""
        with self._lock:
            skip = n - self._kept_n
            return self._kept.split(b"\n")[:-1][skip : skip + most] if self._kept and skip >= 0 else []

    def server_has(self, position: int) -> None:
        """What the server has need not go to the disk any more."""
        with self._lock:
            if self._kept and position > self._kept_n:
                lines = self._kept.splitlines(True)[position - self._kept_n :]
                self._kept, self._kept_n, self._gap = b"".join(lines), position, True

    def removed(self, size_bytes: int) -> None:
        with self._lock:
            self._log.removed(size_bytes)

    def _work(self) -> None:
        while not self._closing:
            self._wake.wait(FLUSH_S if not self._stuck else STUCK_S)
            self._wake.clear()
            try:
                self._beat()
            except Exception as error:  # the thread lives as long as the run
                self._teller.warn("writer", f"cannot write what was logged: {type(error).__name__}: {error}")

    def _beat(self) -> None:
        more = True
        while more and not self._closing:
            with self._lock:
                more = self._write(_BATCH)
        now = time.monotonic()
        if now - self._last_event > HEARTBEAT_S:
            self._last_event = now
            self.ring.append(Event(type="heartbeat", at=time.time_ns() // 1_000_000))
        if now - self._last_sync > SYNC_S:
            with self._lock:
                self._sync()

    def _write(self, most: int) -> bool:
        """Moves entries to the disk; false where there are no more, or where it takes none."""
        entries, jobs = self._take(most)
        for job in jobs:
            self._do(job)
        if entries:
            self._last_event = time.monotonic()
            if not self._kept:
                self._kept_n = self._encoder.next_n
            self._kept += self._encoder.lines(entries)
        if not self._kept:
            return bool(jobs)
        try:
            if self._gap:
                self._log.begin_anew()
            self._log.append(self._kept)
        except OSError as error:
            self._stuck = True
            why = str(error.strerror) if isinstance(error, Full) else f"{error.strerror or error}"
            self._teller.warn("disk", f"cannot write to {self._log.folder}: {why}. Training goes on; make room, or what is logged beyond {RING_ENTRIES:,} calls is lost")
            self._on_written()  # the server may take it all the same
            return False
        self._kept = b""
        self._gap = False
        if self._stuck:
            self._stuck = False
            lost, self.dropped = self.dropped, 0
            self._teller.forget("disk")
            self._teller.forget("dropped")
            self._teller.warn("room", f"{self._log.folder} takes what is logged again" + (f"; {lost:,} calls of log() were lost" if lost else "; nothing was lost"))
            self._teller.forget("room")
        self._on_written()
        return True

    def _take(self, most: int) -> Tuple[List[Entry], List[Job]]:
        entries: List[Entry] = []
        jobs: List[Job] = []
        if len(self._kept) >= _MAX_KEPT_BYTES:  # the rest waits in the ring, which is bounded
            return entries, jobs
        ring = self.ring
        try:
            for _ in range(most):
                item = ring.popleft()
                if isinstance(item, Job):
                    jobs.append(item)
                else:
                    entries.append(item)
        except IndexError:
            pass
        return entries, jobs

    def _do(self, job: Job) -> None:
        try:
            job.work()
        except Exception as error:
            self._teller.warn(f"job {type(error).__name__}", f"cannot keep a file of the run: {error}")

    def _sync(self) -> None:
        self._last_sync = time.monotonic()
        try:
            self._log.sync()
        except OSError as error:
            self._teller.warn("sync", f"cannot sync {self._log.folder}: {error}")
