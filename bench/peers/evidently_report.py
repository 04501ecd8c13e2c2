"""usage: evidently_report.py REFERENCE CURRENT: Evidently's drift preset of two Parquet files, as JSON.

Prints on standard error what the report itself cost, without starting Python, importing and reading.
"""

import resource
import sys
import time

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


def spent():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime, time.monotonic()


reference, current = (pd.read_parquet(file) for file in sys.argv[1:3])
cpu, wall = spent()
text = [name for name in reference.columns if reference[name].dtype == object]
definition = DataDefinition(numerical_columns=[name for name in reference.columns if name not in text], categorical_columns=text)
report = Report([DataDriftPreset()]).run(Dataset.from_pandas(current, definition), Dataset.from_pandas(reference, definition))
print(report.json())
after_cpu, after_wall = spent()
print(f"cpu_s={after_cpu - cpu:.3f} wall_s={after_wall - wall:.3f}", file=sys.stderr)
