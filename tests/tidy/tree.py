"""The files of the repository, and which room a file belongs to."""
import functools
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
SKIPPED = {'.git', '.deps', 'build', 'node_modules', 'dist', 'generated', '__pycache__', '.pytest_cache', '.cache', 'gyre-data', 'corpus'}
FLOORS = [
    ['base'],
    ['storage/sql', 'storage/blob', 'exec', 'query', 'infer', 'stats', 'net'],
    ['governance', 'notify', 'views', 'artifacts', 'tracking', 'alerting', 'traces', 'genai', 'registry', 'exchange', 'webhooks', 'datasets', 'pipelines', 'serving', 'monitoring', 'policy'],
    ['api/mlflow', 'api/otlp', 'api/inference', 'api/rest', 'api/page', 'api/operations'],
    ['app'],
]
DOMAINS = FLOORS[2]
FLOOR_OF = {room: floor for floor, rooms in enumerate(FLOORS, 1) for room in rooms}


@functools.cache
def files():
    """All files, as paths from the root."""
    found = []
    for folder, folders, names in os.walk(ROOT):
        folders[:] = sorted(f for f in folders if f not in SKIPPED)
        found += [pathlib.Path(folder, name).relative_to(ROOT) for name in sorted(names)]
    return [f for f in found if f.name != '.git' and not (ROOT / f).is_symlink()]


@functools.cache
def text(path):
    """The file's text, or nothing where it is none."""
    content = (ROOT / path).read_bytes()
    if b'\0' in content[:4096]:
        return ''
    return content.decode(errors='replace')


def lines(path):
    return enumerate(text(path).splitlines(), 1)


@functools.cache
def cpp():
    return [f for f in files() if f.parts[0] in ('src', 'bench', 'fuzz') and f.suffix in ('.cc', '.h')]


def room_of(path):
    """The room of a path below src/, or nothing."""
    parts = pathlib.PurePath(path).parts
    for length in (2, 1):
        if '/'.join(parts[:length]) in FLOOR_OF and len(parts) > length:
            return '/'.join(parts[:length])
    return None


def own_room(path):
    return room_of(pathlib.Path(*path.parts[1:])) if path.parts[0] == 'src' else None
