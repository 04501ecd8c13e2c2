"""From the run's folder to the server: a thread that sends what lies there, as often as it takes, and each event takes effect once.

The server keeps how many events of each source it has, so nothing here has to remember what was sent: a lost answer is asked for again.
"""

from __future__ import annotations

import json
import random
import threading
import time
import urllib.parse
from pathlib import Path
from typing import Any, Dict, List, Optional, Protocol, Tuple

from . import _spool
from ._http import Away, Client, Refused
from ._tell import Teller, say

SEND_S = 0.5  # events are gathered as long
SIGNAL_S = 5.0  # how often the server is asked whether the run is to stop
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.5, 15.0
_MAX_BYTES, _MAX_EVENTS, _MAX_COMMAS = 1 << 20, 5000, 40_000  # of one request; a comma stands before nearly each point


Mark = Tuple[int, int]  # size and time of change of a file as it was sent


class Behind(Protocol):
    """What the sender needs to know of the writer of the same process."""

    @property
    def position(self) -> int: ...
    def kept_from(self, n: int, most: int) -> List[bytes]: ...
    def server_has(self, position: int) -> None: ...
    def removed(self, size_bytes: int) -> None: ...


class Delivery:
    """Brings one run to a server: the run itself, the events of its sources, its files. One thread at a time; raises Away and Refused."""

    def __init__(self, client: Client, folder: Path, head: Dict[str, Any], teller: Teller, made_elsewhere: bool = False) -> None:
        self._made_elsewhere = made_elsewhere
        self.client, self.folder, self.head, self.teller = client, folder, head, teller
        self.created = False
        self._files_root = ""
        self.events_sent = self.files_sent = 0
        self._path = "/api/v1/runs/" + urllib.parse.quote(str(head["id"]), safe="")

    def create(self) -> None:
        if self.created:
            return
        if self._made_elsewhere:
            self._see()
            return
        known = ("id", "experiment", "experiment_name", "name", "started_at", "tags", "user")
        self.client.call("POST", "/api/v1/runs", _json({key: self.head[key] for key in known if self.head.get(key)}), _JSON)
        self.created = True

    def _see(self) -> None:
        try:
            self.client.call("GET", self._path)
        except Refused as error:
            if error.status != 404:
                raise
            raise Away(f"{self.client.server} has no run {self.head['id']} yet") from error
        self.created = True

    def position(self, source: str) -> int:
        told = self.client.call("GET", f"{self._path}/log?source={urllib.parse.quote(source)}")
        rows = told.get("rows") or []
        return int(rows[0]["position"]) if rows else 0

    def send(self, source: str, first: int, lines: List[bytes]) -> int:
        """The source's position on the server after it."""
        body = b'{"source":%b,"from":%d,"events":[%b]}' % (json.dumps(source).encode(), first, b",".join(lines))
        told = self.client.call("POST", self._path + "/log", body, _JSON)
        for one in told.get("refusals") or []:
            self.teller.warn(f"refused {one.get('why')}", f"the server left something out: {one.get('why')}")
        self.events_sent += len(lines)
        return int(told["position"])

    def send_files(self, remove: bool, sent: Dict[str, Mark]) -> None:
        """Those that are new or have changed since `sent` was noted. One that the server refuses is told of and stays."""
        for name, path in _spool.files(self.folder):
            try:
                mark = _mark(path)
                if sent.get(name) == mark:
                    continue
                self._send_file(name, path)
                self.files_sent += 1
                if remove and _mark(path) == mark:
                    path.unlink()
            except FileNotFoundError:  # replaced or removed in the meantime
                continue
            except Refused as error:
                if error.status in (401, 403, 404):
                    raise
                self.teller.warn(f"file {name}", f"the server refuses the file {name}: {error}")
            sent[name] = mark

    def _send_file(self, name: str, path: Path) -> None:
        if not self._files_root:
            told = self.client.call("GET", "/api/2.0/mlflow/runs/get?run_id=" + urllib.parse.quote(str(self.head["id"])))
            uri = str(told["run"]["info"]["artifact_uri"])
            if not uri.startswith("mlflow-artifacts:/"):
                raise Refused(400, f"files of this run lie at {uri}, which this server does not serve")
            self._files_root = "/api/2.0/mlflow-artifacts/artifacts/" + urllib.parse.quote(uri[len("mlflow-artifacts:") :].strip("/"))
        self.client.call("PUT", f"{self._files_root}/{urllib.parse.quote(name)}", path)

    def signal(self) -> Tuple[bool, str]:
        told = self.client.call("GET", self._path + "/signal")
        return bool(told.get("stop")), str(told.get("reason") or "")


class Stream:
    """One source of a run on its way: where the server is, and what comes next."""

    def __init__(self, delivery: Delivery, source: str, behind: Optional[Behind] = None) -> None:
        self._delivery, self._source, self._behind = delivery, source, behind
        self._reader = _spool.Reader(delivery.folder, source)
        self.position = 0  # events that the server has of it
        self._most = _MAX_EVENTS

    def send_some(self) -> bool:
        """False where there is nothing to send."""
        first, lines = self._next()
        if not lines:
            return False
        try:
            position = self._delivery.send(self._source, first, lines)
        except Refused as error:
            if error.status == 409:
                self._find_position(first)
                return True
            if error.status not in (400, 413):
                raise
            if len(lines) > 1:  # one of them is wrong, or all together are too much
                self._most = max(len(lines) // 2, 1)
                return True
            self._delivery.teller.warn(f"event {error}", f"the server does not take event {first} of {self._source}, which stays in {self._delivery.folder}: {error}")
            position = self._delivery.send(self._source, first, [b'{"type":"heartbeat"}'])  # those after it are not held up
        self._most = min(self._most * 2, _MAX_EVENTS)
        if position < first + len(lines):
            raise Away(f"{self._delivery.client.server} took {position} of {first + len(lines)} events")
        self._moved_to(position)
        return True

    def _next(self) -> Tuple[int, List[bytes]]:
        first, lines = self._reader.read(_MAX_BYTES, self._most)
        while lines and first < self.position:  # the server has these
            self._reader.advance(lines[: self.position - first])
            first, lines = self._reader.read(_MAX_BYTES, self._most)
        if not lines and self._behind is not None:
            first, lines = self.position, self._behind.kept_from(self.position, self._most)
        return first, _within(lines)

    def _moved_to(self, position: int) -> None:
        self.position = position  # the reader follows when it is asked next
        if self._behind is not None:
            self._behind.server_has(position)
            if self._reader.read_bytes() > _spool.KEPT_BYTES:
                self._behind.removed(self._reader.remove_read())

    def begin_again(self) -> None:
        self._reader.rewind()
        self.position = 0

    def _find_position(self, first: int) -> None:
        """The server did not go on at `first`: it has more of the source by another sender, or less since it was set back."""
        found = self._delivery.position(self._source)
        if found == self.position and first > found:
            raise Refused(409, f"the server lacks events {found} to {first - 1} of {self._source}, and they are no longer here")
        if found < self.position:
            self._reader.rewind()
        self.position = found


class Sender:
    """The thread of one process's run. start() begins it; finish() waits until all has been sent."""

    def __init__(self, delivery: Delivery, source: str, behind: Behind, teller: Teller, own_folder: bool) -> None:
        self._delivery, self._teller, self._behind = delivery, teller, behind
        self._stream = Stream(delivery, source, behind)
        self._own_folder = own_folder
        self._files_sent: Dict[str, Mark] = {}
        self._lock = threading.Lock()
        self._wake = threading.Event()
        self._closing = False
        self._away_since: Optional[float] = None
        self._pause_s = 0.0
        self._next_signal = 0.0
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

    def finish(self, until: float) -> bool:
        """Sends what is left until the given monotonic time; whether all is there."""
        self._closing = True
        self._wake.set()
        if self._thread.is_alive():
            self._thread.join(timeout=max(until - time.monotonic(), 0) + 0.1)
        if not self._lock.acquire(timeout=max(until - time.monotonic(), 0.1)):
            return False
        try:
            while not self._all_sent():
                if self.refused or time.monotonic() > until:
                    return False
                if not self._turn():
                    time.sleep(min(0.2, max(until - time.monotonic(), 0)))
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
            self._delivery.send_files(self._own_folder, self._files_sent)
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

    def _all_sent(self) -> bool:
        return self._delivery.created and self.owed() <= 0 and all(name in self._files_sent for name, _ in _spool.files(self._delivery.folder))

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


_JSON = {"Content-Type": "application/json"}


def _mark(path: Path) -> Mark:
    state = path.stat()
    return state.st_size, state.st_mtime_ns


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _within(lines: List[bytes]) -> List[bytes]:
    """As many of them as one request may hold."""
    commas = 0
    for count, line in enumerate(lines):
        commas += line.count(b",")
        if commas > _MAX_COMMAS and count:
            return lines[:count]
    return lines
