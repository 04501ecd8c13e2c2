"""Every call of the script gets from us what the real `mlflow server` answered when golden/record.py was run, but for the listed deviations."""
import json
import pathlib

import pytest

from golden.deviations import DEVIATIONS, REASONS
from golden.play import Play, read
from golden.script import GROUPS

ANSWERS = {name: read((pathlib.Path(__file__).parent / 'golden/answers' / f'{name}.txt').read_text()) for name in GROUPS}
CASES = [(name, place) for name, answers in ANSWERS.items() for place in range(len(answers))]


@pytest.fixture(scope='module')
def played(server):
    """Group -> our exchanges. Whole once a server: later groups meet what earlier ones made."""
    groups = {}
    for name, play_group in GROUPS.items():
        play = Play(server.url)
        play_group(play)
        groups[name] = json.loads(json.dumps(play.exchanges))
    return groups


@pytest.mark.parametrize('name, place', CASES, ids=[f'{name}-{place + 1}' for name, place in CASES])
def test_the_answer_is_mlflows(played, name, place):
    ours, theirs = played[name][place], ANSWERS[name][place]
    assert ours['asked'] == theirs['asked']
    deviation = DEVIATIONS.get((name, place + 1))
    if deviation is None:
        assert differences(ours, theirs) == []
        return
    _, listed = deviation
    assert differences(ours, theirs), 'listed as a deviation, and is none'
    assert differences(ours, listed) == []


def test_deviations_are_told_to_people():
    guide = (pathlib.Path(__file__).parents[2] / 'docs/guide/mlflow-compat.md').read_text()
    text = ' '.join(guide.split())
    for reason in {reason for reason, _ in DEVIATIONS.values()}:
        assert REASONS[reason] in text, f'docs/guide/mlflow-compat.md does not say: {REASONS[reason]}'


def differences(ours, theirs, at=''):
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [line for key in sorted({*ours, *theirs}) for line in differences(ours.get(key, '(absent)'), theirs.get(key, '(absent)'), f'{at}.{key}')]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for place, (a, b) in enumerate(zip(ours, theirs)) for line in differences(a, b, f'{at}[{place}]')]
    return [] if ours == theirs and isinstance(ours, bool) == isinstance(theirs, bool) else [f'{at}: ours {ours!r}, wanted {theirs!r}']
