"""gyre.start(): from arguments and environment to a run. It waits for no server, and what is wrong with an argument is told and mended, not raised."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
import zlib
from pathlib import Path
from typing import Any, Dict, List, Mapping, Optional, Sequence, Tuple, Union

from . import _capture, _names, _spool, _values
from ._events import Event
from ._feed import Plan
from ._http import DEFAULT_SERVER, server_of
from ._run import Run
from ._sync import send_left_over
from ._tell import Teller, say

LIMIT_BYTES = 4 << 30  # of a run's events that wait to be sent; GYRE_SPOOL_LIMIT_MIB says another

Tags = Union[str, Sequence[str], Mapping[str, Any], None]

_current: List[Run] = []
_joined: List[str] = []  # the run of the wrapper, once it has been joined


def start(
    experiment: Optional[str] = None,
    *,
    name: Optional[str] = None,
    id: Optional[str] = None,
    config: Any = None,
    tags: Tags = None,
    note: Optional[str] = None,
    parent: Union[Run, str, None] = None,
    server: Optional[str] = None,
    offline: Union[str, "os.PathLike[str]", None] = None,
    join: bool = False,
    strict: bool = False,
) -> Run:
    """Starts a run, or goes on with the one that has this `id`.

    experiment  its name; it is made where there is none. Left out: GYRE_EXPERIMENT, MLFLOW_EXPERIMENT_NAME, or Default
    id          letters, digits, `-` and `_`; made up when left out. Several processes that give the same one write one run
    config      parameters: a dict, a dataclass, argparse's namespace; what is nested gets dotted names
    tags        names, or a dict
    server      where runs are sent. Left out: GYRE_SERVER, MLFLOW_TRACKING_URI, or http://127.0.0.1:7070
    offline     a folder that the run is kept in instead of being sent; GYRE_OFFLINE says the same. `gyre sync` sends it
    join        the run is another process's, which also says how it ends; so it is for ranks above 0 (RANK, SLURM_PROCID, ...)
    strict      raise GyreError where else a warning is told

    Within `gyre run -- CMD` it is that run.
    """
    teller = Teller(strict)
    rank = _capture.rank()
    joins = join or bool(rank)
    wrapper = os.environ.get("GYRE_RUN_ID", "")
    if wrapper and not _joined and id in (None, wrapper):
        run = _join_wrapper(wrapper, teller)
    else:
        if joins and id is None:
            teller.refuse("rank", f"this is rank {rank} of several: give all of them the same id=, so that they write one run; this process has a run of its own")
            joins = False
        run_id = _good_id(id, teller)
        if wrapper and parent is None and run_id != wrapper:
            parent = wrapper
        head = _head(run_id, experiment, name, tags, parent)
        run = _own(head, _server(server, offline, teller), _root(offline), joins, teller)
        if id is not None and not joins:
            run._say(Event(type="start", at=time.time_ns() // 1_000_000))
    _begin(run, config, tags if run.id == wrapper else None, note)
    return run


def current() -> Optional[Run]:
    """The run that was started last and has not ended."""
    while _current and _current[-1].status != "RUNNING":
        _current.pop()
    return _current[-1] if _current else None


def _begin(run: Run, config: Any, tags: Tags, note: Optional[str]) -> None:
    before = current()
    if before is not None and _in_notebook() and before.id not in _joined:
        before.finish()  # the cell was run again
    _current.append(run)
    if config is not None:
        run.params.update(config)
    if tags:
        run.tag(dict(_tags(tags)))
    if note is not None:
        run.note(note)
    say(f"run {run.name}  {run.url or run.folder}")


def _own(head: Dict[str, Any], server: Optional[str], root: Path, joins: bool, teller: Teller) -> Run:
    if server is not None:
        head["server"] = server
        send_left_over(root, server)
    plan = Plan(_folder(root, head, teller), head, server, owns_end=not joins, owns_folder=server is not None, limit_bytes=_limit(teller), made_elsewhere=False)
    run = Run(plan, teller, head["name"])
    if teller.strict:
        run.create_now()
    return run


def _join_wrapper(run_id: str, teller: Teller) -> Run:
    """docs/formats/offline-run.md, "For a script within `gyre run`"."""
    told, server = os.environ.get("GYRE_OFFLINE_RUN", ""), os.environ.get("GYRE_SERVER", "")
    head: Dict[str, Any] = {"id": run_id, "started_at": time.time_ns() // 1_000_000}
    made_elsewhere = True
    if told:
        folder = Path(told)
        try:
            head, made_elsewhere = _spool.read_head(folder), False
        except (OSError, ValueError) as error:
            teller.warn("wrapper", f"cannot read the folder of the run that this script is in: {error}")
    else:
        folder = _folder(_root(None), head, teller)
        head["server"] = server
    at = server_of(server or None) if server or not told else None
    _joined.append(run_id)
    owns_end = os.environ.get("GYRE_RUN_OWNER") != "wrapper" and not told
    plan = Plan(folder, head, at, owns_end=owns_end and not _capture.rank(), owns_folder=not told, limit_bytes=_limit(teller), made_elsewhere=made_elsewhere)
    return Run(plan, teller, str(head.get("name") or run_id))


def _head(run_id: str, experiment: Optional[str], name: Optional[str], tags: Tags, parent: Union[Run, str, None]) -> Dict[str, Any]:
    known = os.environ
    told = experiment or known.get("GYRE_EXPERIMENT") or known.get("MLFLOW_EXPERIMENT_NAME") or "Default"
    texts = {key: _values.to_text(value)[: _values.MAX_TAG] for key, value in {**_capture.tags(), **_tags(tags)}.items() if value is not None}
    if parent is not None:
        texts["mlflow.parentRunId"] = parent.id if isinstance(parent, Run) else str(parent)
    return {
        "id": run_id,
        "experiment_name": _sound(told),
        "name": _sound(name or known.get("MLFLOW_RUN_NAME") or _names.new_name()),
        "started_at": max(time.time_ns() // 1_000_000, 0),
        "user": _capture.user(),
        "tags": {_values.clean_key(key): _sound(value) for key, value in texts.items()},
    }


def _sound(text: object) -> str:
    """Text that can be written as UTF-8."""
    return str(text).encode("utf-8", "replace").decode()


def _tags(tags: Tags) -> Dict[str, Any]:
    if tags is None:
        return {}
    if isinstance(tags, str):
        return {tags: "true"}
    if isinstance(tags, Mapping):
        return {str(key): value for key, value in tags.items()}
    return {str(name): "true" for name in tags}


def _good_id(told: Optional[str], teller: Teller) -> str:
    if told is None:
        return _names.new_id()
    text = str(told)
    if _names.is_id(text):
        return text
    digest = f"{zlib.crc32(text.encode('utf-8', 'replace')):08x}"  # the same for the same text, so that it still goes on with that run
    mended = re.sub(r"[^A-Za-z0-9_-]", "-", text).lstrip("-_")[:54]
    mended = f"{mended}-{digest}" if mended else f"run-{digest}"
    teller.refuse("id", f"the id {text!r:.80} is none: 1 to 64 letters, digits, '-' and '_'. The run is {mended!r}")
    return mended


def _server(server: Optional[str], offline: Union[str, "os.PathLike[str]", None], teller: Teller) -> Optional[str]:
    if offline is not None or (server is None and os.environ.get("GYRE_OFFLINE")):
        return None
    try:
        return server_of(server)
    except ValueError as error:
        teller.refuse("server", f"{error}. The run is kept on this machine and sent to {DEFAULT_SERVER}")
        return DEFAULT_SERVER


def _root(offline: Union[str, "os.PathLike[str]", None]) -> Path:
    """The folder that runs' folders lie in."""
    if offline is not None or os.environ.get("GYRE_OFFLINE"):
        return Path(offline or os.environ["GYRE_OFFLINE"]).absolute()
    return spool_root()


def spool_root() -> Path:
    if os.environ.get("GYRE_SPOOL"):
        return Path(os.environ["GYRE_SPOOL"]).absolute()
    state = os.environ.get("XDG_STATE_HOME") or os.path.join(os.path.expanduser("~"), ".local", "state")
    return Path(state, "gyre", "runs")


def _folder(root: Path, head: Dict[str, Any], teller: Teller) -> Path:
    stamp = time.strftime("%Y%m%d-%H%M%S", time.gmtime(head["started_at"] / 1000))
    for place in (root, Path(tempfile.gettempdir()) / f"gyre-runs-{os.getuid() if hasattr(os, 'getuid') else 'user'}"):
        folder, trouble = _made(place, f"{stamp}-{head['id'][:24]}")
        if trouble is None:
            return folder
        teller.refuse(f"root {place}", f"cannot write to {place}: {trouble.strerror or trouble}")
    return folder


def _made(root: Path, name: str) -> Tuple[Path, Optional[OSError]]:
    for number in range(1000):
        folder = root / (name + (f"-{number}" if number else ""))
        try:
            root.mkdir(parents=True, exist_ok=True)
            folder.mkdir()
            return folder, None
        except FileExistsError:
            continue
        except OSError as error:
            return folder, error
    return folder, OSError("a thousand runs of this name began in one second")


def _limit(teller: Teller) -> int:
    told = os.environ.get("GYRE_SPOOL_LIMIT_MIB", "")
    if told and not told.isdigit():
        teller.warn("limit", f"GYRE_SPOOL_LIMIT_MIB is {told!r:.40}, which is no number; {LIMIT_BYTES >> 20} is taken")
    return int(told) << 20 if told.isdigit() else LIMIT_BYTES


def _in_notebook() -> bool:
    return "ipykernel" in sys.modules and hasattr(sys, "ps1")
