"""Words alone: help, misspelt ones, missing ones; no server is asked."""
import json
import pathlib
import re

import terminal

ROOT = pathlib.Path(__file__).parents[2]
TOLD = re.compile(r'\bgyre (repo|pipe|run|exp|model|endpoint|monitor|policy) ([a-z]+(?:-[a-z]+)*)\b')


def case_help_fits_the_width_and_begins_with_one_line(_):
    for words in ((), ('repo',), ('repo', 'put'), ('endpoint', 'deploy'), ('demo', 'flights'), ('server',)):
        done = terminal.piped('help', *words)
        assert done.code == 0 and done.err == '', done
        assert all(terminal.width(line) <= 100 for line in done.lines), [line for line in done.lines if terminal.width(line) > 100]
        assert done.lines[1] == '', done.out


def case_help_is_the_same_by_every_way(_):
    text = terminal.piped('help', 'repo', 'put').out
    assert terminal.piped('repo', 'put', '--help').out == text
    assert terminal.piped('repo', 'put', '-h').out == text
    assert terminal.piped('help', 'repo').out == terminal.piped('repo').out
    assert terminal.piped('--help').out == terminal.piped('help').out == terminal.piped().out


def case_examples_of_help_come_before_flags(_):
    text = terminal.piped('help', 'pipe', 'run').out
    assert text.index('\nexamples\n') < text.index('\nflags\n')


def case_exit_codes_are_told(_):
    text = terminal.piped('help', 'exit-codes').out
    for code in ('0', '1', '2', '3', '4', '5', '6', '7', '130'):
        assert any(line.split()[0] == code for line in text.splitlines()), code


def case_misspelt_words_get_the_nearest(_):
    for arguments, nearest in ((['rpo', 'ls'], 'repo'), (['repo', 'lst'], 'ls'), (['modle', 'ls'], 'model'), (['pipe', 'rnus'], 'runs'), (['repo', 'put', 'r', 'f', '--mesage', 'x'], '--message'),
                               (['help', 'polici'], 'policy')):
        done = terminal.piped(*arguments)
        assert done.code in (2, 3) and done.out == '', done
        assert f'nearest: {nearest}' in done.err, done.err
        assert len(done.err.splitlines()) <= 3, done.err


def case_what_is_missing_is_named(_):
    done = terminal.piped('repo', 'put')
    assert done.code == 2 and 'REF is missing' in done.err and 'gyre repo put REF FILES...' in done.err, done.err
    done = terminal.piped('repo', 'log', 'flights', '--limit')
    assert done.code == 2 and '--limit' in done.err, done.err


def case_wrong_values_are_usage(_):
    for arguments in (['repo', 'ls', '--limit', 'many'], ['repo', 'ls', '--limit', '0'], ['repo', 'log', 'a b'], ['repo', 'get', 'r/f', '--range', '1:2'], ['repo', 'ls', '--color', 'green'],
                      ['endpoint', 'deploy', 'e', '1=0.5'], ['endpoint', 'deploy', 'e', '1=x'], ['model', 'show', 'm@'], ['repo', 'put', 'r', '.', '--metadata', 'novalue'], ['completion', 'fish']):
        done = terminal.piped(*arguments, GYRE_SERVER='http://127.0.0.1:9')
        assert done.code == 2, (arguments, done)
        assert done.err.startswith('error: ') and '[invalid · exit 2]' in done.err, done.err


def case_errors_as_json(_):
    for arguments in (['repo', 'lst', '--json'], ['repo', 'put', '--json'], ['repo', 'log', 'a b', '--json']):
        done = terminal.piped(*arguments)
        assert done.code == 2 and done.out == '', (arguments, done)
        error = json.loads(done.err)
        assert error['schema'] == 'error/1' and error['error']['exit'] == 2 and error['error']['what'], error


def case_version(_):
    assert terminal.piped('version').out.startswith('gyre ')
    assert terminal.piped('--version').out == terminal.piped('version').out
    assert terminal.piped('version', '--json').document['schema'] == 'version/1'


def case_no_colour_where_it_is_not_wanted(_):
    assert terminal.PAINT.search(terminal.shown('repo', 'lst').out)
    assert not terminal.PAINT.search(terminal.piped('repo', 'lst').err)
    assert not terminal.PAINT.search(terminal.shown('repo', 'lst', NO_COLOR='1').out)


def case_commands_that_anything_tells_exist(_):
    """In messages, on the page, in guides: what people are told to type can be typed."""
    known = {}
    for noun in ('repo', 'pipe', 'run', 'exp', 'model', 'endpoint', 'monitor', 'policy'):
        text = terminal.piped('help', noun).out.split('verbs\n')[1]
        known[noun] = {line.split()[0] for line in text.splitlines() if line.startswith('  ') and line[2] != ' '}
    hidden = {('pipe', 'start'), ('monitor', 'unack'), ('monitor', 'unmute')}
    wrong = []
    for folder, kinds in (('src', ('.cc', '.h')), ('web/src', ('.ts', '.tsx')), ('docs/guide', ('.md',)), ('examples', ('.md', '.yaml'))):
        for path in sorted((ROOT / folder).rglob('*')):
            if path.suffix in kinds and '_test' not in path.name:
                wrong += [f'{path.relative_to(ROOT)}: gyre {noun} {verb}' for noun, verb in TOLD.findall(path.read_text()) if verb not in known[noun] and (noun, verb) not in hidden]
    assert not wrong, '\n'.join(wrong)


def case_what_clients_of_mlflow_need_is_said(w):
    assert any(line.endswith(f'export MLFLOW_TRACKING_URI={w.server.url}') for line in w.server.output), w.server.output
    assert 'export MLFLOW_TRACKING_URI=http://127.0.0.1:7070' in w.gyre('help').out
