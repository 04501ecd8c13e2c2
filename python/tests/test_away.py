"""The server goes away, the training is killed, the clock jumps: what was logged comes to the server, each point once."""
import json
import os
import shutil
import signal
import subprocess
import sys
import time

import gyre
from conftest import until
from story import Folder, Story, only_folder

TRAIN = '''
import sys, time, gyre
run = gyre.start('away', id=sys.argv[1])
for step in range(int(sys.argv[2])):
    run.log({'loss': step / 7}, step=step)
    time.sleep(float(sys.argv[3]))
'''


def expected(count):
    return [(step, step / 7) for step in range(count)]


def test_the_server_is_killed_and_comes_back_thrice(own_server, script, finish):
    story = Story(own_server.url)
    training = script(TRAIN, 'thrice', '1500', '0.004')
    for _ in range(3):
        until(lambda: story.is_there('thrice') and story.keys('thrice').get('loss'))
        own_server.kill()
        time.sleep(0.7)
        own_server.start()
    _, said = finish(training)
    assert story.points('thrice', 'loss') == expected(1500)
    assert story.status('thrice') == 'FINISHED'
    assert 'is sent when the server is back' in said and 'nothing was lost' in said


def test_the_server_is_away_from_start_to_end_and_the_next_run_brings_it(own_server, script, finish, spool):
    own_server.kill()
    started = time.monotonic()
    _, said = finish(script(TRAIN, 'early', '300', '0'))
    assert time.monotonic() - started < 30, 'a server that is away holds nobody up'
    assert '302 events' in said, said
    assert 'gyre sync' in said
    assert Folder(next(spool.iterdir())).values('loss') == [step / 7 for step in range(300)]
    own_server.start()
    finish(script(TRAIN, 'late', '300', '0.01'))
    story = Story(own_server.url)
    assert until(lambda: story.is_there('early') and story.points('early', 'loss')) == expected(300)
    assert story.status('early') == 'FINISHED'
    until(lambda: not list(spool.iterdir()))


def test_kill_9_loses_at_most_the_last_moment(story, script, spool):
    training = script('''
        import sys, gyre
        run = gyre.start('away', id='killed')
        for step in range(1000):
            run.log({'loss': step}, step=step)
        run.flush()
        print('flushed', flush=True)
        step = 1000
        while True:
            run.log({'loss': step}, step=step)
            step += 1
    ''')
    assert training.stdout.readline() == 'flushed\n'
    time.sleep(0.5)
    training.kill()
    training.wait()
    folder = only_folder(spool)
    on_disk = folder.values('loss')
    assert on_disk == list(range(len(on_disk))) and len(on_disk) >= 1000
    with gyre.start('away', id='killed') as run:  # the same machine starts again, and brings what was left over
        run.log({'again': 1})
        until(lambda: len(story.points('killed', 'loss')) == len(on_disk))
    assert story.values('killed', 'loss') == on_disk


def test_the_rest_is_brought_by_python_m_gyre_sync_once(own_server, tmp_path):
    with gyre.start('away', id='offline-1', offline=tmp_path / 'runs', config={'lr': 1}) as run:
        for step in range(12_000):
            run.log({'loss': step / 7}, step=step)
        run.log({'note': 'a text'}, step=3)
    log = next(run.folder.glob('log-*.ndjson'))
    with open(log, 'ab') as torn:
        torn.write(b'{"n":99999,"type":"metr')
    command = [sys.executable, '-m', 'gyre', 'sync', str(tmp_path / 'runs')]
    own_server.kill()
    assert subprocess.run(command, capture_output=True).returncode == 7
    own_server.start()
    for sent in ('12,003 events', ' 0 events'):
        told = subprocess.run(command, capture_output=True, text=True)
        assert told.returncode == 0 and sent in told.stderr, told.stderr
    story = Story(own_server.url)
    assert story.points('offline-1', 'loss') == expected(12_000)
    assert story.status('offline-1') == 'FINISHED' and len(story.files('offline-1')) == 2
    assert story.run('offline-1')['info']['start_time'] == run._plan.head['started_at']


def test_the_program_syncs_what_the_package_wrote(own_server, tmp_path):
    with gyre.start('away', id='offline-2', offline=tmp_path / 'runs') as run:
        run.log({'loss': 0.5, 'picture': gyre.Image([[0, 255]])}, step=3)
    told = subprocess.run([os.environ['GYRE_BINARY'], 'sync', str(tmp_path / 'runs'), '--server', own_server.url], capture_output=True, text=True)
    assert told.returncode == 0, told.stderr
    story = Story(own_server.url)
    assert story.points('offline-2', 'loss') == [(3, 0.5)] and len(story.files('offline-2')) == 2


def test_a_server_that_was_set_up_anew_gets_all(own_server, monkeypatch):
    run = gyre.start('away', id='anew')
    for step in range(100):
        run.log({'loss': step / 7}, step=step)
    story = Story(own_server.url)
    until(lambda: story.is_there('anew') and len(story.points('anew', 'loss')) == 100)
    own_server.kill()
    shutil.rmtree(own_server.folder / 'data')
    own_server.start()
    for step in range(100, 200):
        run.log({'loss': step / 7}, step=step)
    assert run.finish()
    assert story.points('anew', 'loss') == expected(200)


def test_a_server_that_was_set_back_gets_the_rest_again(own_server, tmp_path):
    run = gyre.start('away', id='set-back')
    story = Story(own_server.url)
    for step in range(100):
        run.log({'loss': step / 7}, step=step)
    until(lambda: story.is_there('set-back') and len(story.points('set-back', 'loss')) == 100)
    own_server.stop()
    shutil.copytree(own_server.folder / 'data', tmp_path / 'backup')
    own_server.start()
    for step in range(100, 200):
        run.log({'loss': step / 7}, step=step)
    until(lambda: len(story.points('set-back', 'loss')) == 200)
    own_server.kill()
    shutil.rmtree(own_server.folder / 'data')
    shutil.copytree(tmp_path / 'backup', own_server.folder / 'data')
    own_server.start()
    run.log({'loss': 200 / 7}, step=200)
    assert run.finish()
    assert story.points('set-back', 'loss') == expected(201)


def test_a_clock_that_jumps(story, monkeypatch):
    real, shift = time.time_ns, [0]
    monkeypatch.setattr(time, 'time_ns', lambda: real() + shift[0])
    with gyre.start('away') as run:
        for step, jump_s in enumerate([0, 86_400 * 365, -86_400 * 365, -(10**10), 0]):
            shift[0] = jump_s * 10**9
            run.log({'m': step}, step=step)
            time.sleep(0.3)
        shift[0] = 0
    assert story.values(run.id, 'm') == [0, 1, 2, 3, 4]


def test_a_server_that_never_answers_holds_nobody_up(monkeypatch, capfd):
    import socket
    with socket.socket() as silent:
        silent.bind(('127.0.0.1', 0))
        silent.listen()
        monkeypatch.setattr(gyre._run, 'FINISH_S', 2.0)
        started = time.monotonic()
        run = gyre.start('away', server=f'http://127.0.0.1:{silent.getsockname()[1]}')
        for step in range(1000):
            run.log({'m': step})
        logged = time.monotonic() - started
        assert not run.finish()
        assert logged < 2 and time.monotonic() - started < 20
    assert len(only_folder(os.environ['GYRE_SPOOL']).values('m')) == 1000


def test_something_else_listens_there(monkeypatch, tmp_path):
    import http.server
    import threading

    class Page(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'<html>hello</html>')

        def log_message(self, *_):
            pass

    other = http.server.HTTPServer(('127.0.0.1', 0), Page)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    with gyre.start('away', server=f'http://127.0.0.1:{other.server_port}') as run:
        run.log({'m': 1})
        run.finish(timeout=1)
    other.shutdown()
    assert Folder(run.folder).values('m') == [1]


def test_the_folder_is_removed_amid_the_run(story, spool):
    run = gyre.start('away')
    run.log({'m': 0}, step=0)
    until(lambda: story.is_there(run.id) and story.keys(run.id).get('m') == 1)
    shutil.rmtree(run.folder)
    for step in range(1, 30):
        run.log({'m': step}, step=step)
        time.sleep(0.1)
    run.finish()
    found = story.values(run.id, 'm')
    assert found[0] == 0 and found[-1] == 29, 'what comes after it is there'


def test_the_spool_is_bounded(own_server, monkeypatch, capfd):
    own_server.kill()
    monkeypatch.setenv('GYRE_SPOOL_LIMIT_MIB', '1')
    run = gyre.start('away')
    for step in range(30_000):
        run.log({'loss/of/a/long/name': step / 7}, step=step)
    run.flush()
    held = sum(place.stat().st_size for place in run.folder.glob('log-*'))
    assert 500_000 < held <= 1 << 20
    assert 'as much as it may' in capfd.readouterr().err
    own_server.start()
    assert run.finish()
    assert len(Story(own_server.url).points(run.id, 'loss/of/a/long/name')) == 30_000, 'what found no room waits in memory'


def test_nobody_sends_a_run_that_lives(story, script, spool):
    training = script('''
        import sys, gyre
        run = gyre.start('away', id='alive', server='http://127.0.0.1:9')
        run.log({'m': 1})
        run.flush()
        print('ready', flush=True)
        sys.stdin.read()
        import time; time.sleep(60)
    ''')
    assert training.stdout.readline() == 'ready\n'
    folder = only_folder(spool)
    head = json.loads((folder.place / 'run.json').read_text())
    (folder.place / 'run.json').write_text(json.dumps({**head, 'server': story.url}))
    with gyre.start('away') as run:
        run.log({'m': 1})
        time.sleep(2.5)
    assert (folder.place / 'run.json').exists() and not story.is_there('alive')
    os.killpg(training.pid, signal.SIGKILL)
