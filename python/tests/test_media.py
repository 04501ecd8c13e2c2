"""Pictures, texts, histograms, sounds, videos and tables, as docs/formats/media.md has them: what was logged is read back by other programs."""
import io
import json
import math
import wave

import gyre
import numpy
import PIL.Image
import pytest


def logged(tmp_path, **values):
    """(manifest, files) of each thing that is logged."""
    with gyre.start('media', offline=tmp_path / 'runs', strict=True) as run:
        run.log(values, step=7)
    found = {}
    for place in run.folder.glob('files/media/**/*.json'):
        if place.name.endswith('.table.json'):
            continue
        manifest = json.loads(place.read_text())
        assert manifest['format'] == 'gyre-media/1' and manifest['step'] == 7 and place.name.startswith('000000000007-')
        assert place.parent == run.folder / 'files/media' / manifest['key']
        found[manifest['key']] = manifest, [(place.parent / name).read_bytes() for name in manifest['files']]
    return found


def picture(content):
    opened = PIL.Image.open(io.BytesIO(content))
    opened.load()
    return opened


PICTURES = {
    'grey': numpy.arange(12, dtype=numpy.uint8).reshape(3, 4),
    'colour': numpy.arange(36, dtype=numpy.uint8).reshape(3, 4, 3),
    'alpha': numpy.arange(48, dtype=numpy.uint8).reshape(3, 4, 4),
}


@pytest.mark.parametrize('kind', PICTURES)
def test_arrays_are_pictures(tmp_path, kind):
    manifest, (content,) = logged(tmp_path, **{kind: gyre.Image(PICTURES[kind], caption='hello')})[kind]
    assert (manifest['width'], manifest['height'], manifest['caption']) == (4, 3, 'hello')
    assert (numpy.asarray(picture(content)) == PICTURES[kind]).all()


def test_pictures_of_all_origins(tmp_path):
    floats = numpy.array([[0.0, 0.5, 1.0, 2.0, float('nan')]])
    first = numpy.zeros((3, 8, 9), numpy.uint8)
    out = io.BytesIO()
    PIL.Image.new('RGB', (5, 6), 'red').save(out, 'jpeg')
    (tmp_path / 'p.webp').write_bytes(b'RIFF    WEBP')
    found = logged(tmp_path, floats=gyre.Image(floats), first=gyre.Image(first), lists=gyre.Image([[0, 255], [1, 2]]), pil=PIL.Image.new('L', (2, 3), 9), jpeg=gyre.Image(out.getvalue()),
                   place=gyre.Image(tmp_path / 'p.webp'), mask=gyre.Image(numpy.array([[True, False]])))
    assert numpy.asarray(picture(found['floats'][1][0])).tolist() == [[0, 128, 255, 255, 0]]
    assert picture(found['first'][1][0]).size == (9, 8) and picture(found['pil'][1][0]).size == (2, 3)
    assert numpy.asarray(picture(found['lists'][1][0])).tolist() == [[0, 255], [1, 2]]
    assert found['jpeg'][0]['files'][0].endswith('.jpg') and found['place'][0]['files'][0].endswith('.webp')
    assert numpy.asarray(picture(found['mask'][1][0])).tolist() == [[255, 0]]


def test_an_array_that_changes_afterwards(tmp_path):
    array = numpy.zeros((100, 100), numpy.uint8)
    with gyre.start('media', offline=tmp_path / 'runs') as run:
        for step in range(5):
            array[:] = step
            run.log({'same': gyre.Image(array)}, step=step)
    for step, place in enumerate(sorted(run.folder.glob('files/media/same/*.png'))):
        assert (numpy.asarray(PIL.Image.open(place)) == step).all()


def test_videos(tmp_path):
    frames = numpy.zeros((4, 6, 8, 3), numpy.uint8)
    for number in range(4):
        frames[number] = 60 * number
    manifest, (content,) = logged(tmp_path, v=gyre.Video(frames, fps=5), f=gyre.Video(b'\0\0\0\x18ftypmp42'))['v']
    opened = picture(content)
    assert opened.is_animated and opened.n_frames == 4 and manifest['fps'] == 5
    opened.seek(3)
    assert opened.info['duration'] == 200 and numpy.asarray(opened.convert('RGB'))[0, 0].tolist() == [180, 180, 180]


def test_sounds(tmp_path):
    tone = numpy.sin(numpy.linspace(0, 100, 8000)).astype(numpy.float32)
    found = logged(tmp_path, mono=gyre.Audio(tone, rate=8000), stereo=gyre.Audio(numpy.stack([tone, -tone]), rate=8000), lists=gyre.Audio([0.0, 1.0, -1.0, float('nan')]))
    with wave.open(io.BytesIO(found['mono'][1][0])) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (1, 8000, 8000)
        back = numpy.frombuffer(file.readframes(8000), '<i2') / 32767
        assert numpy.abs(back - tone).max() < 1e-4
    assert found['mono'][0]['seconds'] == 1.0 and found['stereo'][0]['channels'] == 2
    with wave.open(io.BytesIO(found['lists'][1][0])) as file:
        assert numpy.frombuffer(file.readframes(4), '<i2').tolist() == [0, 32767, -32767, 0]


def test_histograms(tmp_path):
    values = numpy.concatenate([numpy.random.default_rng(1).normal(size=10_000), [float('nan'), float('inf')]])
    found = logged(tmp_path, h=gyre.Histogram(values), auto=values, same=gyre.Histogram([3, 3]), none=gyre.Histogram([float('nan')]), far=gyre.Histogram([-1.7e308, 1.7e308]),
                   counted=gyre.Histogram(counts=[1, 2], edges=[0, 1, 2]))
    h = found['h'][0]
    finite = values[numpy.isfinite(values)]
    assert sum(h['counts']) == h['n'] == 10_000 and h['nan'] == h['infinite'] == 1
    assert numpy.abs(numpy.array(h['counts']) - numpy.histogram(finite, 64)[0]).sum() <= 4
    assert h['edges'][0] == finite.min() and h['edges'][-1] == finite.max()
    assert found['auto'][0]['counts'] == h['counts']
    assert sum(found['same'][0]['counts']) == 2 and found['none'][0]['nan'] == 1 and sum(found['far'][0]['counts']) == 2
    assert found['counted'][0]['edges'] == [0, 1, 2]


class Frame:  # as pandas has it
    columns = ['a', 'b']
    values = numpy.array([[1, 2.5], [3, math.nan]])

    def to_dict(self):
        raise AssertionError


@pytest.mark.parametrize('data, columns, rows', [
    ([{'a': 1, 'b': 'x'}, {'a': 2, 'c': None}], ['a', 'b', 'c'], [[1, 'x', None], [2, None, None]]),
    ({'a': [1, 2], 'b': numpy.array([0.5, 1.5])}, ['a', 'b'], [[1, 0.5], [2, 1.5]]),
    ([[1, 2], [3, 4]], ['0', '1'], [[1, 2], [3, 4]]),
    (Frame(), ['a', 'b'], [[1.0, 2.5], [3.0, 'NaN']]),
    ([], [], []),
])
def test_tables(tmp_path, data, columns, rows):
    manifest, (content,) = logged(tmp_path, t=gyre.Table(data))['t']
    assert json.loads(content) == {'columns': columns, 'data': rows} and manifest['rows'] == len(rows)


def test_texts(tmp_path):
    found = logged(tmp_path, plain='größe 🦊', marked=gyre.Text('# title', markdown=True))
    assert found['plain'][1] == ['größe 🦊'.encode()] and found['marked'][0]['files'][0].endswith('.md')


@pytest.mark.parametrize('make', [lambda: gyre.Image('nowhere.png'), lambda: gyre.Image(numpy.zeros((2, 2, 9, 9))), lambda: gyre.Image([[1, 2], [3]]), lambda: gyre.Image(object()),
                                  lambda: gyre.Audio(object()), lambda: gyre.Video([]), lambda: gyre.Histogram(['x'])])
def test_what_is_no_picture_is_told(tmp_path, capfd, make):
    with gyre.start('media', offline=tmp_path / 'runs') as run:
        run.log({'bad': make(), 'good': 1})
    assert "cannot log 'bad'" in capfd.readouterr().err
    assert not list(run.folder.glob('files/media/**/*.*'))


def test_they_come_to_the_server(story, spool):
    with gyre.start('media') as run:
        for step in range(50):
            run.log({'val/sample': gyre.Image(numpy.full((32, 32), step, numpy.uint8)), 'loss': step}, step=step)
    files = story.files(run.id)
    assert len(files) == 100 and all(path.startswith('media/val/sample/') for path in files)
    place = sorted(path for path in files if path.endswith('.png'))[9]
    assert (numpy.asarray(picture(story.file(run.id, place))) == 9).all()
    assert not list(spool.iterdir()), 'what the server has is not kept'


def test_files_and_folders(story, tmp_path):
    (tmp_path / 'model/deep').mkdir(parents=True)
    (tmp_path / 'model/weights größe.bin').write_bytes(bytes(range(256)) * 1000)
    (tmp_path / 'model/deep/empty').write_bytes(b'')
    with gyre.start('media') as run:
        run.file(tmp_path / 'model')
        run.file(tmp_path / 'model/weights größe.bin', to='checkpoints/1')
        (tmp_path / 'model/weights größe.bin').write_bytes(b'overwritten')
    assert story.files(run.id) == {'checkpoints/1/weights größe.bin': 256_000, 'model/deep/empty': 0, 'model/weights größe.bin': 256_000}
    assert story.file(run.id, 'model/weights größe.bin') == bytes(range(256)) * 1000
