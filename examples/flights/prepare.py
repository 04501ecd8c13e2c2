"""Step 1: one table of the days to learn from and of the days held out, out of daily files of flights and of labels."""

import datetime as dt
import json
import os
import pathlib

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

RAW_COLUMNS = ["flight_id", "origin", "destination", "distance", "dep_min", "dow"]
LABEL_DELAY_DAYS = 2  # whether the flights of day d were late is known from day d + 2, 00:00


def days_to_use(known, as_of, train_days, gate_days):
    """The labelled days as of a date: those to train on, and behind them those held out."""
    usable = sorted(day for day in known if day <= as_of - dt.timedelta(days=LABEL_DELAY_DAYS))
    if len(usable) <= gate_days:
        raise SystemExit(f"only {len(usable)} labelled days as of {as_of}; {gate_days} are held out and at least one is needed to train on")
    window = usable[-(train_days + gate_days):]
    return window[:-gate_days], window[-gate_days:]


def read_day(flights, labels, day):
    """A day's flights with what became of them; `late` is null where no label came."""
    rows = pq.read_table(flights / f"{day}.parquet", columns=RAW_COLUMNS)
    outcome = pq.read_table(labels / f"{day}.parquet", columns=["flight_id", "late"])
    place = pc.index_in(rows["flight_id"], outcome["flight_id"].combine_chunks())
    late = outcome["late"].combine_chunks().take(place.combine_chunks())
    return rows.append_column("late", late.cast(pa.int8())).append_column("day", pa.array([day] * len(rows), pa.date32()))


def read_days(flights, labels, days):
    rows = pa.concat_tables([read_day(flights, labels, day) for day in days])
    missing = sum(rows[name].null_count for name in rows.column_names) / (rows.num_rows * rows.num_columns)
    return rows.drop_null(), missing


def main():
    flights, labels = pathlib.Path(os.environ["GYRE_INPUT_FLIGHTS"]), pathlib.Path(os.environ["GYRE_INPUT_LABELS"])
    as_of = dt.date.fromisoformat((os.environ.get("GYRE_PARAM_AS_OF") or os.environ["GYRE_NOW"])[:10])
    known = [dt.date.fromisoformat(file.stem) for file in labels.glob("*.parquet")]
    train_days, held_out_days = days_to_use(known, as_of, int(os.environ["GYRE_PARAM_TRAIN_DAYS"]), int(os.environ["GYRE_PARAM_GATE_DAYS"]))

    train, missing = read_days(flights, labels, train_days)
    held_out, _ = read_days(flights, labels, held_out_days)
    table = pa.concat_tables([
        train.append_column("held_out", pa.array([False] * train.num_rows)),
        held_out.append_column("held_out", pa.array([True] * held_out.num_rows)),
    ])
    facts = {"as_of": str(as_of), "from": str(train_days[0]), "to": str(train_days[-1]), "missing": missing,
             "held_out_from": str(held_out_days[0]), "held_out_to": str(held_out_days[-1])}
    pq.write_table(table.replace_schema_metadata({"flights": json.dumps(facts)}), os.environ["GYRE_OUTPUT_TABLE"], compression="lz4")
    print(f"{train.num_rows} rows to train on ({facts['from']} to {facts['to']}), {held_out.num_rows} held out (to {facts['held_out_to']}), {missing:.4%} missing")


if __name__ == "__main__":
    main()
