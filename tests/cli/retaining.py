"""gyre retention, gyre run rm: the bin, rules, quotas, what goes for good."""
import json
import urllib.error
import urllib.request


def mlflow(w, call, body):
    request = urllib.request.Request(f'{w.server.url}/api/2.0/mlflow/{call}', json.dumps(body).encode(), {'Content-Type': 'application/json'})
    return json.loads(urllib.request.urlopen(request).read() or b'{}')


def ended_run(w, name, status):
    experiment = next((row['id'] for row in w.json('exp', 'ls')['rows'] if row['name'] == 'retained'), None)
    experiment = experiment or mlflow(w, 'experiments/create', {'name': 'retained'})['experiment_id']
    run = mlflow(w, 'runs/create', {'experiment_id': experiment, 'run_name': name, 'start_time': 1_700_000_000_000})['run']['info']['run_id']
    mlflow(w, 'runs/update', {'run_id': run, 'status': status, 'end_time': 1_700_000_001_000})
    return run


def undo(w, done):
    for command in done.err.split('undo  ')[1].strip().split(' && '):
        w.gyre(*command.split()[1:])


def in_bin(w):
    return {row['name']: row for row in w.json('retention', 'bin', '--all')['rows']}


def case_rm_puts_into_the_bin_and_tells_the_way_back(w):
    run = ended_run(w, 'goes-and-comes', 'FINISHED')
    done = w.gyre('run', 'rm', 'goes-and-comes')
    assert in_bin(w)['goes-and-comes']['ref'] == f'run:{run}'
    shown = w.shown('retention', 'bin', columns=140).plain
    assert 'goes-and-comes' in shown and '29 d' in shown or '30 d' in shown, shown
    w.gyre(*done.err.split('undo  gyre ')[1].split())
    assert 'goes-and-comes' not in in_bin(w)
    w.gyre('retention', 'restore', f'run:{run}', code=5)
    w.gyre('retention', 'restore', 'run:none', code=3)
    w.gyre('retention', 'restore', 'pipe:none', code=2)


def case_a_rule_is_planned_made_and_taken_away(w):
    ended_run(w, 'failed-fast', 'FAILED')
    rule = ('failed-soon', '--exp', 'retained', '--filter', "status = 'FAILED' AND duration < '60s'", '--older-than', '90d')
    planned = w.json('retention', 'plan', *rule)
    assert planned['runs'] == 1 and planned['rows'][0]['name'] == 'failed-fast', planned
    assert 'nothing was changed' in w.gyre('retention', 'set', *rule, '--dry-run').err
    assert 'failed-fast' not in in_bin(w)
    refused = w.gyre('retention', 'set', *rule, code=2)
    assert 'into the bin now: 1 run (0 points, 0 B of files)' in refused.err and 'gone for good on' in refused.err and '--yes' in refused.err, refused
    assert 'failed-fast' not in in_bin(w) and w.json('retention', 'ls')['rows'] == []
    done = w.gyre('retention', 'set', *rule, '--yes')
    assert 'into the bin now: 1 run (0 points, 0 B of files)' in done.err, done
    w.until('the rule', lambda: 'failed-fast' in in_bin(w))
    [row] = w.json('retention', 'ls')['rows']
    assert row['name'] == 'failed-soon' and row['binned'] == 1, row
    shown = w.shown('retention', 'ls', columns=140).plain
    assert 'older than 90 d' in shown and 'retained' in shown, shown
    undo(w, done)
    assert w.json('retention', 'ls')['rows'] == [] and 'failed-fast' not in in_bin(w)
    w.gyre('retention', 'rm', 'failed-soon', code=3)


def case_whoever_sits_at_a_terminal_is_asked(w):
    run = ended_run(w, 'asked-for', 'KILLED')
    rule = ('retention', 'set', 'killed', '--filter', "status = 'KILLED'")
    for answer, code in (('n', 130), ('\x04', 130), ('y', 0)):
        terminal = w.on_terminal(*rule, columns=80)
        terminal.read_until(lambda seen: 'go on? [y/N]' in seen)
        assert 'asked-for' not in in_bin(w)
        terminal.write(answer if answer == '\x04' else answer + '\n')
        done = terminal.finish()
        assert done.code == code and ('nothing was changed' in done.plain) == (code == 130), done
    w.until('the rule', lambda: 'asked-for' in in_bin(w))
    changed = w.gyre('retention', 'set', 'killed', '--filter', 'status = \'KILLED\' AND tags.x = "it\'s"', '--yes')
    assert "undo  gyre retention set killed --filter" in changed.err, changed
    w.gyre('retention', 'rm', 'killed')
    w.gyre('retention', 'restore', run)
    w.gyre('run', 'rm', run)
    w.gyre('retention', 'purge', run, '--yes')


def case_many_come_back_together(w):
    w.gyre('retention', 'restore', '--all')
    runs = [ended_run(w, name, 'FAILED') for name in ('first', 'second', 'third')]
    by_hand = [ended_run(w, name, 'FINISHED') for name in ('by-hand', 'twice', 'twice')]
    for run in by_hand:
        w.gyre('run', 'rm', run)
    w.gyre('retention', 'set', 'failed', '--exp', 'retained', '--filter', "status = 'FAILED'", '--yes')
    w.until('the rule', lambda: {'first', 'second', 'third'} <= set(in_bin(w)))
    stands = w.gyre('retention', 'restore', '--rule', 'failed')
    assert 'the rule stands' in stands.err and 'gyre retention rm failed' in stands.err, stands
    assert in_bin(w).keys() == {'by-hand', 'twice'}, in_bin(w)
    w.gyre('retention', 'rm', 'failed')
    assert 'nothing to restore' in w.gyre('retention', 'restore', '--rule', 'failed').out
    refused = w.gyre('retention', 'restore', 'by-hand', 'twice', code=2).err
    assert all(run in refused for run in by_hand[1:]) and 'by-hand' in in_bin(w), refused
    w.gyre('retention', 'restore', 'by-hand', 'nosuch', code=3)
    assert w.json('retention', 'restore', 'by-hand', by_hand[1])['restored'] == 2
    assert len(w.json('retention', 'bin')['rows']) == 1
    w.gyre('run', 'rm', runs[0])
    assert w.json('retention', 'restore', '--all')['restored'] == 2
    assert in_bin(w) == {}
    for arguments in ((), ('--all', '--rule', 'x'), ('first', '--all')):
        w.gyre('retention', 'restore', *arguments, code=2)


def case_what_a_rule_cannot_mean_is_usage(w):
    w.gyre('retention', 'set', 'all', code=2)
    w.gyre('retention', 'set', 'r', '--filter', 'status =', code=2)
    w.gyre('retention', 'set', 'r', '--keep-latest', 'few', code=2)
    w.gyre('retention', 'set', 'r', '--exp', 'nowhere', '--older-than', '1d', code=3)


def refused_runs(w, experiment):
    try:
        mlflow(w, 'runs/create', {'experiment_id': experiment})
        return ''
    except urllib.error.HTTPError as error:
        return f'{error.code} {json.loads(error.read())["message"]}'


def case_a_quota_is_set_seen_and_taken_away(w):
    experiment = mlflow(w, 'experiments/create', {'name': 'narrow'})['experiment_id']
    mlflow(w, 'runs/create', {'experiment_id': experiment})
    done = w.gyre('retention', 'quota', 'narrow', '--runs', '1', '--bytes', '10GiB')
    w.until('the quota', lambda: refused_runs(w, experiment))  # each that is not refused yet makes one more
    refused = refused_runs(w, experiment)
    assert refused.startswith('403 the quota of experiment') and f'gyre retention quota {experiment} --runs N' in refused, refused
    [row] = w.json('retention', 'quota')['rows']
    assert row['name'] == experiment and row['on_exceed'] == 'refuse' and row['use']['runs'] >= 1, row
    shown = w.shown('retention', 'quota', columns=140).plain
    assert ' of 1 ' in shown and 'of 10.0 GiB' in shown, shown
    w.gyre(*done.err.split('undo  gyre ')[1].split())
    assert w.json('retention', 'quota')['rows'] == []
    w.until('room', lambda: not refused_runs(w, experiment))
    w.gyre('retention', 'quota', 'narrow', '--rm', code=3)


def case_a_quota_may_put_the_oldest_into_the_bin(w):
    experiment = mlflow(w, 'experiments/create', {'name': 'rolling'})['experiment_id']
    for name in ('eldest', 'younger'):
        run = mlflow(w, 'runs/create', {'experiment_id': experiment, 'run_name': name, 'start_time': 1 if name == 'eldest' else 2})['run']['info']['run_id']
        mlflow(w, 'runs/update', {'run_id': run, 'status': 'FINISHED', 'end_time': 3})
    w.gyre('retention', 'quota', 'rolling', '--runs', '1', '--on-exceed', 'oldest', code=2)
    done = w.gyre('retention', 'quota', 'rolling', '--runs', '1', '--on-exceed', 'oldest', '--yes')
    assert '--rm && gyre retention restore --rule quota:' in done.err, done
    w.until('the oldest in the bin', lambda: 'eldest' in in_bin(w))
    assert 'younger' not in in_bin(w)
    w.gyre('retention', 'quota', 'rolling', '--rm')


def case_what_a_quota_cannot_mean_is_usage(w):
    w.gyre('retention', 'quota', 'all', code=2)
    w.gyre('retention', 'quota', 'all', '--runs', 'few', code=2)
    w.gyre('retention', 'quota', 'all', '--runs', '1', '--on-exceed', 'forget', code=2)
    w.gyre('retention', 'quota', 'nowhere', '--runs', '1', code=3)


def case_a_purge_wants_a_yes(w):
    run = ended_run(w, 'for-good', 'FINISHED')
    w.gyre('run', 'rm', run)
    refused = w.gyre('retention', 'purge', f'run:{run}', code=2)
    assert 'cannot be undone' in refused.err, refused
    assert f'a purge of run {run} cannot be undone' in refused.err, refused
    w.gyre('retention', 'purge', '--yes', code=2)
    w.gyre('retention', 'purge', 'nothing-of-this-name', '--yes', code=3)
    assert w.json('retention', 'purge', 'for-good', '--yes')['runs'] == 1
    w.gyre('run', 'show', run, code=3)


def case_the_window_is_told_and_set(w):
    assert w.gyre('retention', 'window').out.strip() == str(30 * 86_400_000)
    w.gyre('retention', 'window', '14d')
    assert w.json('retention', 'window')['undo_window_ms'] == 14 * 86_400_000
    w.gyre('retention', 'window', 'soon', code=2)
    w.gyre('retention', 'window', '30d')
