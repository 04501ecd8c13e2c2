"""usage: drift_data.py ROWS FOLDER: reference.parquet and current.parquet of 20 numeric and 5 text columns, a third of the numeric ones shifted."""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def table(count, seed, shift):
    random = np.random.default_rng(seed)
    columns = {f"n{i}": random.standard_normal(count) + shift * (i % 3 == 0) for i in range(20)}
    words = np.array(["alpha", "beta", "gamma", "delta", "epsilon", "zeta"])
    columns |= {f"c{i}": words[random.integers(0, len(words), count)] for i in range(5)}
    return pa.table(columns)


count, folder = int(sys.argv[1]), Path(sys.argv[2])
pq.write_table(table(count, 1, 0), folder / "reference.parquet")
pq.write_table(table(count, 2, 0.1), folder / "current.parquet")
