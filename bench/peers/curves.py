"""usage: curves.py FLIGHTS FILE: curves of real training as {name: [values]} in JSON, with the packages of examples/flights.

LightGBM learns late arrivals from real flights and tells four measures after each tree, on rows it learns from and on others.
"""

import json
import sys

import lightgbm
import numpy as np
import pyarrow.parquet as pq
from pyarrow import types

ROWS, TREES = 60_000, 400
MEASURES = ["binary_logloss", "auc", "binary_error", "average_precision"]


def main():
    table = pq.ParquetFile(sys.argv[1]).read_row_group(0).slice(0, 2 * ROWS)
    numbers = {field.name: table[field.name].to_numpy().astype(np.float64) for field in table.schema if types.is_integer(field.type) or types.is_floating(field.type)}
    delays = [name for name in numbers if "delay" in name.lower()]
    label = (numbers[delays[0]] > 15).astype(int)
    inputs = np.nan_to_num(np.column_stack([values for name, values in numbers.items() if name not in delays]))
    train = lightgbm.Dataset(inputs[:ROWS], label[:ROWS])
    check = lightgbm.Dataset(inputs[ROWS:], label[ROWS:], reference=train)
    seen = {}
    lightgbm.train({"objective": "binary", "metric": MEASURES, "num_leaves": 15, "verbosity": -1, "num_threads": 1, "deterministic": True}, train, TREES,
                   valid_sets=[train, check], valid_names=["train", "held_out"], callbacks=[lightgbm.record_evaluation(seen)])
    curves = {f"{part}.{measure}": values for part, measures in seen.items() for measure, values in measures.items()}
    with open(sys.argv[2], "w") as file:
        json.dump(curves, file)


if __name__ == "__main__":
    main()
