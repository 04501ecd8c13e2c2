"""C++ is laid out by clang-format, so that a diff shows what changed and nothing else."""
import subprocess

from tree import cpp


def sources_are_formatted():
    told = subprocess.run(['clang-format-19', '--dry-run', *map(str, cpp())], capture_output=True, text=True)
    places = sorted({line.split(': ')[0] for line in told.stderr.splitlines() if '[-Wclang-format-violations]' in line})
    for place in places:
        yield f'{place}: is not formatted; ./gyre-dev fmt does it'
    if told.returncode:
        yield told.stderr.strip()


CHECKS = [sources_are_formatted]
