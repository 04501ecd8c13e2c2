"""PNG and animated PNG from raw pixels, with nothing but zlib (RFC 2083; the APNG extension of the W3C's third edition)."""

from __future__ import annotations

import struct
import zlib
from typing import List, Sequence

_COLOUR_TYPES = {1: 0, 2: 4, 3: 2, 4: 6}  # channels -> grey, grey and alpha, RGB, RGBA
_LEVEL = 1  # a run's pictures are many and small: time counts more than bytes


def png(frames: Sequence[bytes], width: int, height: int, channels: int, fps: float = 0.0) -> bytes:
    """Frames are rows from the top, 8 bits a channel. Several of them are an animation that repeats."""
    if not frames or width < 1 or height < 1 or channels not in _COLOUR_TYPES:
        raise ValueError(f"a picture of {width} x {height} pixels with {channels} channels is none")
    head = struct.pack(">IIBBBBB", width, height, 8, _COLOUR_TYPES[channels], 0, 0, 0)
    out: List[bytes] = [b"\x89PNG\r\n\x1a\n", _chunk(b"IHDR", head)]
    animated = len(frames) > 1
    if animated:
        out.append(_chunk(b"acTL", struct.pack(">II", len(frames), 0)))
    sequence = 0
    for number, frame in enumerate(frames):
        if len(frame) != width * height * channels:
            raise ValueError(f"a frame has {len(frame)} bytes, not {width} x {height} x {channels}")
        if animated:
            delay_ms = max(1, min(round(1000 / fps) if fps > 0 else 100, 65535))
            out.append(_chunk(b"fcTL", struct.pack(">IIIIIHHBB", sequence, width, height, 0, 0, delay_ms, 1000, 0, 0)))
            sequence += 1
        packed = zlib.compress(_filtered(frame, width * channels), _LEVEL)
        if number == 0:
            out.append(_chunk(b"IDAT", packed))
        else:
            out.append(_chunk(b"fdAT", struct.pack(">I", sequence) + packed))
            sequence += 1
    out.append(_chunk(b"IEND", b""))
    return b"".join(out)


def _filtered(frame: bytes, row: int) -> bytes:
    return b"".join(b"\0" + frame[at : at + row] for at in range(0, len(frame), row))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
