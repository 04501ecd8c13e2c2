"""Step 2: learn the timetable and the trees, export one ONNX file, score the held-out days with it, register it."""

import json
import os
import pathlib
import resource
import time

import lightgbm
import mlflow
import numpy as np
import onnxruntime
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

import export
import quality
import tracking
from timetable import FEATURES, Flights, Timetable, importance

ROUNDS = 80
TREES = dict(objective="binary", metric="binary_logloss", learning_rate=0.1, num_leaves=31, min_data_in_leaf=200, max_bin=127,
             num_threads=2, deterministic=True, force_col_wise=True, verbosity=-1)


def to_flights(table, origins, destinations):
    def column(name, dtype):
        return table[name].to_numpy().astype(dtype)

    def index(name, airports):
        return pc.index_in(table[name], pa.array(airports)).to_numpy().astype(np.int64)

    return Flights(origin=index("origin", origins), destination=index("destination", destinations), distance=column("distance", np.float32),
                   dep_min=column("dep_min", np.float32), dow=column("dow", np.float32), late=column("late", np.float64),
                   day=table["day"].cast("int32").to_numpy().astype(np.int64))


def fit(timetable, held_out, seed):
    """The trees, and their log loss after each of them on both sets."""
    data = lightgbm.Dataset(timetable.training_features(), timetable.flights.late, feature_name=FEATURES)
    check = lightgbm.Dataset(timetable.features(held_out), held_out.late, reference=data)
    curves = {}
    booster = lightgbm.train({**TREES, "seed": seed}, data, ROUNDS, valid_sets=[data, check], valid_names=["train", "held_out"],
                             callbacks=[lightgbm.record_evaluation(curves)])
    return booster, {f"{name}.log_loss_by_tree": curve["binary_logloss"] for name, curve in curves.items()}


def score(model_file, table):
    """What the exported model itself says: raw columns in, its outputs by name."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 2
    session = onnxruntime.InferenceSession(model_file, options, providers=["CPUExecutionProvider"])
    inputs = {}
    for port in session.get_inputs():
        values = table[port.name].to_numpy()
        inputs[port.name] = (values.astype(object) if port.type == "tensor(string)" else values.astype(np.float32)).reshape(-1, 1)
    names = [port.name for port in session.get_outputs()]
    return {name: values.ravel() for name, values in zip(names, session.run(names, inputs))}


def airports(table, name):
    return sorted(pc.unique(table[name]).to_pylist())


def write_reference(table, outputs, file):
    """The held-out days, raw columns and the model's outputs: what the monitor compares later days with."""
    columns = {name: table[name] for name in ("origin", "destination", "distance", "dep_min", "dow")}
    pq.write_table(pa.table({**columns, **outputs, "late": table["late"].cast(pa.int32())}), file, compression="zstd")


def main():
    started = time.perf_counter()
    seed = int(os.environ.get("GYRE_PARAM_SEED") or 1)
    name = os.environ["GYRE_MODEL"]
    table = pq.read_table(os.environ["GYRE_INPUT_TABLE"])
    facts = json.loads(table.schema.metadata[b"flights"])
    rows, held_out_rows = table.filter(pc.invert(table["held_out"])), table.filter(table["held_out"])
    origins, destinations = airports(rows, "origin"), airports(rows, "destination")
    seen = pc.and_(pc.is_in(held_out_rows["origin"], pa.array(origins)), pc.is_in(held_out_rows["destination"], pa.array(destinations)))
    held_out_rows = held_out_rows.filter(seen)  # others would be refused in service

    timetable = Timetable(to_flights(rows, origins, destinations), len(origins), len(destinations))
    held_out = to_flights(held_out_rows, origins, destinations)
    booster, curves = fit(timetable, held_out, seed)
    model = export.export(booster, timetable, origins, destinations)

    with mlflow.start_run() as run:
        folder = pathlib.Path(os.environ["GYRE_OUTPUT_MODEL"])
        tracking.save_model(model, folder, run.info.run_id)
        outputs = score(folder / "model.onnx", held_out_rows)
        write_reference(held_out_rows, outputs, os.environ["GYRE_OUTPUT_REFERENCE"])
        measured = quality.summary(outputs["p_late"], held_out.late)
        off_timetable = float(np.mean(outputs["slot_density"] == 0))
        gains = dict(zip(booster.feature_name(), booster.feature_importance("gain").tolist()))
        report = {**facts, "rows": rows.num_rows, "held_out_rows": held_out_rows.num_rows, "off_timetable": off_timetable, **measured, "importance": importance(gains)}
        pathlib.Path(os.environ["GYRE_OUTPUT_REPORT"]).write_text(json.dumps(report, indent=2) + "\n")

        tracking.log(run.info.run_id,
                     params={**TREES, "rounds": ROUNDS, "seed": seed, **{name: facts[name] for name in ("as_of", "from", "to")}},
                     curves=curves,
                     final={**{f"held_out.{name}": value for name, value in measured.items()}, "held_out.off_timetable": off_timetable,
                            **{f"gain.{name}": gain / sum(gains.values()) for name, gain in gains.items()},
                            "rows": rows.num_rows, "fit_seconds": time.perf_counter() - started, "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024},
                     tags={"trainer": f"lightgbm {lightgbm.__version__}", "design": "timetable", "trained": f"{facts['from']} to {facts['to']}"})
        version = tracking.register(run.info.run_id, folder, name)
    print(f"{name} version {version.version}: AUC {measured['auc']:.3f}, log loss {measured['log_loss']:.3f} on {held_out_rows.num_rows} held-out rows")


if __name__ == "__main__":
    main()
