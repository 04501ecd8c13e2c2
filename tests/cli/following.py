"""gyre pipe, runs that take a while: followed, left, cancelled, followed through a restart of the server."""
import json
import time

import terminal


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
