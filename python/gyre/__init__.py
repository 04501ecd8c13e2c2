"""Gyre from Python: a run's numbers, words, pictures and files, logged in microseconds and lost neither by a server that is away nor by a crash.

    import gyre

    with gyre.start("churn", config={"lr": 0.1}) as run:
        for step in range(1000):
            run.log({"loss": 1 / (step + 1)}, step=step)
"""

from __future__ import annotations

from typing import Any, Mapping, Optional

from ._media import Audio, Histogram, Image, Media, Table, Text, Video
from ._run import Run
from ._start import current, start
from ._tell import GyreError
from ._values import Number
from ._version import VERSION as __version__

__all__ = ["Audio", "GyreError", "Histogram", "Image", "Media", "Run", "Table", "Text", "Video", "current", "finish", "flush", "log", "start", "__version__"]


def log(values: Mapping[str, Any], step: Optional[Number] = None) -> None:
    """To the run that was started last; one is started where there is none."""
    (current() or start()).log(values, step)


def flush() -> bool:
    """All that was logged to the current run is on the disk when this returns."""
    run = current()
    return run.flush() if run is not None else True


def finish(status: str = "FINISHED") -> bool:
    """Ends the run that was started last."""
    run = current()
    return run.finish(status) if run is not None else True
