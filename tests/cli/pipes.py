"""gyre pipe: a project is applied, runs are started, explained."""


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
    assert "did you mean 'word'?" in w.gyre('pipe', 'run', 'train', '-p', 'wrod=3', code=2).err
    w.gyre('pipe', 'run', 'train', '-p', 'word', code=2)


def case_the_same_key_starts_once(w):
    first, again = (w.json('pipe', 'run', 'train', '--key', 'once')['object']['ref'] for _ in range(2))
    assert first == again


def case_a_run_that_fails_is_exit_1_and_says_why(w):
    done = w.gyre('pipe', 'run', 'broken', '--wait', code=1, timeout=60)
    assert 'about to fail' in done.err and done.rows[0][1] == 'failed', done
    shown = w.shown('pipe', 'show', w.json('pipe', 'runs', 'broken')['rows'][0]['id'], columns=100)
    assert 'exit 3' in shown.plain and '⬢' in shown.plain, shown.plain


def case_show_a_step(w):
    run = w.json('pipe', 'runs', 'train')['rows'][-1]['id']
    step = w.json('pipe', 'show', f'{run}/train')
    assert step['schema'] == 'step/1' and step['name'] == 'train' and step['state'] == 'succeeded', step
    shown = w.shown('pipe', 'show', f'{run}/prepare', columns=120).plain
    assert f'{run}/prepare' in shown and 'inputs' in shown and 'table' in shown and f'gyre pipe logs {run}/prepare' in shown, shown
    done = w.gyre('pipe', 'show', f'{run}/trian', code=3)
    assert "did you mean 'train'?" in done.err, done.err


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
