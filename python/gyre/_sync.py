"""Runs that lie in folders, brought to a server: what a process left over, and `python -m gyre sync`. Sent twice is sent once."""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path
from typing import Any, Dict, Iterator, List, Set, Tuple

from . import _spool
from ._delivery import Delivery, Mark, Stream
from ._http import Away, Client, Refused
from ._tell import Teller, say

_swept: Set[Tuple[str, str]] = set()


def run_folders(place: Path) -> Iterator[Path]:
    """The folder itself where it is a run, else those runs that lie in it."""
    if (place / "run.json").is_file():
        yield place
        return
    for folder in sorted(place.iterdir()):
        if (folder / "run.json").is_file():
            yield folder


def send_folder(folder: Path, server: str, teller: Teller) -> Delivery:
    """All that the folder holds is on the server when this returns; raises Away, Refused, OSError, ValueError."""
    client = Client(server)
    try:
        delivery = Delivery(client, folder, _spool.read_head(folder), teller)
        delivery.create()
        for source in _spool.sources(folder):
            stream = Stream(delivery, source)
            stream.position = delivery.position(source)
            while stream.send_some():
                pass
        sent: Dict[str, Mark] = {}
        delivery.send_files(False, sent)
        return delivery
    finally:
        client.close()


def sync(places: List[Path], server: str) -> int:
    """The exit code: 0 all is there, 1 something was refused or cannot be read, 7 the server was not reached."""
    code = 0
    for place in places:
        try:
            folders = list(run_folders(place))
        except OSError as error:
            say(f"cannot read {place}: {error.strerror or error}")
            code = 1
            continue
        if not folders:
            say(f"{place} holds no run: no run.json lies in it or in its folders")
            code = 1
        for folder in folders:
            try:
                found = send_folder(folder, server, Teller())
                say(f"{folder}: {found.events_sent:,} events and {found.files_sent:,} files sent  {server}/p/default/r/{found.head['id']}")
            except Away as error:
                say(f"{error}; {folder} is unchanged, try again later")
                return 7
            except (Refused, OSError, ValueError) as error:
                say(f"{folder}: {error}")
                code = 1
    return code


def send_left_over(root: Path, server: str) -> None:
    """In the background, once a process: runs for this server whose processes ended before all was sent. What has been sent is removed."""
    if (str(root), server) in _swept:
        return
    _swept.add((str(root), server))
    threading.Thread(target=_sweep, args=(root, server), name="gyre-left-over", daemon=True).start()


def _sweep(root: Path, server: str) -> None:
    time.sleep(1.0)  # the run that was just started comes first
    try:
        folders = list(run_folders(root)) if root.is_dir() else []
    except OSError:
        return
    for folder in folders:
        try:
            if _head_of(folder).get("server") != server:
                continue
            presence = _spool.Presence(folder, alone=True)
            try:
                if presence.held:
                    _send_and_remove(folder, server)
            finally:
                presence.release()
        except Away:
            return
        except Exception as error:
            say(f"{folder} was left over and cannot be sent: {error}. `gyre sync {folder}` tells more")


def _send_and_remove(folder: Path, server: str) -> None:
    teller = Teller()
    found = send_folder(folder, server, teller)
    if teller.forget("file refused"):
        return
    say(f"sent what an earlier run had left over: {found.events_sent:,} events and {found.files_sent:,} files  {server}/p/default/r/{found.head['id']}")
    shutil.rmtree(folder, ignore_errors=True)


def _head_of(folder: Path) -> Dict[str, Any]:
    try:
        return _spool.read_head(folder)
    except (OSError, ValueError):
        return {}
