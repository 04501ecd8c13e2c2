"""Completion in real shells: what TAB puts on the line."""
import os
import shutil
import subprocess
import tempfile

import terminal

BASH = 'source <("$GYRE" completion bash); PS1="> "; bind "set show-all-if-ambiguous on"; bind "set bell-style none"; bind "set page-completions off"\n'
ZSH = 'autoload -Uz compinit; compinit -u -D; source <("$GYRE" completion zsh); PS1="> "; unsetopt beep\n'


class Shell:
    """An interactive shell in which `gyre` is our binary."""

    def __init__(self, world, name):
        self.folder = tempfile.mkdtemp(prefix='gyre-shell.')
        os.symlink(os.path.abspath(terminal.BINARY), f'{self.folder}/gyre')
        open(f'{self.folder}/notes.txt', 'w').close()
        command = {'bash': ['bash', '--norc', '--noprofile', '-i'], 'zsh': ['zsh', '-f', '-i']}[name]
        self.run = terminal.OnTerminal(command=command, columns=100, cwd=self.folder, GYRE=f'{self.folder}/gyre', GYRE_SERVER=world.server.url, XDG_CACHE_HOME=self.folder,
                                       PATH=f'{self.folder}:{os.environ["PATH"]}')
        self.run.write({'bash': BASH, 'zsh': ZSH}[name] + 'echo READY-$((40+2))\n')
        self.run.read_until(lambda text: 'READY-42' in text)

    def typed(self, text, wanted):
        """Types text and TAB; waits until the terminal shows what is wanted."""
        before = len(self.run.text)
        self.run.write(text + '\t')
        shown = self.run.read_until(lambda all_text: wanted in terminal.PAINT.sub('', all_text.encode()[before:].decode(errors='replace')), 10)
        self.run.write('\x15')  # take the line back
        return shown

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.run.process.kill()
        self.run.process.wait()
        os.close(self.run.fd)
        shutil.rmtree(self.folder, ignore_errors=True)


def in_shell(world, name):
    with Shell(world, name) as shell:
        shell.typed('gyre endp', 'gyre endpoint ')
        shell.typed('gyre repo prev', 'gyre repo preview ')
        shell.typed('gyre repo put --repl', 'gyre repo put --replace ')
        shell.typed('gyre repo log fli', 'gyre repo log flights')
        shell.typed('gyre repo log flights@relab', 'gyre repo log flights@relabel')
        shell.typed('gyre repo log flights@main --lim', 'flights@main --limit')
        shell.typed('gyre pipe run tr', 'gyre pipe run train')
        shell.typed('gyre repo put flights no', 'flights notes.txt')
        shell.typed('gyre completion z', 'gyre completion zsh')
        shell.typed('gyre help exi', 'gyre help exit-codes')


def case_bash(w):
    in_shell(w, 'bash')


def case_zsh(w):
    if not shutil.which('zsh'):
        raise AssertionError('zsh is not installed; ./gyre-dev setup brings it')
    in_shell(w, 'zsh')


def case_scripts_are_good_syntax(_):
    for name in ('bash', 'zsh'):
        script = terminal.piped('completion', name).out
        assert subprocess.run([name, '-n'], input=script.encode(), capture_output=True).returncode == 0, name


def case_names_come_from_the_cache_when_the_server_is_away(w):
    with tempfile.TemporaryDirectory() as cache:
        there = terminal.piped('__complete', 'repo', 'log', 'f', GYRE_SERVER=w.server.url, XDG_CACHE_HOME=cache)
        assert there.out.startswith('flights\t'), there
        assert terminal.piped('__complete', 'repo', 'log', 'f', '--server', w.server.url, XDG_CACHE_HOME=cache).code == 0
    empty = terminal.piped('__complete', 'repo', 'log', 'f', GYRE_SERVER='http://127.0.0.1:9', XDG_CACHE_HOME='/proc/none')
    assert (empty.code, empty.out, empty.err) == (0, '', ''), empty
