"""The house rules, each a check: what is against them is printed with its place."""
import pathlib
import sys

sys.path[:0] = [str(pathlib.Path(__file__).parent), str(pathlib.Path(__file__).parents[1])]
import borders  # noqa: E402
import layout  # noqa: E402
import sizes  # noqa: E402
import tables  # noqa: E402
import words  # noqa: E402
from harness.tally import Tally  # noqa: E402

tally = Tally()
for check in borders.CHECKS + layout.CHECKS + sizes.CHECKS + tables.CHECKS + words.CHECKS:
    tally.case(check.__name__.replace('_', ' '), list(check()))
tally.close()
