"""Files and functions that have grown too large. The lists name those that may be, with why."""
import re

from tree import cpp, files, lines, text

MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
SOURCES = {'.cc', '.h', '.ts', '.tsx', '.mjs', '.py', '.css'}

LARGE_FILES = {}
LARGE_FUNCTIONS = {}

NO_FUNCTION = re.compile(r'\s*(namespace|class|struct|enum|union|extern|using|static const|constexpr|const)\b|\s*(\}|#|//)')


def files_are_small():
    for path in files():
        if path.suffix in SOURCES and str(path) not in LARGE_FILES:
            count = text(path).count('\n')
            if count > MAX_FILE_LINES:
                yield f'{path}: {count} lines; at most {MAX_FILE_LINES}'


def functions(path):
    """(line, name, length) of what looks like a function: it opens with `{` at the end of a line and closes at the same indentation."""
    opened = {}
    for number, line in lines(path):
        indent = len(line) - len(line.lstrip())
        if line.endswith('{') and '(' in line and indent <= 4 and not NO_FUNCTION.match(line) and not re.match(r'\s*(if|for|while|switch|do|else|try|TEST)\b', line):
            opened[indent] = (number, (line.split('(')[0].split() or ['(lambda)'])[-1])
        elif re.match(r'\s*\}', line) and indent in opened:
            start, name = opened.pop(indent)
            yield start, name, number - start


def functions_fit_on_a_screen():
    for path in cpp():
        for number, name, length in functions(path):
            if length > MAX_FUNCTION_LINES and f'{path}:{name}' not in LARGE_FUNCTIONS:
                yield f'{path}:{number}: {name} has {length} lines; at most {MAX_FUNCTION_LINES}'


def lists_are_true():
    """What is excused must still need it."""
    for path in LARGE_FILES:
        known = [f for f in files() if str(f) == path]
        if not known or text(known[0]).count('\n') <= MAX_FILE_LINES:
            yield f'{path}: is excused for its size and is small by now; take it off the list'


CHECKS = [files_are_small, functions_fit_on_a_screen, lists_are_true]
