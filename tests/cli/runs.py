"""gyre run, gyre exp: what trainings logged."""
import terminal


def newest(w):
    return next(row for row in w.json('run', 'ls')['rows'] if row['metrics'])


def case_list(w):
    rows = w.json('run', 'ls')['rows']
    assert rows and all(row['state'] == 'finished' for row in rows if row['metrics']), rows
    assert w.gyre('run', 'ls', '-q').out.splitlines()[0].startswith('run:')
    lines = w.shown('run', 'ls', '--metric', 'loss', '--param', 'trees', columns=140).lines
    assert 'loss' in lines[0] and 'trees' in lines[0] and '80' in lines[1], lines


def case_filter_and_sort(w):
    assert w.json('run', 'ls', '--filter', 'metrics.auc > 0.9')['rows'] == []
    ours = w.json('run', 'ls', '--filter', "params.trees = '80'", '--sort', '-auc')['rows']
    assert ours, 'those of the pipeline'
    w.gyre('run', 'ls', '--filter', 'metrics.auc >', code=2)
    w.gyre('run', 'ls', '--exp', 'none', code=3)


def case_columns(w):
    told = w.json('run', 'ls', '--columns', 'metrics.auc, min(metrics.loss), params.trees', '--filter', "params.trees = '80'", '--sort', '-metrics.auc')
    assert told['schema'] == 'run-table/1' and told['total'] == len(told['rows']) > 0, told
    assert told['rows'][0]['cells'][2] == '80' and told['rows'][0]['cells'][1] <= 1, told['rows'][0]
    lines = w.shown('run', 'ls', '--columns', 'params.trees', '--columns', 'duration', columns=140).lines
    assert 'params.trees' in lines[0] and 'duration' in lines[0], lines
    assert all(row[2].isdigit() for row in w.gyre('run', 'ls', '--columns', 'duration', '--filter', "status = 'FINISHED'").rows), 'milliseconds for programs'
    w.gyre('run', 'ls', '--columns', 'metrics.', code=2)


def case_groups(w):
    told = w.json('run', 'ls', '--group', 'params.trees', '--columns', 'metrics.loss', '--sort', '-metrics.loss')
    group = next(row for row in told['rows'] if row['keys'] == ['80'])
    assert told['schema'] == 'run-groups/1' and group['runs'] >= group['figures'][0]['n'] > 0, told
    assert w.json('run', 'ls', '--filter', group['filter'])['total'] == group['runs']
    assert w.gyre('run', 'ls', '--group', 'params.trees', '-q').out.splitlines().count(group['filter']) == 1
    lines = w.shown('run', 'ls', '--group', 'params.trees', '--columns', 'metrics.loss', columns=140).lines
    assert 'params.trees' in lines[0] and 'metrics.loss' in lines[0] and 'RUNS' in lines[0], lines
    w.gyre('run', 'ls', '--group', 'params.trees', '--columns', 'status', code=2)


def case_experiments(w):
    rows = w.json('exp', 'ls')['rows']
    assert rows and any(row['runs_total'] > 0 for row in rows), rows
    name = next(row['name'] for row in rows if row['runs_total'] > 0)
    assert w.json('run', 'ls', '--exp', name)['rows']


def case_show_by_name_id_and_beginning(w):
    run = newest(w)
    for name in (run['id'], run['id'][:8], run['name'], run['ref'], f"run:{run['name']}"):
        assert w.json('run', 'show', name)['id'], name
    w.gyre('run', 'show', 'no-such-run', code=3)
    w.gyre('run', 'show', '0' * 32, code=3)


def case_show_draws_metrics_and_names_the_origin(w):
    shown = w.shown('run', 'show', newest(w)['id'], columns=100)
    assert '█' in shown.plain and 'trees' in shown.plain and 'flights@' in shown.plain and '■' in shown.plain, shown.plain
    facts = dict(row[:2] for row in w.gyre('run', 'show', newest(w)['id']).rows if len(row) == 2)
    assert facts['params.trees'] == '80', facts


def case_curve(w):
    run = newest(w)['id']
    shown = w.shown('run', 'curve', run, 'loss', columns=80)
    assert any('⠀' <= c <= '⣿' for c in shown.plain) and all(terminal.width(line) <= 80 for line in shown.lines), shown.plain
    rows = w.gyre('run', 'curve', run, 'loss').rows
    assert len(rows) == 40 and [float(c) for c in rows[1][1:3]] == [1, 0.5], rows[:2]
    assert w.json('run', 'curve', run)['schema'] == 'series/1'
    w.gyre('run', 'curve', run, 'nothing', code=3)


def case_plain_ascii_where_the_locale_is(w):
    text = w.shown('run', 'show', newest(w)['id'], columns=100, LANG='C').plain
    assert text.isascii(), [c for c in text if not c.isascii()]
