"""gyre endpoint: what answers, and rows through it."""
import json

import terminal


def case_before_anything_is_deployed(w):
    rows = {row['name']: row for row in w.json('endpoint', 'ls')['rows']}
    assert set(rows) == {'sums', 'empty'} and rows['sums']['status'] == 'none', rows
    done = w.gyre('endpoint', 'predict', 'empty', w.files / 'rows.csv', code=7)
    assert "endpoint 'empty' has no model yet" in done.err and 'fix  gyre endpoint deploy empty' in done.err, done.err


def case_deploy_plans_does_and_tells_the_way_back(w):
    plan = w.gyre('endpoint', 'deploy', 'sums', '1', '--dry-run')
    assert plan.out.strip() == 'sums: nothing → v1 100 %' and 'nothing was changed' in plan.err, plan
    w.gyre('endpoint', 'deploy', 'sums', '1', '--reason', 'the first')
    for deployed, roles in ((['v1=0.5', 'sums@2=50%'], [('primary', 0.5), ('primary', 0.5)]), (['1', '--shadow', '2'], [('primary', 1), ('shadow', 0)])):
        done = w.gyre('endpoint', 'deploy', 'sums', *deployed)
        assert 'undo  gyre endpoint rollback sums' in done.err, done
        routes = w.json('endpoint', 'show', 'sums')['routes']
        assert sorted((r['role'], r['weight']) for r in routes) == roles, routes
        assert w.gyre('endpoint', 'rollback', 'sums').out == 'sums went back to v1\n', 'which answered before, though most went to it still'
    assert len(w.json('endpoint', 'show', 'sums')['routes']) == 1


def case_a_model_that_tells_no_categories_is_refused_where_unknown_ones_shall_be(w):
    (w.folder / 'strict.yaml').write_text('endpoints:\n  strict: {model: sums, unknown_category: reject}\n')
    w.gyre('pipe', 'apply', w.folder / 'strict.yaml')
    done = w.gyre('endpoint', 'deploy', 'strict', '1', code=2)
    assert "sums@1 does not tell which texts it has learned of column 'word'" in done.err and "fix  put 'gyre.vocabulary.word'" in done.err, done.err
    assert w.json('endpoint', 'show', 'strict')['routes'] == []


def case_deploy_refuses_what_cannot_be(w):
    for routes in (['1=0.5'], ['1=0.5', '2=0.6'], ['x=y'], ['1=-1', '2=2'], ['1', '--shadow', '1']):
        w.gyre('endpoint', 'deploy', 'sums', *routes, code=2)
    w.gyre('endpoint', 'deploy', 'sums', '99', code=3)
    w.gyre('endpoint', 'deploy', 'none', '1', code=3)
    assert len(w.json('endpoint', 'show', 'sums')['routes']) == 1


def write_rows(w, name, rows, shift=0.0):
    path = w.folder / name
    path.write_text('id,a,b,word\n' + ''.join(f'{name}-{i},{i / rows / 2 + shift},0.25,{"xy"[i % 2]}\n' for i in range(rows)))
    return path


def case_predict_a_csv_file(w):
    done = w.gyre('endpoint', 'predict', 'sums', write_rows(w, 'few.csv', 4))
    assert [row[1] for row in done.rows] == [f'few.csv-{i}' for i in range(4)], done.rows
    assert [float(row[2]) for row in done.rows] == [.25, .375, .5, .625] and done.rows[0][3] == 'x', done.rows
    assert '4 rows scored by v1' in done.err, done.err


def send(w, name, rows, shift):
    path = write_rows(w, name, rows, shift)
    w.gyre('endpoint', 'predict', 'sums', path)
    return [f'{name}-{i}' for i in range(rows)]


def case_labels_of_predictions(w):
    """Early: the monitor's window of a minute closes while other parts run, and `watching` needs it."""
    ids = send(w, 'moved.csv', 300, 0.4)
    labels = w.folder / 'labels.csv'
    labels.write_text('flight,was\n' + ''.join(f'{name},{"true" if i % 3 else "0"}\n' for i, name in enumerate(ids)))
    done = w.gyre('monitor', 'labels', 'sums', labels, '--id', 'flight', '--label', 'was', '--batch', '100')
    assert done.out == '300\t300\n', done
    again = w.json('monitor', 'labels', 'sums', labels, '--id', 'flight', '--label', 'was', '--batch', '100')
    assert (again['received'], again['new']) == (300, 0), 'batches sent twice change nothing'
    text = json.dumps([{'id': name, 'label': True} for name in ids]).encode()
    assert w.gyre('monitor', 'labels', 'sums', '-', stdin=text).rows[0][0] == '300'
    w.until('labels', lambda: w.json('monitor', 'show', 'sums')['labels']['labelled'] >= 300)
    assert w.json('monitor', 'show', 'sums')['labels']['labelled'] == 300, 'an id has one label however often it is sent'


def case_predict_json_lists_lines_requests_and_standard_input(w):
    rows = [{'id': 'j1', 'a': 1, 'b': 2, 'word': 'x'}, {'id': 'j2', 'a': 3, 'b': 4, 'word': 'y'}]
    inputs = (json.dumps(rows), '\n'.join(map(json.dumps, rows)), json.dumps({'dataframe_records': rows}), json.dumps({'inputs': {k: [r[k] for r in rows] for k in rows[0]}}))
    for text in inputs:
        done = w.gyre('endpoint', 'predict', 'sums', '-', '--json', stdin=text.encode())
        assert done.document['predictions'] == {'sum': [3, 7], 'same': ['x', 'y']} and done.document['versions'] == ['1'], (text, done)


def case_predict_many_rows_in_batches(w):
    path = write_rows(w, 'many.csv', 2500)
    assert len(w.gyre('endpoint', 'predict', 'sums', path, '--batch', '700').rows) == 2500
    shown = w.shown('endpoint', 'predict', 'sums', path, columns=100)
    assert len([line for line in shown.lines if 'many.csv-' in line]) == 30 and '--all shows all' in shown.plain, shown.plain[-300:]


def case_text_stays_text(w):
    path = w.folder / 'numbers.csv'
    path.write_text('id,a,b,word\n007,1,2,12\n')
    assert w.json('endpoint', 'predict', 'sums', path)['predictions']['same'] == ['12']


def case_bad_rows_are_named(w):
    for text, told in (('id,a,b,word\nn1,one,2,x\n', "row 0, column 'a': expected a number, found \"one\""), ('id,a,b\nn1,1,2\n', 'word'), ('id,a,b,word,c\nn1,1,2,x,3\n', 'c'), ('id,a\n1\n', 'row 1 has 1 fields'), ('', 'empty'), ('{"a":', 'line')):
        path = w.folder / 'bad.csv'
        path.write_text(text)
        done = w.gyre('endpoint', 'predict', 'sums', path, code=2)
        assert told in done.err and done.out == '', (text, done.err)
    w.gyre('endpoint', 'predict', 'sums', w.folder / 'nothing.csv', code=3)
    w.gyre('endpoint', 'predict', 'none', write_rows(w, 'few.csv', 4), code=3)


def case_show_and_stats(w):
    shown = w.shown('endpoint', 'show', 'sums', columns=110).plain
    assert 'v1' in shown and '100 %' in shown and 'refused' in shown and 'curl' in shown, shown
    stats = w.json('endpoint', 'stats', 'sums')
    assert sum(sum(version['rows']) for version in stats['versions']) > 2500, stats['versions']
    assert all(terminal.width(line) <= 80 for line in w.shown('endpoint', 'stats', 'sums', columns=80).lines)
    assert w.gyre('endpoint', 'stats', 'sums').rows
    w.gyre('endpoint', 'stats', 'sums', '--from', 'yesterday', code=2)


def case_no_roll_out_to_hold(w):
    for verb in ('hold', 'resume', 'advance'):
        done = w.gyre('endpoint', verb, 'sums', code=5)
        assert 'error: ' in done.err, done
