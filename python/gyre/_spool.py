"""The folder of a run, as docs/formats/offline-run.md has it: what a run reports lies here before it travels, and stays where it cannot."""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import uuid
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional, Tuple

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

FORMAT = "gyre-run/1"
SEGMENT_BYTES = 16 << 20  # a log file that has grown beyond is followed by the next
KEPT_BYTES = 256 << 20  # of what the server has already; older is removed
_FIRST_N = re.compile(rb'\{"n":(\d+)')
_SEGMENT = re.compile(r"log-(.+)-(\d{6,})\.ndjson")


class Full(OSError):
    """The run's folder has reached its bound."""


def write_whole(path: Path, content: bytes) -> None:
    """The file appears whole or not at all, and is on the disk then."""
    beside = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        with open(beside, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def make_folder(folder: Path, head: Dict[str, Any]) -> None:
    """A folder without run.json is no run, so that is written last and whole. Where it is there already the run is one that others write too."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "run.json").exists():
        write_whole(folder / "run.json", json.dumps({"format": FORMAT, **head}, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n")


def read_head(folder: Path) -> Dict[str, Any]:
    head = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    if not isinstance(head, dict) or head.get("format") != FORMAT:
        raise ValueError(f"{folder / 'run.json'} is not of the format {FORMAT}; a newer gyre reads it")
    if not isinstance(head.get("id"), str):
        raise ValueError(f"{folder / 'run.json'} has no id")
    return head


class Presence:
    """Holds a run's folder as long as the process lives, so that nobody takes it for left over. Shared among the writers of one run."""

    def __init__(self, folder: Path, alone: bool = False) -> None:
        self.held = False
        self._folder, self._alone = folder, alone
        self._fd: Optional[int] = None
        self.renew()

    def renew(self) -> None:
        """Holds the folder that has the name now: it may have been removed and made again."""
        self.release()
        if fcntl is None:
            return
        try:
            self._fd = os.open(self._folder, os.O_RDONLY)
            fcntl.flock(self._fd, (fcntl.LOCK_EX if self._alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            self.held = True
        except OSError:
            self.release()

    def release(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        self.held = False


class Log:
    """Appends lines to one source's files. One thread at a time."""

    def __init__(self, folder: Path, head: Dict[str, Any], source: str, limit_bytes: int, presence: Presence) -> None:
        self.folder, self.source = folder, source
        self._presence = presence
        self._head, self._limit = head, limit_bytes
        self._number, self._size, self._fd = 0, 0, -1
        self._total = 0  # bytes of this source on the disk
        self._dirty = False

    def append(self, content: bytes) -> None:
        """Whole lines: all of them or, with an OSError, none."""
        if self._total + len(content) > self._limit:
            raise Full(errno.EDQUOT, f"the run's folder holds {self._total >> 20} MiB that have not been sent, as much as it may")
        if self._fd >= 0 and os.fstat(self._fd).st_nlink == 0:  # somebody removed the folder: it is made again
            self.close()
        if self._fd < 0 or self._size > SEGMENT_BYTES:
            self._begin()
        view, written = memoryview(content), 0
        try:
            while written < len(content):
                written += os.write(self._fd, view[written:])
        except OSError:
            os.ftruncate(self._fd, self._size)  # no torn line within the file
            raise
        self._size += written
        self._total += written
        self._dirty = True

    def begin_anew(self) -> None:
        """The next line goes to a new file: numbers are left out between."""
        self.close()

    def sync(self) -> None:
        """What was appended survives a power cut."""
        if self._fd < 0 or not self._dirty:
            return
        os.fsync(self._fd)
        self._dirty = False

    def removed(self, size_bytes: int) -> None:
        self._total = max(self._total - size_bytes, 0)

    def close(self) -> None:
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _begin(self) -> None:
        self.sync()
        self.close()
        make_folder(self.folder, self._head)
        if not self._presence.held or self._number > 0:
            self._presence.renew()
        self._number += 1
        path = segment_path(self.folder, self.source, self._number)
        self._fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o644)
        self._size = 0


def segment_path(folder: Path, source: str, number: int) -> Path:
    return folder / f"log-{source}-{number:06}.ndjson"


def sources(folder: Path) -> List[str]:
    return sorted({found.group(1) for found in map(_SEGMENT.fullmatch, _names(folder)) if found})


def segments(folder: Path, source: str) -> List[Tuple[int, Path]]:
    found = (_SEGMENT.fullmatch(name) for name in _names(folder))
    return sorted((int(one.group(2)), folder / one.group(0)) for one in found if one and one.group(1) == source)


def _names(folder: Path) -> List[str]:
    try:
        return os.listdir(folder)
    except OSError:
        return []


def files(folder: Path) -> Iterator[Tuple[str, Path]]:
    """(path in the run, place) of what lies below files/; what is being written, links and sockets are left out."""
    root = folder / "files"
    for place, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if not (name.startswith(".") and name.endswith(".tmp")) and path.is_file() and not path.is_symlink():
                yield path.relative_to(root).as_posix(), path


def put_file(folder: Path, name: str, origin: Path) -> None:
    """A copy of a file below files/, whole or not at all."""
    target = folder / "files" / name
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex[:8]}.tmp")
    try:
        shutil.copyfile(origin, beside)
        os.replace(beside, target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


class Reader:
    """Reads one source's lines in their order, while they are written. One thread at a time."""

    def __init__(self, folder: Path, source: str) -> None:
        self._folder, self._source = folder, source
        self.rewind()

    def rewind(self) -> None:
        self._number, self._offset = 0, 0
        self.next_n: Optional[int] = None  # of the line at the cursor, where a file is open

    def read(self, most_bytes: int, most_lines: int) -> Tuple[int, List[bytes]]:
        """(number of the first, lines without their ends); none where there are no more yet. The cursor stays: advance() moves it."""
        while True:
            if self.next_n is None and not self._open_next():
                return 0, []
            followed = self._is_followed()  # asked first: a file that is followed grows no more
            lines = self._lines(most_bytes, most_lines)
            if lines or not followed:
                return self.next_n or 0, lines
            self.next_n = None

    def advance(self, lines: List[bytes]) -> None:
        self._offset += sum(map(len, lines)) + len(lines)
        self.next_n = (self.next_n or 0) + len(lines)

    def remove_read(self) -> int:
        """Removes the files before the one at the cursor; the bytes that they had."""
        freed = 0
        for number, path in segments(self._folder, self._source):
            if number < self._number:
                freed += path.stat().st_size
                path.unlink()
        return freed

    def read_bytes(self) -> int:
        return sum(path.stat().st_size for number, path in segments(self._folder, self._source) if number < self._number)

    def _open_next(self) -> bool:
        for number, path in segments(self._folder, self._source):
            if number <= self._number:
                continue
            with open(path, "rb") as file:
                found = _FIRST_N.match(file.read(64))
            if found:
                self._number, self._offset, self.next_n = number, 0, int(found.group(1))
                return True
        return False

    def _lines(self, most_bytes: int, most_lines: int) -> List[bytes]:
        try:
            with open(segment_path(self._folder, self._source, self._number), "rb") as file:
                file.seek(self._offset)
                content = file.read(most_bytes)
        except FileNotFoundError:
            return []
        end = content.rfind(b"\n")
        return content[:end].split(b"\n", most_lines)[:most_lines] if end >= 0 else []

    def _is_followed(self) -> bool:
        return any(number > self._number for number, _ in segments(self._folder, self._source))
