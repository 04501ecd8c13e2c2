"""gyre repo: what goes in comes out, and every commit says what it did."""
import json
import os

import terminal


def case_an_empty_server_says_how_to_begin(w):
    done = w.gyre('repo', 'ls')
    assert done.out == '' and 'gyre repo create' in done.err, done
    assert w.json('repo', 'ls')['rows'] == []


def case_create_twice(w):
    assert 'flights' in w.gyre('repo', 'create', 'flights', '--description', 'of 2001').out
    w.gyre('repo', 'create', 'flights')
    assert w.gyre('repo', 'create', 'other', '-q').out == 'repo:other\n'
    w.gyre('repo', 'create', '../x', code=2)


def case_put_files_and_folders(w):
    labels = w.folder / 'labels'
    labels.mkdir()
    for day in range(1, 4):
        (labels / f'2001-04-0{day}.csv').write_text('id,late\n' + ''.join(f'f{day}{i},{i % 2}\n' for i in range(50)))
    done = w.gyre('repo', 'put', 'flights', labels, w.files / 'rows.parquet', '-m', 'first rows', '--author', 'ann', '--metadata', 'source=made up')
    assert 'on main' in done.out and '4 added' in done.out, done.out
    [row] = w.json('repo', 'log', 'flights')['rows']
    assert (row['message'], row['author'], row['added'], row['rows'], row['metadata']) == ('first rows', 'ann', 4, 155, {'source': 'made up'}), row


def case_a_trailing_slash_leaves_the_folders_name_out(w):
    w.gyre('repo', 'put', 'other', f'{w.folder}/labels/')
    assert [row[0] for row in w.gyre('repo', 'ls', 'other').rows] == ['2001-04-01.csv', '2001-04-02.csv', '2001-04-03.csv']
    w.gyre('repo', 'put', 'other/notes/first.txt', w.files / 'notes.txt')
    w.gyre('repo', 'put', 'other/notes/', w.files / 'notes.txt')
    assert [row[0] for row in w.gyre('repo', 'ls', 'other/notes').rows] == ['first.txt', 'notes.txt']


def case_dry_run_puts_nothing(w):
    before = w.json('repo', 'log', 'flights')['total']
    done = w.gyre('repo', 'put', 'flights/new', w.files / 'notes.txt', '--dry-run')
    assert done.rows[0][0] == 'new' and 'would be committed' in done.err, done
    assert w.json('repo', 'log', 'flights')['total'] == before


def case_put_the_same_again_makes_no_commit(w):
    before = w.json('repo', 'log', 'flights')['total']
    done = w.gyre('repo', 'put', 'flights', w.folder / 'labels')
    assert 'nothing differs' in done.err, done
    assert w.json('repo', 'log', 'flights')['total'] == before


def case_compare_and_swap(w):
    head = w.json('repo', 'log', 'flights')['rows'][0]['id']
    done = w.gyre('repo', 'put', 'flights', w.files / 'notes.txt', '--if-head', '0' * 64, code=5)
    assert 'conflict' in done.err and head[:7] in done.err, done.err
    w.gyre('repo', 'put', 'flights', w.files / 'notes.txt', '--if-head', head)
    w.gyre('repo', 'put', 'flights@fresh', w.files / 'notes.txt', '--if-head', '')


def case_the_same_key_commits_once(w):
    first = w.json('repo', 'put', 'flights', w.files / 'rows.csv', '--key', 'k1')
    again = w.json('repo', 'put', 'flights', w.files / 'rows.csv', '--key', 'k1')
    assert first['created'] and not again['created'] and first['commit']['id'] == again['commit']['id']
    w.gyre('repo', 'put', 'flights', w.files / 'empty', '--key', 'k1', code=5)


def case_ls_a_folder(w):
    rows = w.json('repo', 'ls', 'flights@main')['rows']
    assert [(r['name'], r['folder'], r['objects']) for r in rows][:1] == [('labels', True, 3)], rows
    assert w.gyre('repo', 'ls', 'flights/labels', '-q').out.splitlines()[0] == 'flights@main/labels/2001-04-01.csv'
    assert len(w.gyre('repo', 'ls', 'flights/labels', '--limit', '2').rows) == 2
    assert '2 of 3 entries · --all' in w.gyre('repo', 'ls', 'flights/labels', '--limit', '2').err


def case_get_a_file_whole_and_in_part(w):
    want = (w.folder / 'labels' / '2001-04-01.csv').read_bytes()
    here = w.folder / 'out'
    here.mkdir()
    assert w.gyre('repo', 'get', 'flights/labels/2001-04-01.csv', cwd=here).out == '2001-04-01.csv\n'
    assert (here / '2001-04-01.csv').read_bytes() == want
    w.gyre('repo', 'get', 'flights/labels/2001-04-01.csv', '-o', here / 'a' / 'b.csv')
    assert (here / 'a' / 'b.csv').read_bytes() == want
    for written, part in (('0-9', want[:10]), ('10-', want[10:]), ('-20', want[-20:])):
        assert w.gyre('repo', 'get', 'flights/labels/2001-04-01.csv', '--range', written, '-o', '-').out.encode() == part
    assert w.gyre('repo', 'cat', 'flights/labels/2001-04-01.csv').out.encode() == want
    assert not list(here.rglob('*.part'))


def case_get_a_folder(w):
    here = w.folder / 'whole'
    for ref in ('flights/labels', 'flights/labels/'):
        w.gyre('repo', 'get', ref, '-o', here)
        assert sorted(os.listdir(here)) == ['2001-04-01.csv', '2001-04-02.csv', '2001-04-03.csv']
    document = w.json('repo', 'get', 'flights@main', '-o', w.folder / 'all')
    assert document['files'] >= 5 and (w.folder / 'all' / 'labels' / '2001-04-03.csv').exists(), document


def case_what_is_not_there_is_exit_3(w):
    for arguments in (['repo', 'ls', 'none'], ['repo', 'log', 'flights@nobranch'], ['repo', 'get', 'flights/none.csv'], ['repo', 'cat', 'flights@0000000/none.csv'],
                      ['repo', 'put', 'none', w.files / 'notes.txt'], ['repo', 'put', 'flights', 'no-such-file'], ['repo', 'preview', 'flights/none.csv'], ['repo', 'get', 'none/a/']):
        done = w.gyre(*arguments, code=3)
        assert done.out == '' and done.err.startswith('error: '), (arguments, done)


def case_bad_tables_are_refused_and_nothing_is_lost(w):
    before = w.json('repo', 'log', 'flights')['total']
    w.gyre('repo', 'put', 'flights/bad/', w.files / 'cut-off.parquet', w.files / 'notes.txt', code=2)
    assert w.json('repo', 'log', 'flights')['total'] == before


def case_paths_do_not_leave_the_repository(w):
    w.gyre('repo', 'put', 'flights/../x', w.files / 'notes.txt', code=2)
    w.gyre('repo', 'ls', 'flights/../..', code=2)


def case_remove(w):
    w.gyre('repo', 'put', 'other/raw', f'{w.folder}/labels/')
    w.gyre('repo', 'rm', 'other', 'raw/', 'notes/first.txt', '-m', 'wrong ones')
    assert 'raw/' not in [row[0] for row in w.gyre('repo', 'ls', 'other').rows]
    assert w.gyre('repo', 'ls', 'other@main~1/raw').rows, 'earlier commits keep it'


def case_replace_removes_the_rest(w):
    only = w.folder / 'only'
    only.mkdir()
    (only / 'a.txt').write_text('a')
    w.gyre('repo', 'put', 'other/set', f'{w.folder}/labels/')
    w.gyre('repo', 'put', 'other/set', f'{only}/', '--replace')
    assert [row[0] for row in w.gyre('repo', 'ls', 'other/set').rows] == ['a.txt']
    assert [row[0] for row in w.gyre('repo', 'ls', 'other/notes').rows] == ['notes.txt'], 'beside the folder all stays'


def case_diff(w):
    (w.folder / 'labels' / '2001-04-01.csv').write_text('id,late\nf1,1\n')
    w.gyre('repo', 'put', 'flights', w.folder / 'labels', '-m', 'mended')
    document = w.json('repo', 'diff', 'flights@main~1..main')
    [path] = document['paths']
    assert (path['kind'], path['path']) == ('changed', 'labels/2001-04-01.csv'), path
    assert w.gyre('repo', 'diff', 'flights@main~1', 'flights@main').rows[0][:2] == ['changed', 'labels/2001-04-01.csv']
    assert w.gyre('repo', 'diff', 'flights@main', 'main').out == ''
    w.gyre('repo', 'diff', 'flights@main', code=2)
    shown = w.shown('repo', 'diff', 'flights@main~1..main')
    assert '~' in shown.plain and '1 changed' in shown.plain, shown.plain


def case_tags_and_branches(w):
    w.gyre('repo', 'tag', 'flights@main~1', 'v1')
    assert [row[0] for row in w.gyre('repo', 'tag', 'flights').rows] == ['v1']
    w.gyre('repo', 'tag', 'flights@main', 'v1', code=5)
    w.gyre('repo', 'branch', 'flights@v1', 'relabel')
    assert 'relabel' in w.gyre('repo', 'branch', 'flights', '-q').out
    w.gyre('repo', 'put', 'flights@relabel', w.files / 'empty')
    w.gyre('repo', 'put', 'flights@v1', w.files / 'empty', code=2)
    w.gyre('repo', 'put', 'flights@main~1', w.files / 'empty', code=2)


def case_preview(w):
    done = w.gyre('repo', 'preview', 'flights/rows.parquet', '--limit', '2')
    assert done.rows == [['0', '0.0', 'w0'], ['1', '0.5', 'w1']], done.rows
    assert [c['name'] for c in w.json('repo', 'preview', 'flights/rows.parquet')['columns']] == ['id', 'value', 'word']
    assert w.gyre('repo', 'preview', 'flights/rows.parquet', '--csv').out.splitlines()[0] == 'id,value,word'
    assert w.gyre('repo', 'preview', 'flights/notes.txt').out == 'plain text\n'


def case_fields_of_json(w):
    done = w.gyre('repo', 'ls', '--json=name,head.ref')
    row = json.loads(done.out)['rows'][0]
    assert set(row) == {'name', 'head.ref'}, row


def case_csv_has_a_header_and_quotes(w):
    w.gyre('repo', 'put', 'other/x', w.files / 'notes.txt', '-m', 'a "quoted", message')
    lines = w.gyre('repo', 'log', 'other', '--csv').out.split('\r\n')
    assert lines[0].startswith('COMMIT,AT,') and '"a ""quoted"", message"' in lines[1], lines[:2]


def case_a_message_cannot_paint_the_screen(w):
    w.gyre('repo', 'put', 'other/y', w.files / 'notes.txt', '-m', 'red \x1b[31mor\x1b]0;title\x07 not\nsecond line')
    for text in (w.shown('repo', 'log', 'other').out, w.gyre('repo', 'log', 'other').out):
        assert '\x1b]' not in text and '\\x1b[31m' in text, text


def case_a_large_file_shows_progress_and_stops_cleanly(w):
    large = w.folder / 'large.bin'
    with open(large, 'wb') as file:
        file.truncate(1 << 30)
    before = w.json('repo', 'log', 'flights')['total']
    run = w.on_terminal('repo', 'put', 'flights', large, columns=100)
    text = run.read_until(lambda t: 'GiB' in t)
    assert '%' in text and '█' in text or '░' in text, text[-200:]
    run.write('\x03')
    done = run.finish()
    assert done.code == 130 and 'nothing was committed' in done.plain, done.plain[-300:]
    assert w.json('repo', 'log', 'flights')['total'] == before


def case_many_rows_come_page_by_page(w):
    many = w.folder / 'many'
    many.mkdir()
    for i in range(620):
        (many / f'{i:04}.txt').write_text(str(i))
    w.gyre('repo', 'put', 'other', many, '-m', 'many')
    assert len(w.gyre('repo', 'ls', 'other/many', '--all').rows) == 620
    assert w.json('repo', 'get', 'other/many', '-o', w.folder / 'many-back')['files'] == 620
    assert (w.folder / 'many-back' / '0619.txt').read_text() == '619'


def case_terminal_and_pipe_have_the_same_columns(w):
    lines = w.shown('repo', 'ls', columns=160).lines
    assert lines[0].split()[0] == 'REPO' and terminal.width(lines[0]) <= 160
    assert len(w.gyre('repo', 'ls').rows[0]) == 8, 'no column is left out in a pipe'
