"""Events as lines of an offline run's log: docs/formats/offline-run.md.

Metrics are by far the most, so their lines are put together by hand: repr() of a float is the shortest text that comes back bit for bit, and names are
quoted once.
"""

from __future__ import annotations

import json
import zlib
from typing import Callable, Dict, List, Mapping, Optional, Tuple, Union

from ._values import Number, clean_key, fit_whole

MAX_LINE_BYTES = 1 << 20
MAX_VALUES = 1000  # of one event
_MAX_NAMES = 65_536  # whose quoted form is remembered
_INFINITY = float("inf")

# (nanoseconds since 1970, step, values): a call of log()
Metrics = Tuple[int, Number, Mapping[str, Number]]


class Event:
    """Anything but metrics: parameters, tags, heartbeats, the end."""

    __slots__ = ("members",)

    def __init__(self, **members: object) -> None:
        self.members = members


Entry = Union[Metrics, Event]


class Encoder:
    """Numbers the events of one source and writes them as lines. One thread at a time."""

    def __init__(self, tell_renamed: Callable[[str, str], None]) -> None:
        self.next_n = 0
        self._names: Dict[str, str] = {}
        self._taken: Dict[str, str] = {}
        self._tell_renamed = tell_renamed

    def lines(self, entries: List[Entry]) -> bytes:
        """Whole lines, one an event: next_n has grown by as many."""
        out: List[str] = []
        for entry in entries:
            if type(entry) is tuple:
                at, step, values = entry
                if len(values) <= MAX_VALUES:
                    self._metrics(out, at, step, values)
                else:
                    items = list(values.items())
                    for first in range(0, len(items), MAX_VALUES):
                        self._metrics(out, at, step, dict(items[first : first + MAX_VALUES]))
            elif isinstance(entry, Event):
                self._any(out, entry)
        return "".join(out).encode("utf-8", "replace")

    def _metrics(self, out: List[str], at: int, step: Number, values: Mapping[str, Number]) -> None:
        names = self._names
        parts = []
        for key, value in values.items():
            name = names.get(key) or self._quoted(key)
            if type(value) is int:
                parts.append(name + repr(fit_whole(value)))
            elif value - value == 0:
                parts.append(name + repr(value))
            else:
                parts.append(name + ('"NaN"' if value != value else '"Infinity"' if value == _INFINITY else '"-Infinity"'))
        out.append(f'{{"n":{self.next_n},"type":"metrics","at":{max(at // 1_000_000, 0)},"step":{step!r},"values":{{{",".join(parts)}}}}}\n')
        self.next_n += 1

    def _any(self, out: List[str], event: Event) -> None:
        out.append(json.dumps({"n": self.next_n, **event.members}, ensure_ascii=False, separators=(",", ":")) + "\n")
        self.next_n += 1

    def _quoted(self, key: str) -> str:
        name = clean_key(key)
        if self._taken.get(name, key) != key:  # two names must not become one
            name = f"{name[:200]}_{zlib.crc32(str(key).encode('utf-8', 'replace')):08x}"
        if name != key:
            self._tell_renamed(key, name)
        quoted = json.dumps(name, ensure_ascii=False) + ":"
        if len(self._names) < _MAX_NAMES:
            self._names[key] = quoted
            self._taken[name] = key
        return quoted


def packs(values: Mapping[str, Optional[str]], most_bytes: int = MAX_LINE_BYTES // 2) -> List[Dict[str, Optional[str]]]:
    """Parameters or tags in portions that fit into an event each."""
    out: List[Dict[str, Optional[str]]] = []
    size = most_bytes
    for key, value in values.items():
        grown = 6 * (len(key) + len(value or "")) + 16  # a character is at most six bytes of JSON
        if not out or size + grown > most_bytes or len(out[-1]) >= MAX_VALUES:
            out.append({})
            size = 0
        out[-1][key] = value
        size += grown
    return out
