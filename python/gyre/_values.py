"""Numbers, steps, names and texts as the server takes them, from whatever a script holds: Python's, NumPy's, PyTorch's, dataclasses."""

from __future__ import annotations

import dataclasses
import json
import math
import re
from typing import Any, Iterator, Mapping, Optional, Union

Number = Union[int, float]

MAX_KEY = 250  # characters
MAX_PARAM = 6000
MAX_TAG = 8000
MAX_PARAMS = 10_000  # of one run's configuration
_MAX_DEPTH = 16
_MAX_WHOLE = 1 << 63
_STRANGE = re.compile(r"[^\w\-. :/]", re.UNICODE)


def to_number(value: Any) -> Optional[Number]:
    """A float or an int, or None where it is no number. Arrays and tensors of one element are numbers; an int beyond 64 bits is the nearest float."""
    kind = type(value)
    if kind is float:
        return float(value)
    if isinstance(value, (str, bytes, bytearray)) or value is None:
        return None
    if isinstance(value, int):
        return fit_whole(int(value))
    try:
        item = getattr(value, "item", None)
        if item is not None:  # NumPy, PyTorch, JAX, TensorFlow's EagerTensor
            plain = item()
            if isinstance(plain, bool) or isinstance(plain, int):
                return fit_whole(int(plain))
            return float(plain)
        if hasattr(value, "numpy"):
            return to_number(value.numpy())
        if hasattr(value, "__float__"):  # Decimal, Fraction
            return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    except Exception:
        return None
    return None


def fit_whole(value: int) -> Number:
    """An int that is one of 64 bits, or the nearest float."""
    if -_MAX_WHOLE <= value < _MAX_WHOLE:
        return value
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def to_step(value: Any) -> Optional[Number]:
    """A finite number within 64 bits, or None."""
    number = to_number(value)
    if number is None or number != number or not -_MAX_WHOLE <= number < _MAX_WHOLE:
        return None
    return int(number) if isinstance(number, float) and number.is_integer() else number


def clean_key(key: Any) -> str:
    """The nearest name that the server takes: signs that have no place in a name become `_`, and what would read as another path does not."""
    text = key if isinstance(key, str) else str(key)
    text = _STRANGE.sub("_", text.encode("utf-8", "replace").decode())
    parts = ["_" * len(part) if part in (".", "..") else part for part in text.split("/") if part]
    return "/".join(parts)[:MAX_KEY].rstrip("/") or "_"


def to_text(value: Any) -> str:
    """A parameter's or a tag's text: `str` of what is plain, as MLflow has it, and JSON of lists."""
    if isinstance(value, str):
        return value
    try:
        item = getattr(value, "item", None)
        if item is not None and getattr(value, "shape", None) == ():
            value = item()
        if isinstance(value, (list, tuple, dict)):
            return json.dumps(value, ensure_ascii=False, default=str)
    except Exception:  # it cannot be looked at so
        pass
    try:
        return str(value)
    except Exception:
        return f"a {type(value).__name__} that cannot be shown"


def flatten(config: Any) -> Iterator[tuple[str, Any]]:
    """(name, value) of a configuration; what is nested gets dotted names. Takes mappings, dataclasses, argparse's and other plain objects."""
    found = _members(config)
    if found is None:
        raise TypeError(f"a configuration is a mapping, a dataclass or a namespace, not {type(config).__name__}")
    yield from _flatten("", found, _MAX_DEPTH)


def _flatten(prefix: str, members: Mapping[Any, Any], depth: int) -> Iterator[tuple[str, Any]]:
    for key, value in members.items():
        name = f"{prefix}{key}"
        inner = _members(value) if depth > 0 else None
        if inner:
            yield from _flatten(name + ".", inner, depth - 1)
        else:
            yield name, value


def _members(value: Any) -> Optional[Mapping[Any, Any]]:
    if isinstance(value, Mapping):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, type) or callable(value):
        return None
    for way in ("model_dump", "_asdict"):  # pydantic, namedtuple
        ask = getattr(type(value), way, None)
        if ask is not None:
            told = ask(value)
            return told if isinstance(told, Mapping) else None
    if type(value).__module__ == "argparse" or type(value).__name__ in ("Namespace", "SimpleNamespace"):
        return dict(vars(value))
    if hasattr(value, "items") and hasattr(value, "keys"):  # OmegaConf's DictConfig
        return dict(value.items())
    return None
