"""gyre monitor, policy, lineage: what is seen, what is decided, what came from what."""


def case_bad_labels_send_nothing(w):
    for text, told in (('id,label\na,maybe\n', 'maybe'), ('id,label\n,1\n', 'id is missing'), ('id\na\n', 'one column'), ('', 'empty')):
        path = w.folder / 'bad-labels.csv'
        path.write_text(text)
        assert told in w.gyre('monitor', 'labels', 'sums', path, code=2).err, text
    w.gyre('monitor', 'labels', 'sums', path, '--id', 'nocolumn', code=2)
    w.gyre('monitor', 'labels', 'none', path, code=3)


def case_a_policy_says_how_far_it_is(w):
    [row] = w.json('policy', 'ls')['rows']
    assert row['name'] == 'strict' and row['state'] == 'on', row
    shown = w.shown('policy', 'show', 'strict', columns=120).plain
    assert 'opens a case when' in shown and 'quality' in shown, shown
    assert 'strict' in w.shown('policy', 'show', 'strict', '--yaml').plain


def case_pause_and_resume_tell_the_way_back(w):
    done = w.gyre('policy', 'pause', 'strict', '--reason', 'a look')
    assert 'undo  gyre policy resume strict' in done.err, done
    assert w.json('policy', 'show', 'strict')['state'] == 'paused'
    w.gyre('policy', 'resume', 'strict')
    assert w.json('policy', 'show', 'strict')['state'] == 'on'


def case_fire_trains_and_the_gates_say_no(w):
    w.gyre('policy', 'fire', 'strict', '--reason', 'by hand')
    w.gyre('policy', 'fire', 'strict', code=5)
    w.until('a refusal', lambda: w.json('policy', 'decisions', 'strict', '--verdict', 'refuse')['rows'])
    verdicts = [row[1] for row in w.gyre('policy', 'decisions', 'strict').rows]
    assert {'open', 'train', 'refuse'} <= set(verdicts), verdicts
    refusal = w.json('policy', 'decisions', 'strict', '--verdict', 'refuse')['rows'][0]
    shown = w.shown('policy', 'show', refusal['id'], columns=120).plain
    assert 'evidence' in shown and '⬢ fail' in shown, shown
    w.gyre('policy', 'decisions', 'strict', '--verdict', 'perhaps', code=2)


def case_a_version_that_failed_its_gates_is_not_promoted(w):
    refusal = w.json('policy', 'decisions', 'strict', '--verdict', 'refuse')['rows'][0]
    version = refusal['candidate']['ref']
    done = w.gyre('model', 'promote', version, code=6)
    assert done.err.startswith('no: ') and 'log loss gain' in done.err and done.out == '', done
    assert w.gyre('model', 'promote', version, '--yes', code=6).code == 6, '--yes passes no gate over'
    answer = w.gyre('model', 'promote', version, '--json', code=6).document
    assert answer['schema'] == 'answer/1' and answer['answer'] == 'no', answer
    w.gyre('model', 'alias', version, 'tried')


def case_drift_is_seen_and_an_alert_opens(w):
    alert = w.until('an alert', lambda: w.json('monitor', 'alerts', 'sums')['rows'])[0]
    assert alert['rule'] == 'a-moved' and alert['state'] == 'open', alert
    shown = w.shown('monitor', 'show', 'sums', columns=120).plain
    assert 'a-moved' in shown and '△' in shown and 'realised' in shown and 'drift' in shown, shown
    document = w.json('monitor', 'show', 'sums', '--drift', 'psi', '--metric', 'brier')
    assert document['drift']['metric'] == 'psi' and document['performance']['metric'] == 'brier'
    assert w.gyre('monitor', 'ls').rows[0][:2] == ['sums', 'warn']


def case_acknowledge_and_take_it_back(w):
    alert = w.json('monitor', 'alerts', 'sums')['rows'][0]['id']
    done = w.gyre('monitor', 'ack', alert)
    assert f'undo  gyre monitor unack {alert}' in done.err, done
    assert w.json('monitor', 'alerts', 'sums')['rows'][0]['acknowledged_at']
    w.gyre('monitor', 'unack', f'alert:{alert}')
    assert not w.json('monitor', 'alerts', 'sums')['rows'][0]['acknowledged_at']
    w.gyre('monitor', 'mute', alert, '--for', '2d')
    assert w.json('monitor', 'alerts', 'sums')['rows'][0]['muted_until']
    w.gyre('monitor', 'mute', alert, '--undo')
    w.gyre('monitor', 'ack', 'al_none', code=3)
    w.gyre('monitor', 'mute', alert, '--for', 'ever', code=2)


def case_lineage_both_ways(w):
    shown = w.shown('lineage', 'sums@1', '--up', '4', '--down', '4', columns=120).plain
    assert '■ flights@' in shown and '⇄' in shown and '└─' in shown, shown
    assert shown.index('what it came from') < shown.index('what came of it')
    for ref in ('flights@main', 'sums@1', 'endpoint:sums', w.json('run', 'ls', '--limit', '1')['rows'][0]['ref'], w.json('pipe', 'runs', 'train')['rows'][0]['ref']):
        document = w.json('lineage', ref)
        assert document['nodes'], ref
        assert w.json('lineage', document['focus'])['focus'] == document['focus'], 'a URN names it too'
    assert w.gyre('lineage', 'show', 'sums@1', '-q').out == w.gyre('lineage', 'sums@1', '-q').out
    assert w.gyre('lineage', 'sums@1', '--up', '0', '--down', '0').rows[0][2] == 'sums@1'
    w.gyre('lineage', 'nothing-of-the-kind', code=3)
    w.gyre('lineage', 'sums@1', '--up', '99', code=2)
