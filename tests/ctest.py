"""Runs the C++ suites of a build folder and counts their test cases: ctest.py FOLDER [ROOM...]"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile


def suites(folder, rooms):
    shown = subprocess.run(['ctest', '--test-dir', folder, '--show-only=json-v1'], check=True, capture_output=True, text=True)
    tests = json.loads(shown.stdout)['tests']
    return {t['name']: pathlib.Path(t['command'][0]).name for t in tests if not rooms or t['name'] in rooms}


def count(report):
    """(passed, failed, skipped) of one binary's report."""
    passed = failed = skipped = 0
    for suite in json.loads(report.read_text())['testsuites']:
        for case in suite['testsuite']:
            if case.get('failures'):
                failed += 1
                print(f"FAILED {suite['name']}.{case['name']}")
            elif case['result'] == 'SKIPPED':
                skipped += 1
            elif case['result'] == 'COMPLETED':
                passed += 1
    return passed, failed, skipped


def main():
    folder, rooms = sys.argv[1], sys.argv[2:]
    chosen = suites(folder, rooms)
    missing = set(rooms) - set(chosen)
    if missing or not chosen:
        sys.exit(f'no such suites in {folder}: {" ".join(sorted(missing))}')
    totals = [0, 0, 0]
    with tempfile.TemporaryDirectory() as reports:
        environment = {**os.environ, 'GTEST_OUTPUT': f'json:{reports}/', 'GTEST_BRIEF': '1'}
        pattern = '^(' + '|'.join(chosen) + ')$'
        jobs = str(min(os.cpu_count() or 1, 4))
        code = subprocess.run(['ctest', '--test-dir', folder, '--output-on-failure', '-j', jobs, '-R', pattern], env=environment).returncode
        for name, binary in sorted(chosen.items()):
            report = pathlib.Path(reports, f'{binary}.json')
            if report.exists():
                totals = [a + b for a, b in zip(totals, count(report))]
            else:  # it crashed or ran out of time, or it would have left a report
                totals[1] += 1
                print(f'FAILED {name}: ended without a report')
    if code != 0 and totals[1] == 0:
        totals[1] = 1
    passed, failed, skipped = totals
    print(f'{passed} passed, {failed} failed' + (f', {skipped} skipped' if skipped else ''))
    sys.exit(1 if failed else 0)


main()
