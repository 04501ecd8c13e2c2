"""Counts test cases and says the line by which ./gyre-dev test adds suites up."""
import sys


class Tally:
    def __init__(self):
        self.passed = self.failed = self.skipped = 0

    def ok(self, _name=''):
        self.passed += 1

    def fail(self, name, why=''):
        self.failed += 1
        print(f'FAILED {name}', flush=True)
        for line in str(why).splitlines()[:40]:
            print(f'    {line}', flush=True)

    def skip(self, name, why):
        self.skipped += 1
        print(f'SKIPPED {name}: {why}', flush=True)

    def case(self, name, problems):
        """A case with a list of problems; none of them is a pass."""
        if problems:
            self.fail(name, '\n'.join(problems))
        else:
            self.ok(name)

    def close(self):
        print(f'{self.passed} passed, {self.failed} failed' + (f', {self.skipped} skipped' if self.skipped else ''), flush=True)
        sys.exit(1 if self.failed or not self.passed else 0)
