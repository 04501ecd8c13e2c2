"""What brings a run to a server: the run, the events of its sources, its files. The server keeps how many events of each source it has, so nothing here has to
remember what was sent: a lost answer is asked for again.
"""

from __future__ import annotations

import json
import urllib.parse
from pathlib import Path
from typing import Any, Dict, List, Optional, Protocol, Tuple

from . import _spool
from ._http import Away, Client, Refused
from ._tell import Teller

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

    def beat(self, every_s: int) -> None:
        """The server will hear of this run that often: one that falls silent is told of there."""
        self.client.call("POST", self._path + "/heartbeat", _json({"every_s": every_s}), _JSON)

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
            self._fill(found, first)
            return
        if found < self.position:
            self._reader.rewind()
        self.position = found

    def _fill(self, found: int, first: int) -> None:
        """Events that are nowhere any more, since somebody removed the folder: those after them are not held up."""
        self._delivery.teller.warn("gap", f"events {found} to {first - 1} of {self._source} are lost: they are neither on the server nor in {self._delivery.folder} any more")
        while found < first:
            found = self._delivery.send(self._source, found, [b'{"type":"heartbeat"}'] * min(first - found, _MAX_EVENTS))
        self.position = found


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
