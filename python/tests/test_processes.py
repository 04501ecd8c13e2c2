"""Threads, forks, ranks and the ways in which a process ends."""
import os
import signal
import subprocess
import sys
import threading

import gyre
import pytest
from story import Folder, only_folder

ENDS = [
    ('pass', 0, 'FINISHED'),
    ('sys.exit(0)', 0, 'FINISHED'),
    ('sys.exit(3)', 3, 'FAILED'),
    ('sys.exit("trouble")', 1, 'FAILED'),
    ('raise ValueError("no data")', 1, 'FAILED'),
    ('raise KeyboardInterrupt', 130, 'KILLED'),
    ('os.kill(os.getpid(), signal.SIGTERM); time.sleep(30)', -signal.SIGTERM, 'KILLED'),
    ('os.kill(os.getpid(), signal.SIGINT); time.sleep(30)', -signal.SIGINT, 'KILLED'),
]


@pytest.mark.parametrize('end, code, status', ENDS)
def test_how_a_script_ends(story, script, end, code, status):
    training = script(f'''
        import os, signal, sys, time, gyre
        run = gyre.start('ends')
        print(run.id, flush=True)
        run.log({{'m': 1}})
        {end}
    ''')
    out, err = training.communicate(timeout=60)
    assert training.returncode in (code, -signal.SIGINT if code == 130 else code), err
    run = out.strip()
    assert story.status(run) == status and story.values(run, 'm') == [1]
    if 'ValueError' in end:
        assert story.tags(run)['gyre.exception'] == 'ValueError: no data'
        assert b'raise ValueError("no data")' in story.file(run, 'exception.txt')
        assert 'ValueError: no data' in err, "Python's own traceback is shown too"


@pytest.mark.parametrize('error, status', [(None, 'FINISHED'), (RuntimeError('x'), 'FAILED'), (KeyboardInterrupt(), 'KILLED'), (SystemExit(2), 'FAILED'), (SystemExit(0), 'FINISHED')])
def test_how_a_block_is_left(tmp_path, error, status):
    run = gyre.start('ends', offline=tmp_path)
    try:
        with run:
            if error is not None:
                raise error
    except BaseException as found:
        assert found is error
    assert run.status == status and Folder(run.folder).events('end')[0]['status'] == status


def test_many_threads(story):
    def work(number):
        for step in range(2000):
            run.log({f'thread/{number}': step}, step=step)

    with gyre.start('threads') as run:
        threads = [threading.Thread(target=work, args=(number,)) for number in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    for number in range(16):
        assert story.values(run.id, f'thread/{number}') == list(range(2000))


def test_forked_children_are_sources_of_their_own(story, script, finish, spool):
    out, _ = finish(script('''
        import multiprocessing, os, sys, gyre

        def work(number):
            for step in range(500):
                gyre.log({f'child/{number}': step}, step=step)

        context = multiprocessing.get_context('fork')
        with gyre.start('forks') as run:
            print(run.id)
            sys.stdout.flush()
            for step in range(500):
                run.log({'parent': step}, step=step)
            children = [context.Process(target=work, args=(number,)) for number in range(4)]
            for child in children: child.start()
            for child in children: child.join()
            silent = os.fork()
            if silent == 0:
                sys.exit(0)          # it logs nothing, and must not end its parent's run
            os.waitpid(silent, 0)
            leaver = os.fork()
            if leaver == 0:
                run.log({'leaver': 1}, step=0)
                run.flush()
                os._exit(0)
            os.waitpid(leaver, 0)
            run.log({'parent': 500}, step=500)
    '''))
    run = out.split()[0]
    assert story.values(run, 'parent') == list(range(501))
    for number in range(4):
        assert story.values(run, f'child/{number}') == list(range(500))
    assert story.status(run) == 'FINISHED' and story.values(run, 'leaver') == [1]


def test_ranks_write_one_run_and_the_first_ends_it(story, script, finish):
    text = '''
        import os, gyre
        rank = int(os.environ['RANK'])
        with gyre.start('ranks', id='ranks-1', name='all of them') as run:
            for step in range(200):
                run.log({f'rank{rank}/loss': rank + step}, step=step)
    '''
    others = [script(text, RANK=str(rank)) for rank in (1, 2)]
    for other in others:
        finish(other)
    assert story.status('ranks-1') == 'RUNNING'
    finish(script(text, RANK='0'))
    assert story.status('ranks-1') == 'FINISHED'
    for rank in range(3):
        assert story.values('ranks-1', f'rank{rank}/loss') == [rank + step for step in range(200)]


def test_ranks_without_an_id_are_told(tmp_path, monkeypatch, capfd):
    monkeypatch.setenv('RANK', '3')
    with gyre.start('ranks', offline=tmp_path) as run:
        run.log({'m': 1})
    assert 'give all of them the same id=' in capfd.readouterr().err and Folder(run.folder).values('m') == [1]


def test_the_same_id_goes_on_with_the_run(story):
    for part in range(3):
        with gyre.start('resumed', id='resumed-1', name='first') as run:
            run.log({'m': part}, step=part)
        assert story.status('resumed-1') == 'FINISHED'
    assert story.values('resumed-1', 'm') == [0, 1, 2]
    run = gyre.start('resumed', id='resumed-1')
    run.log({'m': 3}, step=3)
    from conftest import until
    until(lambda: len(story.values('resumed-1', 'm')) == 4)
    assert story.status('resumed-1') == 'RUNNING'
    run.finish('FAILED')
    assert story.status('resumed-1') == 'FAILED'


def test_an_id_that_is_none_is_mended_alike(tmp_path, capfd):
    ids = set()
    for _ in range(2):
        with gyre.start('ids', id='my run #1!', offline=tmp_path) as run:
            ids.add(run.id)
    assert len(ids) == 1 and ids.pop().startswith('my-run--1-')
    assert "the id 'my run #1!' is none" in capfd.readouterr().err


def test_within_gyre_run(story, tmp_path):
    place = tmp_path / 'train.py'
    place.write_text('import gyre\nrun = gyre.start("ignored", config={"lr": 0.5})\nfor step in range(50):\n    run.log({"loss": step}, step=step)\nprint("ID", run.id)\n')
    command = [os.environ['GYRE_BINARY'], 'run', 'start', '--server', story.url, '--', sys.executable, str(place)]
    told = subprocess.run(command, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)
    assert told.returncode == 0, told.stderr
    run = told.stdout.split('ID ')[1].split()[0]
    assert story.values(run, 'loss') == list(range(50)) and story.params(run)['lr'] == '0.5' and story.status(run) == 'FINISHED'


def test_within_gyre_run_without_a_server(tmp_path, monkeypatch):
    folder = tmp_path / 'given'
    folder.mkdir()
    (folder / 'run.json').write_text('{"format": "gyre-run/1", "id": "given-1", "name": "given"}')
    for name, value in (('GYRE_RUN_ID', 'given-1'), ('GYRE_OFFLINE_RUN', str(folder)), ('GYRE_RUN_OWNER', 'wrapper')):
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(gyre._start, '_joined', [])
    with gyre.start('other') as run:
        run.log({'m': 1})
    assert run.id == 'given-1' and run.folder == folder
    assert Folder(folder).values('m') == [1] and not Folder(folder).events('end'), 'the wrapper ends it'
    with gyre.start('other', offline=tmp_path / 'runs') as second:
        pass
    assert second.id != 'given-1' and Folder(second.folder).head['tags']['mlflow.parentRunId'] == 'given-1'


def test_gyre_log_starts_a_run(story, script, finish, spool):
    finish(script('import gyre\nfor step in range(3): gyre.log({"m": step})\n', GYRE_OFFLINE=str(spool)))
    assert only_folder(spool).values('m') == [0, 1, 2] and only_folder(spool).events('end')[0]['status'] == 'FINISHED'


def test_a_million_calls(tmp_path):
    with gyre.start('many', offline=tmp_path) as run:
        for step in range(1_000_000):
            run.log({'m': step}, step=step)
    sources = Folder(run.folder).sources()
    events = [event for event in next(iter(sources.values())) if event['type'] == 'metrics']
    assert len(events) == 1_000_000 and all(event['step'] == step for step, event in enumerate(events))


@pytest.mark.parametrize('version', ['3.9', '3.10', '3.12', '3.13', '3.14'])
def test_other_pythons(version, script, finish, spool, tmp_path):
    found = [place for place in _pythons() if subprocess.run([place, '-c', f'import sys; assert "%d.%d" % sys.version_info[:2] == "{version}"'], capture_output=True).returncode == 0]
    if not found:
        pytest.skip(f'no Python {version} is installed')
    finish(script('''
        import os, gyre
        with gyre.start('pythons', config={'a': {'b': 1}}) as run:
            run.log({'m': 1, 'text': 'x', 'picture': gyre.Image([[0.5, 1.0]]), 'sound': gyre.Audio([0.0, 0.5]), 'many': gyre.Histogram([1, 2]), 'table': gyre.Table([{'a': 1}])})
            pid = os.fork()
            if pid == 0:
                run.log({'m': 2})
                os.sys.exit(0)
            os.waitpid(pid, 0)
    ''', python=found[0], GYRE_OFFLINE=str(tmp_path / 'runs')))
    folder = only_folder(tmp_path / 'runs')
    assert sorted(folder.values('m')) == [1, 2] and folder.events('end')
    assert len(list(folder.place.glob('files/media/*/*.json'))) == 6 or len(list(folder.place.glob('files/media/*/*'))) >= 9


def _pythons():
    places = [place for folder in os.environ['PATH'].split(':') for place in (f'{folder}/python3.{minor}' for minor in range(9, 20)) if os.access(place, os.X_OK)]
    root = os.path.join(os.environ.get('PYENV_ROOT', os.path.expanduser('~/.pyenv')), 'versions')
    if os.path.isdir(root):
        places += [place for place in (f'{root}/{version}/bin/python3' for version in sorted(os.listdir(root))) if os.access(place, os.X_OK)]
    return places
