"""Counts the cases of a vitest report: vitest.py REPORT EXIT-CODE"""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from harness.tally import Tally  # noqa: E402

report, code = pathlib.Path(sys.argv[1]), sys.argv[2]
tally = Tally()
if not report.exists():
    tally.fail('types, colours or the runner', 'vitest left no report')
    tally.close()
for suite in json.loads(report.read_text())['testResults']:
    for case in suite['assertionResults']:
        if case['status'] == 'passed':
            tally.ok()
        elif case['status'] == 'failed':
            tally.fail(case['fullName'], '\n'.join(case['failureMessages']))
        else:
            tally.skip(case['fullName'], case['status'])
if code != '0' and not tally.failed:
    tally.fail('npm test', f'ended with {code}')
tally.close()
