"""Every view on a narrow and a wide terminal: nothing beyond the edge, nothing that moves, the same without colour."""
import terminal

LISTS = (['repo', 'ls'], ['repo', 'ls', 'flights'], ['repo', 'log', 'flights'], ['repo', 'branch', 'flights'], ['pipe', 'ls'], ['pipe', 'runs'], ['run', 'ls'], ['exp', 'ls'], ['model', 'ls'],
         ['model', 'versions', 'sums'], ['endpoint', 'ls'], ['monitor', 'ls'], ['monitor', 'alerts'], ['policy', 'ls'], ['policy', 'decisions', 'strict'])
VIEWS = (['pipe', 'show', 'train'], ['model', 'show', 'sums'], ['model', 'show', 'sums@1'], ['endpoint', 'show', 'sums'], ['endpoint', 'stats', 'sums'], ['monitor', 'show', 'sums'],
         ['policy', 'show', 'strict'], ['lineage', 'sums@1'])
FREE = ('curl ', 'http://', 'origin', 'parameters', 'inputs', 'looked at')  # lines of a view that are whole however long they are


def case_lists_fit_80_and_160_columns(w):
    for arguments in LISTS:
        for columns in (80, 160):
            done = w.shown(*arguments, columns=columns)
            wide = [line for line in done.lines if terminal.width(line) > columns]
            assert not wide, (arguments, columns, wide)
            assert done.lines and all(line == line.rstrip() for line in done.lines), arguments


def case_tables_of_views_fit(w):
    for arguments in VIEWS:
        for columns in (80, 160):
            done = w.shown(*arguments, columns=columns)
            wide = [line for line in done.lines if terminal.width(line) > columns and not any(word in line for word in FREE) and '  ' in line.strip() and line.startswith('  ')]
            assert not wide, (arguments, columns, wide)


def case_a_wide_terminal_shows_more(w):
    for arguments in (['pipe', 'runs'], ['policy', 'decisions', 'strict']):
        narrow, wide = (len(w.shown(*arguments, columns=columns).lines[0].split('  ')) for columns in (50, 200))
        assert narrow < wide, arguments


def case_into_a_pipe_all_is_whole(w):
    for arguments in LISTS:
        done = w.gyre(*arguments)
        assert done.out and '\x1b' not in done.out and '…' not in done.out and '—' not in done.out, arguments
        assert len({len(row) for row in done.rows}) == 1, (arguments, done.rows)


def case_every_view_is_a_document(w):
    for arguments in (*LISTS, *VIEWS):
        document = w.json(*arguments)
        assert document['schema'].count('/') == 1, (arguments, document['schema'])


def case_lists_name_their_objects(w):
    for arguments in LISTS:
        if arguments[0] in ('repo',) and arguments[1] != 'ls':
            continue
        assert all(' ' not in line and line for line in w.gyre(*arguments, '-q').out.splitlines()), arguments


def case_no_color_and_color_never(w):
    assert terminal.PAINT.search(w.shown('pipe', 'runs').out)
    assert not terminal.PAINT.search(w.shown('pipe', 'runs', NO_COLOR='1').out)
    assert not terminal.PAINT.search(w.shown('pipe', 'runs', '--color', 'never').out)
    assert terminal.PAINT.search(w.gyre('pipe', 'show', 'train', '--color', 'always').out)


def case_times_in_utc_or_here(w):
    run = w.json('run', 'ls', '--limit', '1')['rows'][0]['id']
    assert ' UTC' in w.shown('run', 'show', run, TZ='Asia/Tokyo').plain or ' JST' in w.shown('run', 'show', run, TZ='Asia/Tokyo').plain
    assert ' JST' in w.shown('run', 'show', run, TZ='Asia/Tokyo').plain
    assert ' UTC' in w.shown('run', 'show', run, '--utc', TZ='Asia/Tokyo').plain


def case_ascii_where_the_locale_is(w):
    for arguments in (*LISTS, *VIEWS):
        ours = w.shown(*arguments, LANG='C').plain
        assert not set(ours) & set('●△⬢◔○◇█░▁…—└├│■⇶∿◈⇄◉↻≥≤→'), (arguments, ours)
