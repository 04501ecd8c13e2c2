"""Ids and names of runs."""

from __future__ import annotations

import os
import re
import secrets

_FIRST = ("amber", "bold", "brisk", "calm", "clear", "coral", "crisp", "deft", "dusky", "eager", "early", "fleet", "frosty", "gentle", "glad", "golden", "hardy", "keen",
          "lively", "lucid", "mellow", "merry", "misty", "nimble", "quiet", "rapid", "ruddy", "silver", "steady", "sunny", "swift", "vivid")
_SECOND = ("badger", "beaver", "bison", "crane", "curlew", "dipper", "egret", "falcon", "fox", "gecko", "grebe", "hare", "heron", "ibex", "jackdaw", "kestrel", "lark",
           "lynx", "marten", "newt", "osprey", "otter", "owl", "plover", "raven", "robin", "stoat", "swallow", "tern", "vole", "wren", "yak")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


def new_id() -> str:
    return secrets.token_hex(16)


def is_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def new_name() -> str:
    return f"{secrets.choice(_FIRST)}-{secrets.choice(_SECOND)}-{secrets.randbelow(1000)}"


def new_source() -> str:
    """One writer of a run: unique in the world, also among the processes of several machines and what a process forks."""
    return f"python.{os.getpid()}.{secrets.token_hex(6)}"
