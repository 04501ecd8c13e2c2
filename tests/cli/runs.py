"""gyre run, gyre exp: what trainings logged."""
import re
import tempfile

from harness.client import Client

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


def mlflow(w, call, body):
    return Client(w.server.port).post(f'/api/2.0/mlflow/{call}', body)


def logged(w, experiment, name, start, end=None, tags=(), metrics=()):
    """A run as a client logs it."""
    run = mlflow(w, 'runs/create', {'experiment_id': experiment, 'run_name': name, 'start_time': start, 'tags': [{'key': k, 'value': v} for k, v in tags]})['run']['info']['run_id']
    mlflow(w, 'runs/log-batch', {'run_id': run, 'metrics': [{'key': key, 'value': value, 'timestamp': start, 'step': 0} for key, value in metrics]})
    if end:
        mlflow(w, 'runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': end})
    return run


def case_points_are_logged_at_steps_with_fractions(w):
    run = logged(w, '0', 'steps', 1_700_000_000_000)
    for step in ('0', '0.25', '0.5', '1'):
        assert w.json('run', 'log', run, 'loss=0.5', 'nothing=NaN', '--step', step)['text'] == '2 points are logged'
    w.gyre('run', 'log', run, 'loss=0.25', '--step=-0.25', '--time', '2023-11-14T22:13:20Z')
    assert w.json('run', 'curve', run, 'loss')['x'] == [-0.25, 0, 0.25, 0.5, 1]
    assert [float(row[1]) for row in w.gyre('run', 'curve', run, 'loss').rows] == [-0.25, 0, 0.25, 0.5, 1]
    w.gyre('run', 'log', run, 'loss=1', '--step', '1.75')
    keys = {key['key']: key for key in w.json('run', 'show', run)['keys']}
    assert keys['loss']['last_step'] == 1.75 and keys['loss']['points'] == 6 and keys['nothing']['last'] == 'NaN', keys
    for wrong in (['loss'], ['=1'], ['loss=x'], ['loss=1=2'], ['loss=1', '--step', 'one'], ['loss=1', '--step', '1e300'], ['loss=1', '--time', 'now']):
        w.gyre('run', 'log', run, *wrong, code=2)
    w.gyre('run', 'log', 'no-such-run', 'loss=1', code=3)


def case_diff(w):
    def run(name, lr, auc, diff):
        made = logged(w, '0', name, 1_700_000_000_000, tags=[('mlflow.source.git.diff', diff)], metrics=[('val/auc', auc)])
        mlflow(w, 'runs/log-batch', {'run_id': made, 'params': [{'key': 'lr', 'value': lr}, {'key': 'depth', 'value': '3'}]})
        return made
    first, second = run('diff-one', '3e-4', 0.913, '+x = 1\n'), run('diff-two', '1e-3', 0.887, '+x = 1\n')
    made = w.json('run', 'diff', first, 'diff-two')
    assert made['schema'] == 'run-diff/1' and made['params']['differ'] == 1 and [r['key'] for r in made['params']['rows']] == ['lr'], made
    assert made['statement'] == 'lr explains the gap in val/auc (-.026): nothing else that was logged differs.', made
    rows = {row[0]: row[1:] for row in w.gyre('run', 'diff', first, second).rows}
    assert rows['params.lr'] == ['3e-4', '1e-3'] and 'params.depth' not in rows and float(rows['metrics.val/auc'][1]) == 0.887, rows
    assert 'params.depth' in {row[0] for row in w.gyre('run', 'diff', first, second, '--same').rows}
    shown = w.shown('run', 'diff', first, second, '--same', columns=100)
    assert 'lr explains the gap' in shown.plain and 'worse' in shown.plain and 'depth' in shown.plain and '=' in shown.plain, shown.plain
    assert all(terminal.width(line) <= 100 for line in shown.lines), shown.plain
    third = run('diff-three', '3e-4', 0.9, '+x = 2\n')
    assert '++x = 2' in w.gyre('run', 'diff', first, third, '--code').out
    w.gyre('run', 'diff', first, 'no-such-run', code=3)
    w.gyre('run', 'diff', first, code=2)
    w.gyre('run', 'diff', first, first, code=2)


def case_what_nothing_can_be_sorted_by_is_usage(w):
    for key in ('max(metrics.auc)', '-max(metrics.auc)', 'nosuch', '-nosuch', 'metrics.nosuch', 'params.nosuch', 'tags.nosuch', 'attributes.nosuch'):
        for columns in ((), ('--columns', 'duration')):
            refused = w.gyre('run', 'ls', '--sort', key, *columns, code=2)
            assert key.lstrip('-') in refused.err.replace('`', '') and 'start_time' in refused.err and 'loss' in refused.err, refused
    assert 'a metric (loss' in w.gyre('run', 'ls', '--sort', 'metrics.lsos', code=2).err
    for key in ('loss', '-loss', 'metrics.loss DESC', 'params.trees', '-start_time', 'duration', 'attributes.start_time ASC'):
        assert w.json('run', 'ls', '--sort', key)['rows'], key
    assert w.gyre('run', 'ls', '--sort', 'nosuch', '--filter', "run_name = 'none'").out == '', 'nothing to sort'
    wrong = w.gyre('run', 'ls', '--sort', 'loss', '--filter', "order_by = 'x'", code=2).err
    assert 'cannot be sorted' not in wrong and 'order_by' in wrong, wrong


def case_a_side_note_fails_no_lineage(w):
    both = '''it's "both"'''
    run = logged(w, '0', both, 1_700_000_000_000)
    assert run in w.json('lineage', both)['focus']


def case_a_name_of_several_runs(w):
    twins, others = (mlflow(w, 'experiments/create', {'name': name})['experiment_id'] for name in ('twins', 'others'))
    old, new = logged(w, twins, 'twin', 1_700_000_000_000), logged(w, twins, 'twin', 1_700_000_100_000)
    alone = logged(w, others, 'twin', 1_600_000_000_000)
    done = w.gyre('run', 'show', 'twin')
    assert f'run:{new}' in done.err and 'twins' in done.err and 'newest of 3' in done.err, done
    assert w.json('run', 'show', 'twin', '--exp', 'others')['id'] == alone
    assert 'newest of' not in w.gyre('run', 'show', 'twin', '--exp', 'others').err
    w.gyre('lineage', f'run:{old}')
    for arguments in (('run', 'rm', 'twin'), ('run', 'put', 'twin', __file__), ('run', 'curve', 'twin'), ('lineage', 'twin'), ('lineage', 'run:twin')):
        refused = w.gyre(*arguments, code=2).err
        assert '3 runs are called' in refused and all(run in refused for run in (old, new, alone)) and 'others' in refused, refused
    assert all(run in w.shown('run', 'rm', 'twin', columns=80, code=2).plain for run in (old, new, alone))
    assert '2 runs are called' in w.gyre('run', 'rm', 'twin', '--exp', 'twins', code=2).err
    w.gyre('run', 'rm', 'twin', '--exp', 'others')
    assert [row['id'] for row in w.json('run', 'ls', '--filter', "run_name = 'twin'")['rows']] == [new, old]
    w.gyre('run', 'rm', old[:12])
    w.gyre('run', 'rm', 'twin')
    w.gyre('run', 'show', 'twin', '--exp', 'nowhere', code=3)


def case_names_with_quotes(w):
    for name in ("it's", 'so "called"'):
        run = logged(w, '0', name, 1_500_000_000_000)
        assert w.json('run', 'show', name)['id'] == run
    w.gyre('run', 'show', 'it\'s "so"', code=2)


def case_a_run_that_ends_before_it_starts(w):
    run = logged(w, '0', 'backwards', 1_700_000_000_000, 1_600_000_000_000)
    for arguments in (('run', 'show', run), ('run', 'ls', '--filter', "run_name = 'backwards'"), ('run', 'ls', '--filter', "run_name = 'backwards'", '--columns', 'duration')):
        shown = w.shown(*arguments, columns=160).plain
        assert ' -' not in shown and '-100' not in shown, shown
    assert w.gyre('run', 'ls', '--filter', "run_name = 'backwards'").rows[0][-4] == ''


def case_all_of_a_run_is_in_a_pipe(w):
    run = logged(w, '0', 'whole', 1_700_000_000_000, 1_700_000_005_000, metrics=[('auc', 0.5)])
    for name in ('a%2Bb.txt', 'c%17d.txt', 'sub/e.txt'):  # as MLflow 2 sends them: what is there is no character of a path
        Client(w.server.port).put(f'/api/2.0/mlflow-artifacts/artifacts/0/{run}/artifacts/{name}', b'1234')
    rows = w.gyre('run', 'show', run).rows
    facts = {row[0]: row[1] for row in rows}
    assert facts['status'] == 'finished' and facts['took'] == '5000' and facts['ended'] == '2023-11-14T22:13:25.000Z', facts
    assert facts['auc'] == '0.5' and facts['tags.mlflow.runName'] == 'whole', facts
    assert {name: size for name, size in facts.items() if name.startswith('files.')} == {'files.a+b.txt': '4', 'files.c%17d.txt': '4', 'files.sub/e.txt': '4'}, facts
    assert 'c%17d.txt' in w.shown('run', 'show', run, columns=80).plain
    assert len(w.json('run', 'show', run)['files']) == 3
    with tempfile.TemporaryDirectory(prefix='gyre-runs.') as folder:
        assert w.gyre('run', 'get', run, 'c%17d.txt', '-o', folder).out.strip() == f'{folder}/c%17d.txt'


def case_nested_runs_stand_below_their_parents(w):
    nest = mlflow(w, 'experiments/create', {'name': 'nest'})['experiment_id']
    start = 1_700_000_000_000
    within = lambda parent: [('mlflow.parentRunId', parent)]  # noqa: E731
    top = logged(w, nest, 'top', start)
    first = logged(w, nest, 'first', start + 1000, tags=within(top))
    logged(w, nest, 'alone', start + 2000)
    logged(w, nest, 'leaf', start + 3000, tags=within(first))
    second = logged(w, nest, 'second', start + 4000, tags=within(top))
    logged(w, nest, 'orphan', start + 5000, tags=within('0' * 32))

    def names(*more, **how):
        return [re.split(r'(?<=\S)  ', line)[0] for line in w.shown('run', 'ls', '--exp', 'nest', *more, columns=120, **how).lines[1:]]
    assert names() == ['orphan', 'top', '├─ second', '└─ first', '   └─ leaf', 'alone'], names()
    assert names('--columns', 'duration') == names()
    assert names(LANG='C')[2:5] == ['|- second', '`- first', '   `- leaf']
    assert names('--sort', 'start_time') == ['top', 'first', 'alone', 'leaf', 'second', 'orphan']
    assert names('--filter', "run_name != 'first'") == ['orphan', 'top', '└─ second', 'leaf', 'alone']
    assert [row[0] for row in w.gyre('run', 'ls', '--exp', 'nest').rows] == ['orphan', 'second', 'leaf', 'alone', 'first', 'top'], 'flat for programs'
    shown = w.json('run', 'show', first)
    assert shown['parent'] == top and [child['name'] for child in shown['children']] == ['leaf'] and shown['children_total'] == 1, shown
    assert [child['id'] for child in w.json('run', 'show', top)['children']] == [first, second]
    rows = w.gyre('run', 'show', top).rows
    assert ['child', f'run:{first}'] in rows and ['child', f'run:{second}'] in rows and ['parent', ''] in rows, rows
    plain = w.shown('run', 'show', first, columns=80).plain
    assert f'parent      {top[:8]} top' in plain and 'leaf' in plain, plain
    mlflow(w, 'runs/set-tag', {'run_id': top, 'key': 'mlflow.parentRunId', 'value': first})
    assert sorted(name.split(' ')[-1] for name in names()) == ['alone', 'first', 'leaf', 'orphan', 'second', 'top'], 'each once, though they go round'
