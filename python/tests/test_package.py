"""The package as it is delivered: its types, its wheel, its version, the examples of its guide."""
import os
import pathlib
import re
import subprocess
import sys

import pytest

PYTHON = pathlib.Path(__file__).resolve().parents[1]
ROOT = PYTHON.parent
GUIDES = [ROOT / 'docs/guide/python.md', PYTHON / 'README.md']
EXAMPLES = [(guide.name, number, text) for guide in GUIDES for number, text in enumerate(re.findall(r'```python\n(.*?)```', guide.read_text(), re.DOTALL))]


def test_types_are_strict():
    told = subprocess.run([sys.executable, '-m', 'mypy', '--cache-dir', os.devnull], cwd=PYTHON, capture_output=True, text=True)
    assert told.returncode == 0, told.stdout


def test_the_version_is_that_of_the_whole():
    whole = re.search(r'project\(gyre VERSION ([\d.]+)', (ROOT / 'CMakeLists.txt').read_text()).group(1)
    import gyre
    assert gyre.__version__ == whole and f'version = "{whole}"' in (PYTHON / 'pyproject.toml').read_text()


def test_the_wheel_has_the_same_bytes_twice_and_works(tmp_path):
    found = []
    for _ in range(2):
        told = subprocess.run([ROOT / 'gyre-dev', 'package'], capture_output=True, text=True)
        assert told.returncode == 0, told.stderr
        found.append(told.stdout)
    assert found[0] == found[1]
    wheel = ROOT / found[0].split()[1]
    text = 'import gyre, sys; run = gyre.start("w", offline=sys.argv[1]); run.log({"m": 1}); print(gyre.__file__)'
    told = subprocess.run([sys.executable, '-I', '-c', f'import sys; sys.path.insert(0, {str(wheel)!r}); {text}', str(tmp_path)], capture_output=True, text=True)
    assert told.returncode == 0 and wheel.name in told.stdout, told.stderr


def test_nothing_but_the_standard_library_is_needed():
    told = subprocess.run([sys.executable, '-S', '-E', '-c', f'import sys; sys.path.insert(0, {str(PYTHON)!r}); import gyre; print([m for m in sys.modules if m in ("numpy", "PIL", "pandas")])'],
                          capture_output=True, text=True)
    assert told.stdout.strip() == '[]', told.stderr


@pytest.mark.parametrize('guide, number, text', EXAMPLES, ids=[f'{guide}-{number}' for guide, number, _ in EXAMPLES])
def test_examples(guide, number, text, story, tmp_path):
    place = tmp_path / 'example.py'
    place.write_text(text)
    (tmp_path / 'weights.bin').write_bytes(b'1234')
    told = subprocess.run([sys.executable, str(place)], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert told.returncode == 0, told.stderr
    assert 'left out' not in told.stderr and 'cannot' not in told.stderr, told.stderr
