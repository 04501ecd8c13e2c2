"""Compares an answer with what a test expects of it.

Text in an expectation may stand for more than itself:
  "<any>" "<string>" "<int>" "<number>" "<bool>" "<time>"   a value of that kind; <time> is ISO 8601 UTC
  "<re:PATTERN>"                                            text that matches as a whole
  "<as:NAME>"                                               any value; ${NAME} stands for it from then on
  "<as:NAME:PATTERN>"                                       the same, for text that matches
An object with the member "...": "..." may have more members than those named; a list whose last item is "..." more items.
"""
import math
import re

KINDS = {
    '<any>': lambda v: True,
    '<string>': lambda v: isinstance(v, str),
    '<int>': lambda v: isinstance(v, int) and not isinstance(v, bool),
    '<number>': lambda v: isinstance(v, (int, float)) and not isinstance(v, bool),
    '<bool>': lambda v: isinstance(v, bool),
    '<time>': lambda v: isinstance(v, str) and re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z', v) is not None,
}


def differences(expected, found, captures, at='$'):
    """What is not as expected, as sentences; fills `captures`."""
    if isinstance(expected, str):
        return _text(expected, found, captures, at)
    if isinstance(expected, dict):
        return _object(expected, found, captures, at)
    if isinstance(expected, list):
        return _list(expected, found, captures, at)
    if isinstance(expected, float) and isinstance(found, float) and math.isnan(expected) and math.isnan(found):
        return []
    if expected != found or isinstance(expected, bool) != isinstance(found, bool):
        return [f'{at}: expected {expected!r}, found {found!r}']
    return []


def _text(expected, found, captures, at):
    if expected in KINDS:
        return [] if KINDS[expected](found) else [f'{at}: expected {expected}, found {found!r}']
    capture = re.fullmatch(r'<as:(\w+)(?::(.*))?>', expected)
    if capture:
        name, pattern = capture.groups()
        if pattern is not None and not (isinstance(found, str) and re.fullmatch(pattern, found, re.S)):
            return [f'{at}: expected text like {pattern}, found {found!r}']
        captures[name] = found
        return []
    pattern = re.fullmatch(r'<re:(.*)>', expected, re.S)
    if pattern:
        fits = isinstance(found, str) and re.fullmatch(pattern.group(1), found, re.S)
        return [] if fits else [f'{at}: expected text like {pattern.group(1)}, found {found!r}']
    return [] if expected == found else [f'{at}: expected {expected!r}, found {found!r}']


def _object(expected, found, captures, at):
    if not isinstance(found, dict):
        return [f'{at}: expected an object, found {found!r}']
    problems = []
    for name, value in expected.items():
        if name == '...':
            continue
        if name not in found:
            problems.append(f"{at}.{name}: is missing")
        else:
            problems += differences(value, found[name], captures, f'{at}.{name}')
    if '...' not in expected:
        problems += [f'{at}.{name}: is not expected, found {found[name]!r}' for name in found if name not in expected]
    return problems


def _list(expected, found, captures, at):
    if not isinstance(found, list):
        return [f'{at}: expected a list, found {found!r}']
    more = bool(expected) and expected[-1] == '...'
    wanted = expected[:-1] if more else expected
    problems = []
    if len(found) < len(wanted) or (not more and len(found) != len(wanted)):
        problems.append(f'{at}: expected {len(wanted)} items{" or more" if more else ""}, found {len(found)}')
    for i, (a, b) in enumerate(zip(wanted, found)):
        problems += differences(a, b, captures, f'{at}[{i}]')
    return problems
