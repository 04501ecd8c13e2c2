"""A full disk: training goes on, and what the disk does not take goes to the server or waits in memory."""
import os
import pathlib
import subprocess
import sys
import tempfile

import pytest

INSIDE = 'GYRE_TEST_IN_NAMESPACE'


def fill(folder):
    ballast = folder / 'ballast'
    with open(ballast, 'wb', buffering=0) as out:
        for size in (65536, 512):
            try:
                while True:
                    out.write(b'\0' * size)
            except OSError:
                pass
    return ballast


def with_a_server():
    import gyre
    from harness.server import Server
    from story import Story
    with Server() as server:
        run = gyre.start('disk', server=server.url)
        run.log({'m': 0}, step=0)
        run.flush()
        fill(pathlib.Path(os.environ['GYRE_SPOOL']))
        for step in range(1, 5000):
            run.log({'m': step}, step=step)
        assert run.finish(timeout=60), 'all of it is on the server, which has room'
        story = Story(server.url)
        assert story.values(run.id, 'm') == list(range(5000)) and story.status(run.id) == 'FINISHED'


def without_a_server():
    import gyre
    from story import Folder
    root = pathlib.Path(os.environ['GYRE_SPOOL'])
    run = gyre.start('disk', offline=root)
    run.log({'m': 0}, step=0)
    run.flush()
    ballast = fill(root)
    for step in range(1, 20_000):
        run.log({'m': step}, step=step)
    assert not run.flush()
    assert Folder(run.folder).values('m')[0] == 0, 'no torn line stands in the middle'
    ballast.unlink()
    run.log({'m': 20_000}, step=20_000)
    assert run.flush() and run.finish()
    assert Folder(run.folder).values('m') == list(range(20_001))


def so_long_that_some_is_lost():
    import gyre
    from story import Folder
    root = pathlib.Path(os.environ['GYRE_SPOOL'])
    run = gyre.start('disk', offline=root)
    run.flush()
    ballast = fill(root)
    for step in range(400_000):
        run.log({'m': step}, step=step)
    assert run._feed.writer.dropped > 0
    ballast.unlink()
    run.log({'m': -1})
    run.finish()
    values = Folder(run.folder).values('m')
    assert len(values) > 100_000 and sorted(values[:-1]) == values[:-1], 'the oldest are kept, in order'


def no_place_to_begin():
    import gyre
    from harness.server import Server
    from story import Story
    root = pathlib.Path(os.environ['GYRE_SPOOL'])
    fill(root)
    with Server() as server:
        with gyre.start('disk', server=server.url) as run:
            for step in range(100):
                run.log({'m': step}, step=step)
        assert Story(server.url).values(run.id, 'm') == list(range(100))


STORIES = {story.__name__: story for story in (with_a_server, without_a_server, so_long_that_some_is_lost, no_place_to_begin)}


@pytest.mark.parametrize('name', STORIES)
def test_full(name):
    command = ['unshare', '-m'] if os.geteuid() == 0 else ['unshare', '-rm']
    if subprocess.run([*command, 'true'], capture_output=True).returncode != 0:
        pytest.skip('no mount namespaces here')
    told = subprocess.run([*command, sys.executable, __file__, name], capture_output=True, text=True, timeout=300, env={**os.environ, INSIDE: '1'})
    assert told.returncode == 0, told.stdout + told.stderr
    assert 'cannot write' in told.stderr or 'cannot make' in told.stderr


def inside(name):
    root = pathlib.Path(__file__).resolve().parents[2]
    sys.path[:0] = [str(root / 'python'), str(root / 'tests'), str(pathlib.Path(__file__).parent)]
    subprocess.run(['mount', '--make-rprivate', '/'], check=True)
    with tempfile.TemporaryDirectory(prefix='gyre-spool.') as place:
        subprocess.run(['mount', '-t', 'tmpfs', '-o', 'size=16m', 'tmpfs', place], check=True)
        os.environ['GYRE_SPOOL'] = place
        try:
            STORIES[name]()
        finally:
            subprocess.run(['umount', '-l', place], check=False)


if __name__ == '__main__':
    if not os.environ.get(INSIDE):
        sys.exit('pytest runs this file')
    inside(sys.argv[1])
