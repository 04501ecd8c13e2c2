"""gyre pipe: a project is applied, runs are started, followed, explained, cancelled."""
import json
import time

import terminal


def case_an_empty_list_says_how_to_begin(w):
    assert 'gyre pipe apply' in w.gyre('pipe', 'ls').err
    assert 'gyre pipe run' in w.gyre('pipe', 'runs').err


def case_apply(w):
    done = w.gyre('pipe', 'apply', w.folder / 'project' / 'gyre.yaml')
    assert ['pipelines', 'broken, slow, train'] in [[k, ', '.join(sorted(v.split(', ')))] for k, v in done.rows], done.rows
    assert w.json('pipe', 'apply', w.folder / 'project' / 'gyre.yaml')['repositories'] == ['flights'], 'again is the same'


def case_apply_from_another_folder(w):
    w.gyre('pipe', 'apply', 'gyre.yaml', cwd=w.folder / 'project')
    w.gyre('pipe', 'apply', 'project/gyre.yaml', cwd=w.folder)


def case_a_bad_project_names_file_and_place(w):
    bad = w.folder / 'bad.yaml'
    for text, told in (('pipelines:\n  p:\n    steps:\n      - {name: a, comand: x}\n', 'line 4'), ('pipelins: {}\n', 'pipelins'), ('a: [', 'line'), ('', '')):
        bad.write_text(text)
        done = w.gyre('pipe', 'apply', bad, code=2)
        assert 'bad.yaml' in done.err and told in done.err, done.err
    w.gyre('pipe', 'apply', w.folder / 'none.yaml', code=3)


def case_run_and_wait(w):
    done = w.gyre('pipe', 'run', 'train', '--wait', timeout=120)
    assert [row[:2] for row in done.rows] == [['prepare', 'succeeded'], ['train', 'succeeded']], done
    assert 'prepare\tread ' in done.err and 'train\ttrained' in done.err, done.err


def case_the_second_time_comes_from_the_cache(w):
    document = w.json('pipe', 'run', 'train', '--wait', timeout=120)
    assert document['schema'] == 'pipeline-run/1' and document['state'] == 'succeeded'
    assert document['steps'][0]['state'] == 'cached', document['steps'][0]


def case_parameters_keep_their_kinds(w):
    w.gyre('pipe', 'run', 'train', '-p', 'word=3', '-p', 'file=columns-doubled.onnx', '--wait', timeout=120)
    run = w.json('pipe', 'runs', 'train', '--limit', '1')['rows'][0]
    assert w.json('pipe', 'show', run['id'])['parameters'] == {'word': '3', 'file': 'columns-doubled.onnx'}
    w.gyre('pipe', 'run', 'train', '-p', 'wrod=3', code=2)
    w.gyre('pipe', 'run', 'train', '-p', 'word', code=2)


def case_the_same_key_starts_once(w):
    first, again = (w.json('pipe', 'run', 'train', '--key', 'once')['object']['ref'] for _ in range(2))
    assert first == again


def case_a_run_that_fails_is_exit_1_and_says_why(w):
    done = w.gyre('pipe', 'run', 'broken', '--wait', code=1, timeout=60)
    assert 'about to fail' in done.err and done.rows[0][1] == 'failed', done
    shown = w.shown('pipe', 'show', w.json('pipe', 'runs', 'broken')['rows'][0]['id'], columns=100)
    assert 'exit 3' in shown.plain and '⬢' in shown.plain, shown.plain


def case_follow_a_run_and_leave_it(w):
    run = w.on_terminal('pipe', 'run', 'slow', '--wait', columns=100)
    text = run.read_until(lambda t: 'line 3' in t)
    assert 'leaves it running' in text
    run.write('\x03')
    done = run.finish()
    assert done.code == 130 and 'goes on' in done.plain and 'gyre pipe logs' in done.plain, done.plain
    [running] = [r for r in w.json('pipe', 'runs', 'slow')['rows'] if r['state'] == 'running']
    logs = w.gyre('pipe', 'logs', running['id'], '-f', timeout=60)
    assert [row[1] for row in logs.rows] == [f'line {i}' for i in range(1, 13)] + ['over'], logs.rows
    for named in ([running['id'], 'after'], [f"{running['id']}/after"], [f"step:{running['id']}/after"]):
        assert w.gyre('pipe', 'logs', *named).out == 'over\n'


def case_follow_moves_while_it_runs(w):
    run = w.on_terminal('pipe', 'run', 'slow', '--wait', columns=100)
    run.read_until(lambda t: '0/2 steps' in terminal.PAINT.sub('', t))
    done = run.finish()
    assert done.code == 0 and 'succeeded' in done.plain, done.plain[-500:]


def case_logs_as_documents(w):
    run = w.json('pipe', 'runs', 'slow', '--limit', '1')['rows'][0]['id']
    lines = [json.loads(line) for line in w.gyre('pipe', 'logs', run, '--json').out.splitlines()]
    assert lines[0] == {'schema': 'log/1', 'step': 'count', 'line': 'line 1'}, lines[0]
    w.gyre('pipe', 'logs', run, 'nostep', code=3)


def case_cancel(w):
    run = w.json('pipe', 'run', 'slow')['object']['ref'].removeprefix('pipeline-run:')
    w.until('the first line', lambda: w.gyre('pipe', 'logs', run).out)
    assert 'cancelled' in w.gyre('pipe', 'cancel', run).out
    w.until('its end', lambda: w.json('pipe', 'show', run)['state'] == 'cancelled')
    w.gyre('pipe', 'logs', run, '-f', code=1)
    w.gyre('pipe', 'cancel', w.json('pipe', 'runs', 'broken')['rows'][0]['id'], code=5)


def case_start_is_run(w):
    assert 'started' in w.gyre('pipe', 'start', 'broken').out


def case_what_is_not_there_is_exit_3(w):
    for arguments in (['pipe', 'run', 'none'], ['pipe', 'show', 'trian'], ['pipe', 'show', 'pr_none'], ['pipe', 'logs', 'pr_none'], ['pipe', 'cancel', 'pr_none'], ['pipe', 'runs', 'none']):
        w.gyre(*arguments, code=3)
    assert 'train' in w.gyre('pipe', 'show', 'trian', code=3).err


def case_show_a_pipeline(w):
    shown = w.shown('pipe', 'show', 'train')
    assert 'word=hello' in shown.plain and '●' in shown.plain, shown.plain
    assert w.json('pipe', 'show', 'train')['schema'] == 'pipeline/1'


def case_follow_through_a_restart_of_the_server(w):
    run = w.json('pipe', 'run', 'slow')['object']['ref'].removeprefix('pipeline-run:')
    follower = w.on_terminal('pipe', 'logs', run, '-f', columns=100)
    follower.read_until(lambda t: 'line 2' in t)
    port = w.server.port
    w.server.stop()
    follower.read_until(lambda t: 'away' in t)
    w.server.arguments = ['--listen', f'127.0.0.1:{port}']
    restart(w)
    done = follower.finish()
    lines = [line for line in done.lines if 'line ' in line or 'over' in line]
    assert done.code == 0 and sum('line 5' in line for line in lines) == 1 and sum('over' in line for line in lines) == 1, done.plain


def restart(w):
    """On the same port, which may take a moment to be free."""
    for _ in range(50):
        try:
            return w.server.start()
        except Exception:
            time.sleep(0.2)
    raise AssertionError('the server did not come back:\n' + w.server.tail())
