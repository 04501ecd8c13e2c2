"""The configuration of a run: set once, read like a dict."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, Mapping, Optional

from . import _values
from ._events import Event, packs
from ._tell import Teller


class Params(Mapping[str, Any]):
    """`run.params["lr"] = 0.1`, `run.params.update(config)`. Names of what is nested are joined by dots. The first value of a name stays."""

    def __init__(self, put: Callable[[Event], None], teller: Teller) -> None:
        self._put, self._teller = put, teller
        self._known: Dict[str, Any] = {}
        self._texts: Dict[str, str] = {}

    def __getitem__(self, key: str) -> Any:
        return self._known[key]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._known))

    def __len__(self) -> int:
        return len(self._known)

    def __repr__(self) -> str:
        return f"Params({self._known!r})"

    def __setitem__(self, key: str, value: Any) -> None:
        self.update({key: value})

    def setdefault(self, key: str, value: Any) -> Any:
        if key not in self._known:
            self[key] = value
        return self._known.get(key, value)

    def update(self, config: Optional[Any] = None, **more: Any) -> None:
        """Takes mappings, dataclasses, argparse's and pydantic's objects; texts longer than 6,000 characters are cut."""
        new: Dict[str, Optional[str]] = {}
        for given in (config, more):
            if given is None or (isinstance(given, dict) and not given):
                continue
            try:
                for name, value in _values.flatten(given):
                    self._add(new, name, value)
            except Exception as error:  # objects that fail when they are read
                self._teller.refuse("params", f"cannot read the parameters: {error}")
        for values in packs(new):
            self._put(Event(type="params", values=values))

    def _add(self, new: Dict[str, Optional[str]], name: Any, value: Any) -> None:
        key = _values.clean_key(name)
        text = _values.to_text(value).encode("utf-8", "replace").decode()
        if len(text) > _values.MAX_PARAM:
            self._teller.refuse(f"long {key}", f"the parameter {key!r} has {len(text):,} characters and is cut to {_values.MAX_PARAM:,}; run.file() keeps long texts")
            text = text[: _values.MAX_PARAM]
        before = self._texts.get(key)
        if before is not None:
            if before != text:
                self._teller.refuse(f"changed {key}", f"the parameter {key!r} is {before[:80]!r} and stays so; {text[:80]!r} is not taken. What changes is logged by run.log() or tagged")
            return
        if len(self._known) >= _values.MAX_PARAMS:
            self._teller.refuse("many params", f"a run has at most {_values.MAX_PARAMS:,} parameters; the others are left out")
            return
        self._known[key], self._texts[key], new[key] = value, text, text
