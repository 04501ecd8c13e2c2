"""What is logged beside numbers: texts, histograms, pictures, sounds, videos, tables. They are files of the run: docs/formats/media.md.

Each class takes what the script holds. freeze() is called within log() and copies what may change afterwards; the encoding is left to the writer's thread.
"""

from __future__ import annotations

import io
import json
import math
import os
import wave
from pathlib import Path
from typing import Any, Callable, Dict, List, Optional, Sequence, Tuple, Union

from . import _pixels
from ._png import png
from ._spool import write_whole
from ._values import Number, clean_key

PathLike = Union[str, "os.PathLike[str]"]
_MAX_ROWS = 100_000
_MAX_BINS = 4096


class Encoded:
    """(suffix, content) of each file, and what the manifest tells of them."""

    def __init__(self, files: Sequence[Tuple[str, bytes]] = (), **members: Any) -> None:
        self.files, self.members = list(files), members


Frozen = Tuple[Callable[[], Encoded], int]  # and how many bytes it holds until it is encoded


class Media:
    kind = ""

    def freeze(self) -> Frozen:
        raise NotImplementedError


class Text(Media):
    """A text, such as a model's answer: `run.log({"answer": gyre.Text(words)}, step=3)`. A plain str is one too."""

    kind = "text"

    def __init__(self, text: str, *, markdown: bool = False) -> None:
        self._text, self._markdown = str(text), markdown

    def freeze(self) -> Frozen:
        content = self._text.encode("utf-8", "replace")
        return lambda: Encoded([(".md" if self._markdown else ".txt", content)], characters=len(self._text)), len(content)


class Histogram(Media):
    """How values are spread: of all of `values`, or counted by the script: `Histogram(counts=…, edges=…)`, one more edge than counts."""

    kind = "histogram"

    def __init__(self, values: Any = None, *, bins: int = 64, counts: Optional[Sequence[float]] = None, edges: Optional[Sequence[float]] = None) -> None:
        self._counted = None
        if counts is not None or edges is not None:
            self._counted = ([float(one) for one in counts or ()], [float(one) for one in edges or ()])
            if len(self._counted[1]) != len(self._counted[0]) + 1:
                raise ValueError("a histogram has one more edge than counts")
        elif values is None:
            raise ValueError("a histogram wants values, or counts and edges")
        self._values, self._bins = values, max(1, min(int(bins), _MAX_BINS))

    def freeze(self) -> Frozen:
        if self._counted is not None:
            counts, edges = self._counted
            return lambda: Encoded(counts=counts, edges=edges), 16 * len(counts)
        values = _pixels.numbers(self._values)
        return lambda: Encoded(**_pixels.histogram(values, self._bins)), 8 * len(values)


class Image(Media):
    """A picture: an array (height x width, or with 1 to 4 channels; bytes, or floats from 0 to 1), a PIL image, a matplotlib figure, a file's path or its bytes."""

    kind = "image"

    def __init__(self, picture: Any, *, caption: str = "") -> None:
        self._picture, self._caption = picture, caption

    def freeze(self) -> Frozen:
        told: Dict[str, Any] = {"caption": self._caption} if self._caption else {}
        picture = self._picture
        if isinstance(picture, (bytes, bytearray, str, os.PathLike)):
            suffix, content = _file(picture, ".png")
            return lambda: Encoded([(suffix, content)], **told), len(content)
        for way in ("savefig", "save"):  # matplotlib, PIL
            if hasattr(picture, way):
                out = io.BytesIO()
                getattr(picture, way)(out, format="png")
                content = out.getvalue()
                return lambda: Encoded([(".png", content)], **told), len(content)
        pixels = _pixels.of_image(picture)
        return lambda: Encoded([(".png", png([pixels.content], pixels.width, pixels.height, pixels.channels))], width=pixels.width, height=pixels.height, **told), len(pixels.content)


class Audio(Media):
    """A sound: samples from -1 to 1 (one row a channel, or one channel) with their rate, a file's path or its bytes."""

    kind = "audio"

    def __init__(self, sound: Any, *, rate: int = 44_100, caption: str = "") -> None:
        self._sound, self._rate, self._caption = sound, int(rate), caption

    def freeze(self) -> Frozen:
        told: Dict[str, Any] = {"caption": self._caption} if self._caption else {}
        if isinstance(self._sound, (bytes, bytearray, str, os.PathLike)):
            suffix, content = _file(self._sound, ".wav")
            return lambda: Encoded([(suffix, content)], **told), len(content)
        samples, channels = _pixels.samples(self._sound)

        def encode() -> Encoded:
            out = io.BytesIO()
            with wave.open(out, "wb") as file:
                file.setnchannels(channels)
                file.setsampwidth(2)
                file.setframerate(self._rate)
                file.writeframes(samples)
            return Encoded([(".wav", out.getvalue())], rate=self._rate, channels=channels, seconds=len(samples) / 2 / channels / self._rate, **told)

        return encode, len(samples)


class Video(Media):
    """Moving pictures: an array (frames x height x width [x channels]), which becomes an animated PNG, a file's path or its bytes."""

    kind = "video"

    def __init__(self, video: Any, *, fps: float = 10.0, caption: str = "") -> None:
        self._video, self._fps, self._caption = video, float(fps), caption

    def freeze(self) -> Frozen:
        told: Dict[str, Any] = {"caption": self._caption} if self._caption else {}
        if isinstance(self._video, (bytes, bytearray, str, os.PathLike)):
            suffix, content = _file(self._video, ".mp4")
            return lambda: Encoded([(suffix, content)], **told), len(content)
        frames = [_pixels.of_image(frame) for frame in self._video]
        if not frames:
            raise ValueError("a video wants frames")
        first, size = frames[0], sum(len(frame.content) for frame in frames)

        def encode() -> Encoded:
            content = png([frame.content for frame in frames], first.width, first.height, first.channels, self._fps)
            return Encoded([(".png", content)], width=first.width, height=first.height, frames=len(frames), fps=self._fps, **told)

        return encode, size


class Table(Media):
    """Rows and columns: a pandas or polars frame, a list of dicts, a dict of columns, or rows with the names of their columns."""

    kind = "table"

    def __init__(self, data: Any, *, columns: Optional[Sequence[str]] = None) -> None:
        self._columns, self._rows = _table(data, columns)
        if len(self._rows) > _MAX_ROWS:
            raise ValueError(f"a table has at most {_MAX_ROWS:,} rows, not {len(self._rows):,}; run.file() keeps larger ones")

    def freeze(self) -> Frozen:
        content = json.dumps({"columns": self._columns, "data": [[_cell(value) for value in row] for row in self._rows]}, ensure_ascii=False).encode("utf-8", "replace")
        return lambda: Encoded([(".table.json", content)], columns=self._columns, rows=len(self._rows)), len(content)


def of(value: Any) -> Optional[Media]:
    """What a value that is no number is logged as, or nothing."""
    if isinstance(value, Media):
        return value
    if isinstance(value, str):
        return Text(value)
    module = type(value).__module__.split(".")[0]
    if (module == "PIL" and hasattr(value, "save")) or (module == "matplotlib" and hasattr(value, "savefig")):
        return Image(value)
    if module in ("pandas", "polars") and hasattr(value, "columns"):
        return Table(value)
    shape = getattr(value, "shape", None)
    if shape is not None and len(shape) >= 1:
        return Histogram(value)
    return None


def _file(origin: Union[bytes, bytearray, PathLike], suffix: str) -> Tuple[str, bytes]:
    if isinstance(origin, (bytes, bytearray)):
        return _suffix_of(bytes(origin[:16]), suffix), bytes(origin)
    path = Path(origin)
    return path.suffix.lower() or suffix, path.read_bytes()


def _suffix_of(head: bytes, otherwise: str) -> str:
    for magic, suffix in ((b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"), (b"OggS", ".ogg"), (b"ID3", ".mp3"), (b"\x1aE\xdf\xa3", ".webm"), (b"fLaC", ".flac")):
        if head.startswith(magic):
            return suffix
    if head[:4] == b"RIFF":
        return {b"WAVE": ".wav", b"WEBP": ".webp"}.get(head[8:12], otherwise)
    return ".mp4" if head[4:8] == b"ftyp" else otherwise


def _table(data: Any, columns: Optional[Sequence[str]]) -> Tuple[List[str], List[List[Any]]]:
    if hasattr(data, "columns") and hasattr(data, "to_dict"):  # pandas, polars
        names = [str(name) for name in data.columns]
        values = data.values.tolist() if hasattr(data, "values") else [list(row) for row in data.rows()]
        return names, values
    if isinstance(data, dict):
        names = [str(name) for name in data]
        series = [list(column) for column in data.values()]
        if len({len(column) for column in series}) > 1:
            raise ValueError("the columns of a table have the same length")
        return names, [list(row) for row in zip(*series)]
    rows = list(data)
    if rows and isinstance(rows[0], dict):
        names = list(columns) if columns else list(dict.fromkeys(str(key) for row in rows for key in row))
        return names, [[row.get(name) for name in names] for row in rows]
    names = list(columns) if columns else [str(number) for number in range(max((len(row) for row in rows), default=0))]
    if any(len(row) != len(names) for row in rows):
        raise ValueError(f"each row of the table has {len(names)} cells, as many as there are columns")
    return names, [list(row) for row in rows]


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, str)):
        return value
    item = getattr(value, "item", None)
    if item is not None and getattr(value, "shape", None) == ():
        value = item()
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value).replace("inf", "Infinity").replace("nan", "NaN")
    return value if isinstance(value, (bool, int)) else str(value)


class Place:
    """Where something logged belongs: its name, its step, its time, and what makes its file names unique among all processes of the run."""

    def __init__(self, key: str, step: Number, at: int, count: int, source: str) -> None:
        self.key, self.step, self.at = clean_key(key), step, at
        self.stem = f"{_step_text(step)}-{count}-{source.rsplit('.', 1)[-1]}"


def write(folder: Path, kind: str, place: Place, encoded: Encoded) -> None:
    """The files first, then the manifest that names them: what reads manifests finds only whole things."""
    below = folder / "files" / "media" / Path(*place.key.split("/"))
    below.mkdir(parents=True, exist_ok=True)
    names = []
    for suffix, content in encoded.files:
        names.append(place.stem + suffix)
        write_whole(below / names[-1], content)
    manifest = {"format": "gyre-media/1", "kind": kind, "key": place.key, "step": place.step, "at": place.at, "files": names, **encoded.members}
    write_whole(below / (place.stem + ".json"), json.dumps(manifest, ensure_ascii=False).encode("utf-8", "replace"))


def _step_text(step: Number) -> str:
    """So that names stand in the order of steps."""
    whole = math.floor(step)
    return f"{whole:012d}" + (repr(step - whole)[1:] if step != whole else "")
