"""The model of the benches: 28 numeric columns, gradient boosting of 100 trees of depth 3, always the same.

usage: model.py FOLDER [--mlflow]

Writes gbm.onnx (one input x[rows, 28]; outputs label and probabilities), gbm-columns.onnx (an input a column, output p)
and reference.parquet (5,000 held-out rows with p and label). With --mlflow also mlflow/, the same model as
mlflow.sklearn saves it, which needs MLflow installed.
"""

import sys
from pathlib import Path

import numpy as np
from sklearn.ensemble import GradientBoostingClassifier

WIDTH = 28
NAMES = [f"f{i}" for i in range(WIDTH)]


def rows(count, seed):
    random = np.random.default_rng(seed)
    x = random.standard_normal((count, WIDTH))
    noise = 0.3 * random.standard_normal(count)
    return x, (x[:, 0] + x[:, 1] * x[:, 2] + noise > 0).astype(int)


def export(model):
    from skl2onnx import to_onnx
    from skl2onnx.common.data_types import FloatTensorType

    kinds = [("x", FloatTensorType([None, WIDTH]))]
    return to_onnx(model, initial_types=kinds, options={"zipmap": False})


def with_columns(matrix):
    """The same graph behind an input a column, with the second probability alone as its output."""
    from onnx import ModelProto, TensorProto, helper

    model = ModelProto()
    model.CopyFrom(matrix)
    graph = model.graph
    names = [output.name for output in graph.output]
    del graph.input[:]
    graph.input.extend(helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, 1]) for name in NAMES)
    graph.node.insert(0, helper.make_node("Concat", NAMES, ["x"], axis=1))
    graph.initializer.append(helper.make_tensor("one", TensorProto.INT64, [1], [1]))
    graph.node.append(helper.make_node("Gather", [names[1], "one"], ["p"], axis=1))
    del graph.output[:]
    graph.output.append(helper.make_tensor_value_info("p", TensorProto.FLOAT, [None, 1]))
    return model


def write_reference(model, file):
    import pyarrow as pa
    import pyarrow.parquet as pq

    x, label = rows(5000, seed=2)
    columns = {name: x[:, i].astype(np.float32) for i, name in enumerate(NAMES)}
    columns["p"] = model.predict_proba(x)[:, 1].astype(np.float32)
    columns["label"] = label
    pq.write_table(pa.table(columns), file)


def save_for_mlflow(model, folder):
    import mlflow.sklearn

    example = rows(2, seed=2)[0]
    mlflow.sklearn.save_model(model, folder, serialization_format="cloudpickle", input_example=example, pyfunc_predict_fn="predict_proba")


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    x, y = rows(5000, seed=1)
    model = GradientBoostingClassifier(n_estimators=100, max_depth=3, random_state=0).fit(x, y)
    if "--mlflow" in sys.argv:
        return save_for_mlflow(model, folder / "mlflow")
    matrix = export(model)
    (folder / "gbm.onnx").write_bytes(matrix.SerializeToString())
    (folder / "gbm-columns.onnx").write_bytes(with_columns(matrix).SerializeToString())
    write_reference(model, folder / "reference.parquet")


if __name__ == "__main__":
    main()
