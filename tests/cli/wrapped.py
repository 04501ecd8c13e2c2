"""gyre run -- COMMAND, gyre sync, gyre run logs: real commands, wrapped."""
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
import urllib.parse

from harness.client import Client
from harness.server import Server

import terminal

AWAY = 'http://127.0.0.1:9'
terminal.BINARY = os.path.abspath(terminal.BINARY)  # some run in folders of their own


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix='gyre-wrapped.') as made:
        yield pathlib.Path(made)


def script(place, text, name='train.py'):
    path = place / name
    path.write_text(textwrap.dedent(text))
    return path


def run_of(w, name):
    (row,) = w.json('run', 'ls', '--exp', 'wrapped', '--filter', f"run_name = '{name}'")['rows']
    return w.json('run', 'show', row['id'], '--tags')


def console(w, run, **query):
    return Client(w.server.port).call('GET', f'/api/v1/runs/{run["id"]}/console?{urllib.parse.urlencode(query)}')


def wrapped(w, name, *command, code=0, **more):
    return w.gyre('run', '--exp', 'wrapped', '--name', name, '--', *command, code=code, GYRE_SPOOL=str(w.folder / 'spool'), **more)


def spooled(place):
    return sorted(path.name for path in place.iterdir()) if place.exists() else []


def case_a_pipeline_of_the_shell(w):
    done = wrapped(w, 'pipe', 'sh', '-c', 'seq 3 | tail -1; echo oops >&2; exit 3', code=3)
    assert done.out == '3\n' and done.err.startswith('oops\n'), done
    run = run_of(w, 'pipe')
    assert run['state'] == 'failed' and run['tags']['gyre.exit_code'] == '3', run
    assert run['tags']['gyre.command'].startswith("sh -c 'seq 3"), run['tags']
    rows = console(w, run)['rows']
    assert sorted((row['stream'], row['text']) for row in rows) == [('err', 'oops'), ('out', '3')], rows
    assert w.gyre('run', 'logs', run['id']).out == ''.join(row['text'] + '\n' for row in rows)
    assert w.gyre('run', 'logs', run['id'], '--grep', 'OOP').out == 'oops\n'
    w.gyre('run', 'logs', run['id'], '--grep', 'none', code=1)
    assert spooled(w.folder / 'spool') == [], 'what the server has is not kept here'


def case_words_come_as_they_are(w):
    done = wrapped(w, 'words', sys.executable, '-c', 'import sys\nprint(sys.argv[1:])', '', 'a b', '--json', '--', '-x\ny')
    assert done.out == "['', 'a b', '--json', '--', '-x\\ny']\n", done


def case_input_reaches_the_command(w):
    done = subprocess.run([terminal.BINARY, 'run', '--exp', 'wrapped', '--', 'cat'], input=b'a\xff\x00b', capture_output=True,
                          env=terminal.environment(GYRE_SERVER=w.server.url, GYRE_SPOOL=str(w.folder / 'spool')), timeout=60)
    assert done.returncode == 0 and done.stdout == b'a\xff\x00b', done


def case_what_cannot_be_run(w):
    assert 'cannot run' in wrapped(w, 'none', 'no-such-program', code=127).err
    assert run_of(w, 'none')['state'] == 'failed'
    assert 'cannot run' in wrapped(w, 'denied', '/etc/passwd', code=126).err
    w.gyre('run', '--exp', 'wrapped', '--', code=2)
    w.gyre('run', '--id', '../x', '--', 'true', code=2)


def case_signals(w):
    wrapped(w, 'killed', 'sh', '-c', 'kill -9 $$', code=137)
    assert run_of(w, 'killed')['state'] == 'killed'
    wrapped(w, 'crashed', 'sh', '-c', 'kill -SEGV $$', code=139)
    assert run_of(w, 'crashed')['state'] == 'failed'
    with folder() as place:
        path = script(place, """
            import os, signal, time
            def caught(*_):
                os.write(1, b'caught\\n')
                os._exit(5)
            signal.signal(signal.SIGINT, caught)
            print('ready', flush=True)
            time.sleep(60)
        """)
        process = subprocess.Popen([terminal.BINARY, 'run', '--exp', 'wrapped', '--name', 'caught', '--', sys.executable, path], stdout=subprocess.PIPE,
                                   env=terminal.environment(GYRE_SERVER=w.server.url, GYRE_SPOOL=str(w.folder / 'spool')))
        assert process.stdout.readline() == b'ready\n'
        process.send_signal(signal.SIGINT)
        assert process.stdout.read() == b'caught\n' and process.wait(60) == 5
    assert run_of(w, 'caught')['state'] == 'failed'


def case_a_terminal_stays_one(w):
    code = 'import sys, os; print(sys.stdin.isatty(), sys.stdout.isatty(), sys.stderr.isatty(), os.get_terminal_size().columns); sys.stderr.write("bar\\r100 %\\n"); input("name? "); print("bye")'
    run = w.on_terminal('run', '--exp', 'wrapped', '--name', 'tty', '--', sys.executable, '-c', code, columns=93, GYRE_SPOOL=str(w.folder / 'spool'))
    run.read_until(lambda text: 'name? ' in text)
    run.write('ada\n')
    done = run.finish()
    assert done.code == 0 and 'True True True 93' in done.out and 'bye' in done.out, done
    rows = console(w, run_of(w, 'tty'))['rows']
    assert ('err', 'bar\r100 %') in [(row['stream'], row['text']) for row in rows], rows


def case_interrupt_from_the_terminal(w):
    code = 'import time\ntry:\n  print("ready", flush=True)\n  time.sleep(60)\nexcept KeyboardInterrupt:\n  print("clean end"); raise SystemExit(7)'
    run = w.on_terminal('run', '--exp', 'wrapped', '--name', 'interrupted', '--', sys.executable, '-c', code, GYRE_SPOOL=str(w.folder / 'spool'))
    run.read_until(lambda text: 'ready' in text)
    run.write('\x03')
    done = run.finish()
    assert done.code == 7 and done.out.count('clean end') == 1, done
    assert 'clean end' in [row['text'] for row in console(w, run_of(w, 'interrupted'))['rows']]


def case_code_and_packages(w):
    with folder() as place:
        git = ['git', '-c', 'user.name=a', '-c', 'user.email=a@b', '-C', str(place)]
        path = script(place, 'print(1)\n')
        for command in (['init', '-q', '-b', 'trunk'], ['add', '.'], ['commit', '-qm', 'one'], ['remote', 'add', 'origin', 'https://ada:s3cret@host/x.git']):
            subprocess.run([*git, *command], check=True)
        wrapped(w, 'clean', sys.executable, path, cwd=place)
        clean = run_of(w, 'clean')
        assert clean['tags']['mlflow.git.dirty'] == 'false' and not any(f['path'].startswith('code/') for f in clean['files']), clean
        path.write_text('print(2)\n')
        (place / 'new.txt').write_text('')
        wrapped(w, 'dirty', sys.executable, path, cwd=place)
        dirty = run_of(w, 'dirty')
        tags = dirty['tags']
        assert tags['mlflow.git.dirty'] == 'true' and tags['mlflow.source.git.branch'] == 'trunk' and len(tags['mlflow.source.git.commit']) == 40, tags
        assert tags['mlflow.source.git.repoURL'] == 'https://host/x.git' and 's3cret' not in json.dumps(dirty), tags
        w.gyre('run', 'get', dirty['id'], 'code/diff.patch', '-o', place / 'got.patch')
        assert '+print(2)' in (place / 'got.patch').read_text()
        w.gyre('run', 'get', dirty['id'], 'environment/requirements.txt', '-o', place / 'requirements.txt')
        frozen = subprocess.run([sys.executable, '-m', 'pip', 'freeze', '--all'], capture_output=True, text=True, check=True).stdout.lower().split()
        listed = (place / 'requirements.txt').read_text().lower().split()
        assert set(frozen) - {'@'} <= set(listed) or not set(frozen) - set(listed) - {'@'}, set(frozen) - set(listed)
        assert tags['mlflow.source.name'].endswith('train.py') and 'gyre.cpu' in tags and 'gyre.os' in tags, tags


def case_a_script_that_logs_by_mlflow_is_the_same_run(w):
    with folder() as place:
        path = script(place, """
            import mlflow
            with mlflow.start_run():
                mlflow.log_param('lr', 0.1)
                for step in range(3):
                    mlflow.log_metric('loss', 1 / (step + 1), step=step)
        """)
        wrapped(w, 'by-mlflow', sys.executable, path, timeout=120)
    run = run_of(w, 'by-mlflow')
    assert run['params'] == {'lr': '0.1'} and run['state'] == 'finished', run
    assert {key['key']: key['points'] for key in run['keys']}['loss'] == 3, run['keys']


def case_figures_of_machine_and_processes(w):
    code = 'import subprocess, sys, time; subprocess.Popen([sys.executable, "-c", "while True: pass"]); time.sleep(1.5); subprocess.run(["pkill", "-P", str(__import__("os").getpid())])'
    w.gyre('run', '--exp', 'wrapped', '--name', 'figures', '--sample', '200ms', '--', sys.executable, '-c', code, GYRE_SPOOL=str(w.folder / 'spool'))
    keys = {key['key']: key for key in run_of(w, 'figures')['keys']}
    for key in ('cpu_utilization_percentage', 'system_memory_usage_megabytes', 'disk_usage_percentage', 'network_receive_megabytes', 'process_count'):
        assert f'system/{key}' in keys, sorted(keys)
    assert keys['system/process_count']['max'] >= 2 and keys['system/process_cpu_utilization_percentage']['max'] > 0, keys


def case_offline_and_synced_once(w):
    with folder() as place:
        done = terminal.piped('run', '--offline', place / 'runs', '--exp', 'wrapped', '--name', 'offline', '--id', 'chosen_1', '--sample', '100ms', '--',
                              'sh', '-c', 'echo hello; sleep 0.5; exit 4', GYRE_SERVER=AWAY)
        assert done.code == 4 and done.out == 'hello\n', done
        (run,) = (place / 'runs').iterdir()
        head = json.loads((run / 'run.json').read_text())
        assert head['format'] == 'gyre-run/1' and head['id'] == 'chosen_1' and head['experiment_name'] == 'wrapped', head
        events = (run / 'log-wrapper-000001.ndjson').read_text().splitlines()
        assert [json.loads(line)['n'] for line in events] == list(range(len(events)))
        with open(run / 'log-wrapper-000001.ndjson', 'a') as file:
            file.write('{"n":')  # as a machine that was switched off leaves it
        assert terminal.piped('sync', place / 'runs', GYRE_SERVER=AWAY).code == 7
        first = w.json('sync', place / 'runs')
        assert first['runs'] == 1 and first['events'] == first['sent']['events'] == len(events) and first['console_bytes'] == 6, first
        again = w.json('sync', place / 'runs')
        assert again['events'] == len(events) and again['sent'] == {'events': 0, 'console_bytes': 0, 'files': 0}, again
        told = run_of(w, 'offline')
        assert told['id'] == 'chosen_1' and told['state'] == 'failed' and console(w, told)['rows'][0]['text'] == 'hello', told
        assert told['started_at'][:19] == time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(head['started_at'] / 1000)), told
        w.gyre('sync', place / 'none', code=3)
        (run / 'run.json').write_text('{"format": "gyre-run/9"}')
        assert 'gyre-run/9' in w.gyre('sync', run, code=2).err


def case_a_server_that_is_away_at_the_beginning(w):
    with folder() as place:
        done = terminal.piped('run', '--exp', 'wrapped', '--name', 'before', '--', 'sh', '-c', 'echo hi; exit 6', GYRE_SERVER=AWAY, GYRE_SPOOL=str(place))
        assert done.code == 6 and done.out == 'hi\n' and 'gyre sync' in done.err, done
        w.gyre('sync', GYRE_SPOOL=str(place))
        assert run_of(w, 'before')['state'] == 'failed' and spooled(place) == []


def case_a_server_that_goes_away_and_comes_back(w):
    with folder() as place, Server(folder=place / 'server', listen='127.0.0.1:0') as server:
        path = script(place, """
            import pathlib, sys, time
            here = pathlib.Path(sys.argv[1])
            print('before', flush=True)
            while not (here / 'go').exists():
                time.sleep(0.05)
            print('after', flush=True)
        """)
        process = subprocess.Popen([terminal.BINARY, 'run', '--name', 'back', '--id', 'back', '--sample', '100ms', '--', sys.executable, path, place], stdout=subprocess.PIPE,
                                   env=terminal.environment(GYRE_SERVER=server.url, GYRE_SPOOL=str(place / 'spool')))
        assert process.stdout.readline() == b'before\n'
        server.listen = f'127.0.0.1:{server.port}'
        server.kill()
        time.sleep(1)
        (place / 'go').touch()
        assert process.stdout.readline() == b'after\n'
        server.start()
        assert process.wait(60) == 0
        client = Client(server.port)
        assert [row['text'] for row in client.call('GET', '/api/v1/runs/back/console')['rows']] == ['before', 'after']
        run = client.call('GET', '/api/v1/runs/back')
        points = {key['key']: key['points'] for key in run['keys']}
        assert run['state'] == 'finished' and points['system/process_count'] >= 5, run
        assert spooled(place / 'spool') == []


def case_a_wrapper_that_is_killed(w):
    with folder() as place:
        process = subprocess.Popen([terminal.BINARY, 'run', '--exp', 'wrapped', '--name', 'torn', '--', 'sh', '-c', 'echo one; exec sleep 30'], stdout=subprocess.PIPE,
                                   env=terminal.environment(GYRE_SERVER=AWAY, GYRE_SPOOL=str(place)))
        assert process.stdout.readline() == b'one\n'
        (run,) = place.iterdir()
        end = time.monotonic() + 20
        while 'one' not in (run / 'console-000001.ndjson').read_text() and time.monotonic() < end:
            time.sleep(0.02)
        children = subprocess.run(['pgrep', '-P', str(process.pid)], capture_output=True, text=True).stdout.split()
        process.kill()
        process.wait()
        for child in children:
            os.kill(int(child), signal.SIGKILL)
        w.gyre('sync', place)
        told = run_of(w, 'torn')
        assert told['state'] == 'running' and console(w, told)['rows'][0]['text'] == 'one', told


def case_floods_of_nan_and_long_lines(w):
    with folder() as place:
        code = 'import sys\nfor _ in range(64): sys.stdout.write("x" * (1 << 20))\nprint("end")'
        done = wrapped(w, 'long', sys.executable, '-c', code)
        assert len(done.out) == (64 << 20) + 4
        run = run_of(w, 'long')
        told = console(w, run, tail=1)
        assert told['bytes'] == (64 << 20) + 4 and told['rows'][0]['end'].endswith('xend'), (told['bytes'], told['rows'][0]['bytes'])
        lines = ['{"n":%d,"type":"metrics","at":%d,"step":%d,"values":{"loss":"NaN","up":"Infinity"}}' % (n, 1700000000000 + n, n) for n in range(20000)]
        (place / 'run.json').write_text('{"format": "gyre-run/1", "id": "nan-flood", "experiment_name": "wrapped", "name": "flood"}')
        (place / 'log-x-000001.ndjson').write_text('\n'.join(lines) + '\n')
        assert w.json('sync', place)['events'] == 20000
        assert {key['key']: key['points'] for key in run_of(w, 'flood')['keys']} == {'loss': 20000, 'up': 20000}
