"""What may be logged, and what becomes of what may not: nothing raises, and what is left out is told."""
import argparse
import dataclasses
import decimal
import math
import struct

import gyre
import numpy
import pytest
from story import Folder

ODD = [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1 / 3, 1e22, float('nan'), float('inf'), float('-inf'), 0, 7, -(2**63), 2**63 - 1, True]


def offline(tmp_path, **more):
    return gyre.start('odd', offline=tmp_path / 'runs', **more)


def bits(value):
    return struct.pack('<d', value)


def test_numbers_come_back_bit_for_bit(story):
    with gyre.start('odd') as run:
        for step, value in enumerate(ODD):
            run.log({'m': value}, step=step)
    found = story.points(run.id, 'm')
    assert [step for step, _ in found] == list(range(len(ODD)))
    for value, (_, back) in zip(ODD, found):
        assert math.isnan(value) and math.isnan(back) or bits(float(value)) == bits(float(back))


def test_numbers_of_other_libraries(tmp_path):
    class Tensor:  # as PyTorch's: of one element, changed in place
        def __init__(self, value):
            self.value = value

        def item(self):
            return self.value

    tensor = Tensor(0.25)
    with offline(tmp_path) as run:
        run.log({'f32': numpy.float32(0.3), 'f64': numpy.float64(0.3), 'i64': numpy.int64(7), 'one': numpy.array([2.5]), 'flag': numpy.bool_(True), 'tensor': tensor,
                 'decimal': decimal.Decimal('1.5'), 'huge': 10**400, 'large': 2**70}, step=numpy.int64(3))
        tensor.value = 99.0
    event = Folder(run.folder).events('metrics')[0]
    assert event['step'] == 3
    assert event['values'] == {'f32': 0.30000001192092896, 'f64': 0.3, 'i64': 7, 'one': 2.5, 'flag': 1, 'tensor': 0.25, 'decimal': 1.5, 'huge': 'Infinity', 'large': 2.0**70}


def test_a_dict_that_is_changed_afterwards(tmp_path):
    with offline(tmp_path) as run:
        values = {'m': 1}
        for step in range(3):
            values['m'] = step
            run.log(values)
    assert Folder(run.folder).values('m') == [0, 1, 2]


def test_steps_count_on(tmp_path):
    with offline(tmp_path) as run:
        run.log({'a': 1})
        run.log({'a': 1})
        run.log({'a': 1}, step=10)
        run.log({'a': 1})
        run.log({'a': 1}, step=0.25)
        run.log({'a': 1}, step=float('nan'))
    assert [event['step'] for event in Folder(run.folder).events('metrics')] == [0, 1, 10, 11, 0.25, 1.25]


@pytest.mark.parametrize('garbage', [None, 'loss', 3, ['loss', 3], {'x': None}, {'x': object()}, {'x': 1j}, {'x': {'y': {'z': object()}}}, {'x': b'bytes'}])
def test_garbage_raises_nothing_and_is_told(tmp_path, capfd, garbage):
    with offline(tmp_path) as run:
        run.log({'good': 1})
        run.log(garbage)
        run.log({'good': 2, 'bad': object()})
    assert Folder(run.folder).values('good') == [1, 2]
    said = capfd.readouterr().err
    assert 'left out' in said or 'takes a dict' in said


@pytest.mark.parametrize('act', [lambda run: run.log(3), lambda run: run.log({'x': None}), lambda run: run.log({'x': 1}, step='soon'), lambda run: run.params.update(3),
                                 lambda run: run.params.update({'lr': 2}), lambda run: run.file('nowhere'), lambda run: run.file('x', to='../..'), lambda run: run.finish('DONE')])
def test_strict_raises_where_else_it_is_told(tmp_path, act):
    run = offline(tmp_path, strict=True, config={'lr': 1})
    with pytest.raises(gyre.GyreError):
        act(run)
    run.finish()
    run = offline(tmp_path, config={'lr': 1})
    act(run)
    run.finish()


def test_objects_that_fail_when_they_are_looked_at(tmp_path):
    class Hostile:
        def __getattr__(self, name):
            raise RuntimeError('no')

        def __float__(self):
            raise RuntimeError('no')

        def __repr__(self):
            raise RuntimeError('no')

        __str__ = __repr__

    with offline(tmp_path) as run:
        run.log({'x': Hostile()})
        run.log(Hostile())
        run.params['x'] = Hostile()
        run.tag(x=Hostile())
        run.log({'x': 1})
    assert Folder(run.folder).values('x') == [1]


def test_names_that_are_none_are_mended_and_told(story, capfd):
    with gyre.start('odd') as run:
        run.log({'loss(%)': 1, 'loss[%]': 2, 'ü/λ/数': 3, 'a//b': 4, '../up': 5, 'x' * 400: 6, 'torn\udc80': 7}, step=1)
    keys = story.keys(run.id)
    assert len(keys) == 7 and {'ü/λ/数', 'a/b', '__/up', 'x' * 250} <= set(keys)
    assert sum(key.startswith('loss___') for key in keys) == 2
    assert 'loss___' in capfd.readouterr().err


def test_words_of_all_scripts(story):
    text = 'größe 数据 🦊 "quoted" \\ \n\t end\u2028'
    with gyre.start('実験 é', name='läufer 🏃', tags={'team/ü': text}, config={'pfad': text}, note='# ' + text) as run:
        run.log({'m': 1})
    assert story.tags(run.id)['team/ü'] == text and story.tags(run.id)['mlflow.note.content'] == '# ' + text
    assert story.params(run.id)['pfad'] == text
    assert story.run(run.id)['info']['run_name'] == 'läufer 🏃'


def test_configurations(tmp_path):
    @dataclasses.dataclass
    class Inner:
        width: int = 3

    @dataclasses.dataclass
    class Config:
        lr: float = 0.1
        inner: Inner = dataclasses.field(default_factory=Inner)

    loop = {'a': 1}
    loop['self'] = loop
    with offline(tmp_path, config=Config()) as run:
        run.params.update(argparse.Namespace(seed=numpy.int64(7), layers=[1, 2]), extra=None)
        run.params['on'] = True
        run.params.update(loop)
        run.params['long'] = 'x' * 10_000
        assert run.params['lr'] == 0.1 and dict(run.params)['inner.width'] == 3
    found = {}
    for event in Folder(run.folder).events('params'):
        found.update(event['values'])
    assert {'lr': '0.1', 'inner.width': '3', 'seed': '7', 'layers': '[1, 2]', 'extra': 'None', 'on': 'True', 'a': '1'}.items() <= found.items()
    assert len(found['long']) == 6000


def test_the_first_value_of_a_parameter_stays(story, capfd):
    with gyre.start('odd', config={'lr': 0.1}) as run:
        run.params['lr'] = 0.1
        run.params['lr'] = 0.2
    assert story.params(run.id)['lr'] == '0.1'
    assert "'lr' is '0.1' and stays so" in capfd.readouterr().err


def test_tags(story):
    with gyre.start('odd', tags=['baseline', 'nightly']) as run:
        run.tag('checked', team='vision')
        run.tag({'data/commit': 'abc', 'nightly': None})
    tags = story.tags(run.id)
    assert tags['baseline'] == tags['checked'] == 'true' and tags['team'] == 'vision' and tags['data/commit'] == 'abc' and 'nightly' not in tags


def test_many_names_at_once(story):
    with gyre.start('odd') as run:
        run.log({f'layer/{number}/norm': number for number in range(3500)}, step=2)
    assert story.get('/api/v1/runs/' + run.id)['metrics'] and story.values(run.id, 'layer/3499/norm') == [3499.0]


def test_after_the_end_nothing_is_taken(tmp_path, capfd):
    run = offline(tmp_path)
    run.log({'m': 1})
    run.finish()
    run.log({'m': 2})
    run.finish('FAILED')
    assert Folder(run.folder).values('m') == [1] and [event['status'] for event in Folder(run.folder).events('end')] == ['FINISHED']
    assert 'has ended' in capfd.readouterr().err
