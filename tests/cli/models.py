"""gyre model: versions, their names and their evidence."""


def case_list_and_show(w):
    [row] = w.json('model', 'ls')['rows']
    assert row['name'] == 'sums' and row['versions_total'] >= 2, row
    assert w.gyre('model', 'ls').rows[0][0] == 'sums'
    shown = w.shown('model', 'show', 'sums', columns=100)
    assert 'v1' in shown.plain and '/p/default/models/sums' in shown.plain, shown.plain


def case_versions(w):
    rows = w.json('model', 'versions', 'sums')['rows']
    assert [row['version'] for row in rows][-2:] == ['2', '1'], rows
    assert w.gyre('model', 'versions', 'sums', '-q').out.splitlines()[-1] == 'sums@1'
    assert len(w.gyre('model', 'versions', 'sums').rows) == len(rows)


def case_show_a_version_by_number_and_by_name(w):
    document = w.json('model', 'show', 'sums@1')
    assert document['schema'] == 'model-version/1' and document['version'] == '1'
    assert w.json('model', 'show', 'sums@v1')['version'] == '1'
    shown = w.shown('model', 'show', 'sums@1', columns=120).plain
    assert 'flights@' in shown and 'model.onnx' in shown and 'word' in shown, shown


def case_alias_plans_does_and_tells_the_way_back(w):
    done = w.gyre('model', 'alias', 'sums@1', 'baseline', '--dry-run')
    assert 'nothing' in done.out and 'v1' in done.out and 'nothing was changed' in done.err, done
    w.gyre('model', 'show', 'sums@baseline', code=3)
    w.gyre('model', 'alias', 'sums@1', 'baseline')
    done = w.gyre('model', 'alias', 'sums@2', 'baseline')
    assert 'undo  gyre model alias sums@1 baseline' in done.err, done
    assert w.json('model', 'show', 'sums@baseline')['version'] == '2'
    w.gyre(*done.err.split('undo  gyre ')[1].split())
    assert w.json('model', 'show', 'sums@baseline')['version'] == '1'
    assert 'it points there' in w.gyre('model', 'alias', 'sums@1', 'baseline').err


def case_promote(w):
    shown = w.shown('model', 'promote', 'sums@2', columns=100)
    assert 'none was measured' in shown.plain and 'champion' in shown.plain, shown.plain
    assert w.json('model', 'show', 'sums@champion')['version'] == '2'
    assert 'undo' in w.json('model', 'promote', 'sums@1')


def case_evidence(w):
    document = w.json('model', 'evidence', 'sums@1')
    assert document['training']['rows'] == 155 and document['files'], document
    assert 'model.onnx' in w.gyre('model', 'evidence', 'sums@1').out


def case_what_is_not_there_is_exit_3(w):
    for arguments in (['model', 'show', 'none'], ['model', 'show', 'sums@99'], ['model', 'show', 'sums@nobody'], ['model', 'versions', 'none'], ['model', 'promote', 'sums@99'], ['model', 'alias', 'none@1', 'x']):
        w.gyre(*arguments, code=3)
    w.gyre('model', 'promote', 'sums', code=2)
    w.gyre('model', 'alias', 'sums@1', 'bad name/', code=2)
