"""Arrays as bytes: with NumPy where the script has it, and else by the buffer protocol and lists."""

from __future__ import annotations

import array
import math
import sys
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple


class Pixels(NamedTuple):
    content: bytes
    width: int
    height: int
    channels: int


def _plain(value: Any) -> Any:
    """A tensor becomes an array; whatever else stays what it is."""
    for way in ("detach", "cpu"):
        if hasattr(value, way):
            value = getattr(value, way)()
    if hasattr(value, "numpy") and not hasattr(value, "tobytes"):
        value = value.numpy()
    return value


def of_image(value: Any) -> Pixels:
    """Height x width [x channels], or channels first where the last dimension cannot be channels; whole numbers up to 255, booleans, or floats from 0 to 1."""
    value = _plain(value)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        array_ = numpy.asarray(value)
        if array_.ndim == 3 and array_.shape[2] > 4 and array_.shape[0] <= 4:
            array_ = numpy.moveaxis(array_, 0, 2)
        if array_.ndim == 2:
            array_ = array_[:, :, None]
        if array_.ndim != 3 or not 1 <= array_.shape[2] <= 4:
            raise ValueError(f"an array of the shape {array_.shape} is no picture: height x width, or height x width x 1 to 4")
        if array_.dtype.kind == "f":
            array_ = numpy.nan_to_num(numpy.clip(array_, 0, 1)) * 255 + 0.5
        elif array_.dtype.kind == "b":
            array_ = array_ * 255
        content = numpy.ascontiguousarray(numpy.clip(array_, 0, 255).astype(numpy.uint8)).tobytes()
        height, width, channels = array_.shape
        return Pixels(content, int(width), int(height), int(channels))
    rows = value.tolist() if hasattr(value, "tolist") else value
    return _of_lists(rows)


def _of_lists(rows: Sequence[Any]) -> Pixels:
    height, width = len(rows), len(rows[0])
    cells = [cell if isinstance(cell, (list, tuple)) else [cell] for row in rows for cell in row]
    channels = len(cells[0])
    if len(cells) != width * height or any(len(cell) != channels for cell in cells):
        raise ValueError("a picture has rows of the same width and pixels of the same channels")
    values = [value for cell in cells for value in cell]
    scale = 255 if any(isinstance(value, float) for value in values) else 1
    return Pixels(bytes(max(0, min(255, int(value * scale + 0.5))) if value == value else 0 for value in values), width, height, channels)


def numbers(values: Any) -> "array.array[float]":
    """All numbers of an array or a list, copied."""
    values = _plain(values)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        flat = numpy.asarray(values, dtype=numpy.float64).ravel()
        out = array.array("d")
        out.frombytes(flat.tobytes())
        return out
    return array.array("d", _flat(values.tolist() if hasattr(values, "tolist") else values))


def _flat(values: Any) -> List[float]:
    out: List[float] = []
    for value in values:
        if isinstance(value, (list, tuple)):
            out += _flat(value)
        else:
            out.append(float(value))
    return out


def histogram(values: Sequence[float], bins: int) -> Dict[str, Any]:
    """Equal bins from the least to the greatest finite value; what is not finite is counted apart."""
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        return _numpy_histogram(numpy, numpy.asarray(values), bins)
    finite = [value for value in values if math.isfinite(value)]
    low, high = (min(finite), max(finite)) if finite else (0.0, 1.0)
    if low == high:
        low, high = low - 0.5, high + 0.5
    width = (high / bins - low / bins) or 1.0  # divided first: the range may be beyond a double
    counts = [0] * bins
    for value in finite:
        counts[min(max(int(value / width - low / width), 0), bins - 1)] += 1
    edges = [low + width * number for number in range(bins)] + [high]
    nan = sum(1 for value in values if value != value)
    return {"counts": counts, "edges": edges, "n": len(finite), "nan": nan, "infinite": len(values) - len(finite) - nan}


def _numpy_histogram(numpy: Any, values: Any, bins: int) -> Dict[str, Any]:
    finite, nan = values[numpy.isfinite(values)], int(numpy.isnan(values).sum())
    low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
    if math.isinf(high - low):  # the range is beyond a double, and a half of it is none
        counts, edges = numpy.histogram(finite / 2, bins)
        edges = edges * 2
    else:
        counts, edges = numpy.histogram(finite, bins, (low, high) if low < high else (low - 0.5, high + 0.5))
    return {"counts": counts.tolist(), "edges": edges.tolist(), "n": len(finite), "nan": nan, "infinite": len(values) - len(finite) - nan}


def samples(value: Any) -> Tuple[bytes, int]:
    """16-bit samples, channels side by side, and how many channels there are."""
    value = _plain(value)
    rows = value.tolist() if hasattr(value, "tolist") else list(value)
    channels = rows if rows and isinstance(rows[0], (list, tuple)) else [rows]
    if len(channels) > 16 and len(channels[0]) <= 16:  # samples x channels
        channels = [list(column) for column in zip(*channels)]
    whole = not any(isinstance(sample, float) for channel in channels for sample in channel)
    out = array.array("h", [_sample(sample, whole) for group in zip(*channels) for sample in group])
    if sys.byteorder == "big":
        out.byteswap()
    return out.tobytes(), max(len(channels), 1)


def _sample(value: Any, whole: bool) -> int:
    if value != value:
        return 0
    return int(max(-32768, min(32767, value if whole else round(value * 32767))))
