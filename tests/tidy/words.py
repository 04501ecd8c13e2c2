"""Text that has no place in the repository: machines' paths, registries, notes to self; and what code may not do."""
import re
import shutil
import subprocess

from tree import ROOT, cpp, files, lines, text

SELF = 'tests/tidy/words.py'
PLACES = re.compile(r'(?<![\w.])/(work|root|home|Users|mnt)/\w|/tmp/uvenv')
HOSTS = re.compile(r'\b(pypi\.org|files\.pythonhosted\.org|registry\.npmjs\.org|deb\.debian\.org|proxy\.golang\.org|registry\.yarnpkg\.com)\b')
NOTES = re.compile(r'\b(TO' r'DO|FIX' r'ME|XX' r'X|HA' r'CK)\b')


def _search(pattern, what, chosen=None):
    for path in chosen or files():
        if str(path) == SELF:
            continue
        for number, line in lines(path):
            if found := pattern.search(line):
                yield f'{path}:{number}: {what}: {found.group(0)}'


def no_place_of_one_machine():
    yield from _search(PLACES, 'a path of one machine')


def no_registry_is_named():
    yield from _search(HOSTS, 'the host of a registry')


def no_notes_to_self():
    yield from _search(NOTES, 'a note to self')


def no_exceptions_of_our_own():
    allowed = {'src/net/blocking_stream.h'}  # Beast's stream concept reports errors so
    for path in cpp():
        if str(path) in allowed or path.name.endswith('_test.cc'):
            continue
        for number, line in lines(path):
            if re.match(r'\s*(.*[;{})]\s*)?throw\b', re.sub(r'".*?"', '', line.split('//')[0])):
                yield f'{path}:{number}: errors are values (Result); nothing throws'


def no_unbounded_text_functions():
    for path in cpp():
        for number, line in lines(path):
            if found := re.search(r'(?<![\w:>.])(system|sprintf|strcpy|strcat|gets)\s*\(', line.split('//')[0]):
                yield f'{path}:{number}: {found.group(1)} is not to be used'


def nothing_new_is_left_half_made():
    for path in cpp():
        for found in re.finditer(r'\bnew [\w:<>]+[({][^;]*?\bTRY\(', text(path)):
            yield f'{path}:{text(path).count(chr(10), 0, found.start()) + 1}: TRY may leave between the allocation and the object; name the argument first'


def shell_is_clean():
    if not shutil.which('shellcheck'):
        return
    scripts = [f for f in files() if text(f).startswith(('#!/usr/bin/env bash', '#!/bin/bash', '#!/bin/sh'))]
    parts = [f for f in files() if f.parts[:2] == ('scripts', 'dev') and f not in scripts]
    for options, chosen in (([], scripts), (['--exclude=SC2154,SC2034'], parts)):
        if chosen:
            done = subprocess.run(['shellcheck', '--severity=warning', '--format=gcc', *options, *map(str, chosen)], cwd=ROOT, capture_output=True, text=True)
            yield from done.stdout.splitlines()


CHECKS = [no_place_of_one_machine, no_registry_is_named, no_notes_to_self, no_exceptions_of_our_own, no_unbounded_text_functions, nothing_new_is_left_half_made, shell_is_clean]
