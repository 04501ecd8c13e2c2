"""A run as a script holds it."""

from __future__ import annotations

import dataclasses
import itertools
import threading
import time
import traceback
import types
from pathlib import Path
from typing import Any, Callable, Dict, Mapping, Optional, Type, Union

from . import _exit, _media, _spool, _values
from ._events import Event, packs
from ._feed import Feed, Plan
from ._http import Away, Refused
from ._params import Params
from ._tell import GyreError, Teller, say
from ._writer import Item, Job

FINISH_S = 60.0  # the longest that the end of a run waits for the server, where that answers
AWAY_S = 5.0  # and where it does not
_MAX_MEDIA_BYTES = 128 << 20  # held in memory until the thread has encoded them
_PLAIN = frozenset((float, int))

Values = Mapping[str, Any]


class Run:
    """Made by gyre.start(). Any thread may call any method; no method raises for what goes wrong outside, unless `strict` was asked for.

    `with` ends the run as FINISHED, or as FAILED with the traceback where an exception leaves the block; so does the end of the process.
    """

    def __init__(self, plan: Plan, teller: Teller, name: str) -> None:
        self.id: str = plan.head["id"]
        self.name = name
        self.folder: Path = plan.folder
        self.server = plan.server
        self.url = f"{plan.server}/p/default/r/{self.id}" if plan.server else ""
        self.status = "RUNNING"
        self._plan, self._teller = plan, teller
        self._lock = threading.Lock()
        self._step: _values.Number = -1
        self._counter = itertools.count()
        self._media_bytes = 0
        self._feed: Optional[Feed] = Feed(plan, teller)
        self._put: Callable[[Item], None] = self._feed.writer.put
        self.params = Params(self._say, teller)
        self._feed.start()
        _exit.watch(self)

    # -- numbers

    def log(self, values: Values, step: Optional[_values.Number] = None) -> None:
        """Values at a step: numbers, or gyre.Image, Histogram, Text, Audio, Video, Table. Without a step it is one more than in the call before.

        It costs microseconds: the values are copied into memory, and a thread writes them within 0.2 s.
        """
        try:
            if type(step) is int:
                self._step = step
            else:
                step = self._any_step(step)
            if type(values) is dict and _PLAIN.issuperset(map(type, values.values())):
                if values:
                    self._put((time.time_ns(), step, values.copy()))
            else:
                self._log_any(values, step)
        except Exception as error:
            if self._teller.strict:
                raise
            self._teller.warn(f"log {type(error).__name__}", f"cannot log this: {type(error).__name__}: {error}")

    def _any_step(self, told: Any) -> _values.Number:
        step = None if told is None else _values.to_step(told)
        if told is not None and step is None:
            self._teller.refuse("step", f"{_values.to_text(told)[:80]} is no step; the values are logged at the next one")
        with self._lock:
            self._step = self._step + 1 if step is None else step
            return self._step

    def _log_any(self, values: Any, step: _values.Number, prefix: str = "", depth: int = 4) -> None:
        if not hasattr(values, "items"):
            self._teller.refuse("values", f"log() takes a dict of names and values, not {type(values).__name__}: run.log({{'loss': 0.3}})")
            return
        plain: Dict[str, _values.Number] = {}
        for key, value in list(values.items()):
            name = prefix + (key if isinstance(key, str) else str(key))
            number = _values.to_number(value)
            if number is not None:
                plain[name] = number
            elif hasattr(value, "items") and depth > 0:
                self._log_any(value, step, name + "/", depth - 1)
            else:
                self._log_other(name, value, step)
        if plain:
            self._put((time.time_ns(), step, plain))

    def _log_other(self, name: str, value: Any, step: _values.Number) -> None:
        try:
            media = _media.of(value)
            if media is None:
                self._teller.refuse(f"no value {name}", f"{name!r} is {_values.to_text(value)[:60]}, a {type(value).__name__}, which is neither a number nor a picture, text or table; it is left out")
                return
            encode, size_bytes = media.freeze()
        except Exception as error:
            self._teller.refuse(f"media {name}", f"cannot log {name!r}: {error}")
            return
        place = _media.Place(name, step, time.time_ns() // 1_000_000, next(self._counter), self._source())
        job = Job(lambda: self._keep_media(media.kind, place, encode, size_bytes))
        with self._lock:
            self._media_bytes += size_bytes
            crowded = self._media_bytes > _MAX_MEDIA_BYTES
        if crowded:  # whoever logs pictures faster than they are encoded encodes them himself
            try:
                job.work()
            except Exception as error:
                self._teller.warn("media", f"cannot keep {name!r}: {error}")
        else:
            self._put(job)

    def _keep_media(self, kind: str, place: _media.Place, encode: Callable[[], _media.Encoded], size_bytes: int) -> None:
        try:
            _media.write(self.folder, kind, place, encode())
            self._files_came()
        finally:
            with self._lock:
                self._media_bytes -= size_bytes

    # -- words

    def tag(self, *names: Union[str, Mapping[str, Any]], **values: Any) -> None:
        """`run.tag("baseline", team="vision")`, `run.tag({"data/commit": commit})`. A name alone has the value `true`; None takes a tag away."""
        tags: Dict[str, Any] = {}
        for name in names:
            if isinstance(name, Mapping):
                tags.update(name)
            else:
                tags[str(name)] = "true"
        tags.update(values)
        texts: Dict[str, Optional[str]] = {}
        for key, value in tags.items():
            text = None if value is None else _values.to_text(value).encode("utf-8", "replace").decode()
            if text is not None and len(text) > _values.MAX_TAG:
                self._teller.refuse(f"long tag {key}", f"the tag {key!r} has {len(text):,} characters and is cut to {_values.MAX_TAG:,}")
                text = text[: _values.MAX_TAG]
            texts[_values.clean_key(key)] = text
        for portion in packs(texts):
            self._say(Event(type="tags", values=portion))

    def note(self, markdown: str) -> None:
        """The run's description; the last one stays."""
        self.tag({"mlflow.note.content": markdown})

    # -- files

    def file(self, path: Union[str, "Path"], to: str = "") -> None:
        """Keeps a file, or a folder with all in it, with the run: below the folder `to`, as it is now. It is copied at once and sent later."""
        try:
            origin = Path(path)
            if origin.is_dir():
                found = sorted(place for place in origin.rglob("*") if place.is_file())
                names = [f"{origin.resolve().name}/{place.relative_to(origin).as_posix()}" for place in found]
            else:
                found, names = [origin], [origin.name]
            for place, name in zip(found, names):
                _spool.put_file(self.folder, _inside(to, name), place)
            self._files_came()
        except Exception as error:
            self._teller.refuse(f"file {path}", f"cannot keep the file {path}: {error}")

    # -- control

    def should_stop(self) -> bool:
        """Whether somebody asked this run to stop. It costs nothing: a thread asks the server every few seconds."""
        sender = self._feed.sender if self._feed is not None else None
        if sender is None:
            return False
        if not sender.wants_signal:
            sender.wants_signal = True
            sender.nudge()
        return sender.stop

    @property
    def stop_reason(self) -> str:
        return self._feed.sender.stop_reason if self._feed is not None and self._feed.sender is not None else ""

    def flush(self) -> bool:
        """All that was logged is on the disk, synced, when this returns; a power cut takes none of it."""
        feed = self._feed
        return feed.writer.flush() if feed is not None else True

    def finish(self, status: str = "FINISHED", *, timeout: Optional[float] = None) -> bool:
        """Ends the run and waits until all is on the server. What cannot be sent in time stays in the folder. True where nothing is left to send."""
        if status not in ("FINISHED", "FAILED", "KILLED"):
            self._teller.refuse("status", f"{status!r:.40} is no status: FINISHED, FAILED or KILLED")
            status = "FINISHED"
        with self._lock:
            if self.status != "RUNNING":
                return True
            self.status = status
        _exit.forget(self)
        feed = self._feed
        if feed is None:  # a forked child that has logged nothing
            return True
        if self._plan.owns_end:
            self._say(Event(type="end", at=time.time_ns() // 1_000_000, status=status))
        self._put = self._after_end
        done = False
        try:
            done = feed.finish(*((timeout, timeout) if timeout is not None else (FINISH_S, AWAY_S)))
        finally:
            self._tell_end(feed, done)
        return done

    def _tell_end(self, feed: Feed, done: bool) -> None:
        if feed.sender is None:
            say(f"run {self.name} is in {self.folder}; `gyre sync {self.folder}` sends it")
        elif not done:
            say(f"{max(feed.sender.owed(), 0):,} events and {sum(1 for _ in _spool.files(self.folder)):,} files of run {self.name} are not on {self.server} yet: `gyre sync {self.folder}` sends them, or the next gyre.start()")

    def tell_exception(self, kind: Type[BaseException], error: BaseException, trace: Optional[types.TracebackType]) -> None:
        """What ended the run, as a tag and a file."""
        if issubclass(kind, SystemExit):
            return
        try:
            said = "".join(traceback.format_exception_only(kind, error)).strip()
            self.tag({"gyre.exception": said[: _values.MAX_TAG]})
            whole = "".join(traceback.format_exception(kind, error, trace))
            _spool.write_whole(_made(self.folder / "files") / "exception.txt", whole[-1_000_000:].encode("utf-8", "replace"))
        except Exception as trouble:
            self._teller.warn("exception", f"cannot keep the traceback: {trouble}")

    def __enter__(self) -> "Run":
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], error: Optional[BaseException], trace: Optional[types.TracebackType]) -> None:
        if kind is not None and error is not None:
            self.tell_exception(kind, error, trace)
        self.finish(_exit.outcome_of(kind, error))

    def __repr__(self) -> str:
        return f"<gyre.Run {self.name} {self.status} {self.url or self.folder}>"

    # -- within

    def create_now(self) -> None:
        """For `strict`: the run is on the server when this returns."""
        if self._feed is not None and self._feed.sender is not None:
            try:
                self._feed.sender.create_now()
            except (Away, Refused) as error:
                raise GyreError(str(error)) from error

    def forked(self) -> None:
        """In a child: what lies in the ring is the parent's to write; this process becomes a source of its own when it first logs something."""
        if self._feed is not None:
            self._feed.leave()
        self._teller.renew_lock()
        self._lock = threading.Lock()
        self._media_bytes = 0
        self._plan = dataclasses.replace(self._plan, owns_end=False, owns_folder=False)
        self._feed = None
        self._put = self._put_first

    def _put_first(self, item: Item) -> None:
        with self._lock:
            if self._feed is None:
                self._feed = Feed(self._plan, self._teller)
                self._feed.start()
                self._put = self._feed.writer.put
                _exit.flush_at_end_of_child(self)
        self._put(item)

    def _after_end(self, _item: Item) -> None:
        self._teller.refuse("after end", f"run {self.name} has ended; what is logged to it now is left out")

    def _say(self, event: Event) -> None:
        self._put(event)

    def _source(self) -> str:
        if self._feed is None:
            self._put(Event(type="heartbeat", at=time.time_ns() // 1_000_000))
        return self._feed.source if self._feed is not None else ""

    def _files_came(self) -> None:
        feed = self._feed
        if feed is not None:
            feed.files_came()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _inside(to: str, name: str) -> str:
    """A path below files/, whatever was asked for."""
    parts = [part for part in f"{to}/{name}".replace("\\", "/").split("/") if part not in ("", ".")]
    if ".." in parts:
        raise ValueError(f"{to!r} leaves the run's folder")
    return "/".join(parts)
