"""What a run says of itself without being asked: the script, the commit, Python's version. `gyre run -- CMD` captures far more."""

from __future__ import annotations

import getpass
import os
import platform
import socket
import sys
from pathlib import Path
from typing import Dict, Optional


def user() -> str:
    try:
        return getpass.getuser()
    except Exception:  # a container's user without a name
        return os.environ.get("USER", "")


def rank() -> Optional[int]:
    """This process's among those that train together, as torchrun, Slurm, Open MPI and Horovod tell it."""
    for name in ("RANK", "SLURM_PROCID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "HOROVOD_RANK"):
        told = os.environ.get(name, "")
        if told.isdigit():
            return int(told)
    return None


def tags() -> Dict[str, str]:
    found = {"mlflow.source.type": "LOCAL", "mlflow.source.name": source_name(), "gyre.python": platform.python_version(), "gyre.host": socket.gethostname()}
    if len(sys.argv) > 1:
        found["gyre.argv"] = " ".join(sys.argv)[:2000]
    commit = git_commit(Path.cwd())
    if commit:
        found["mlflow.source.git.commit"] = commit
    return {key: value for key, value in found.items() if value}


def source_name() -> str:
    return sys.argv[0] if sys.argv and sys.argv[0] not in ("", "-c", "-m") else Path(sys.executable or "python").name


def git_commit(place: Path) -> str:
    """Read from the repository's files: a process of git's would cost more than all the rest of start()."""
    try:
        for folder in (place, *place.parents):
            git = folder / ".git"
            if git.exists():
                return _head_of(_git_folder(git))
    except (OSError, ValueError):
        pass
    return ""


def _git_folder(git: Path) -> Path:
    if git.is_dir():
        return git
    told = git.read_text(encoding="utf-8").strip()  # a worktree: "gitdir: PLACE"
    return (git.parent / told[len("gitdir:") :].strip()).resolve()


def _head_of(git: Path) -> str:
    head = (git / "HEAD").read_text(encoding="utf-8").strip()
    if not head.startswith("ref:"):
        return head
    ref = head[len("ref:") :].strip()
    common = git / "commondir"
    places = [git] + ([(git / common.read_text(encoding="utf-8").strip()).resolve()] if common.exists() else [])
    for place in places:
        if (place / ref).exists():
            return (place / ref).read_text(encoding="utf-8").strip()
        packed = place / "packed-refs"
        if packed.exists():
            for line in packed.read_text(encoding="utf-8").splitlines():
                if line.endswith(" " + ref):
                    return line.split(" ", 1)[0]
    return ""
