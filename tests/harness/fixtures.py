"""Files that requests carry: small models, tables, and broken ones of each kind. Made anew for each run, always the same bytes."""
import contextlib
import pathlib
import tempfile

import numpy
import onnx
import pyarrow
import pyarrow.parquet
from onnx import TensorProto, helper


# A pipeline that ends well, one that ends badly, one that takes long; an endpoint, a monitor and a policy that nothing has happened to.
PROJECT = """
repositories: {numbers: {}}
pipelines:
  hello:
    parameters: {n: "1"}
    steps:
      - {name: say, command: "echo hello; echo $GYRE_PARAM_N > $GYRE_OUTPUT_TEXT", outputs: {text: text.txt}}
      - {name: count, command: "wc -c < $GYRE_INPUT_TEXT > $GYRE_OUTPUT_BYTES", inputs: {text: say.text}, outputs: {bytes: bytes.txt}}
  fails:
    steps:
      - {name: fall, command: "echo 'it is broken' >&2; exit 3"}
      - {name: after, command: "true", after: [fall]}
  slow:
    steps:
      - {name: wait, command: "sleep 60"}
  learns:
    steps:
      - {name: learn, command: "exit 1", outputs: {report: report.json}, registers: {model: m, evidence: {training: report}}}
endpoints:
  e: {model: m, id_column: id}
monitors:
  e: {endpoint: e, window: 1d, prediction: sum, label: y}
policies:
  p: {endpoint: e, model: m, when: {new_rows: 100}, pipeline: learns}
"""


def _model(nodes, inputs, outputs, constants=()):
    graph = helper.make_graph(nodes, 'g', inputs, outputs, constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model.SerializeToString()


def column_model(factor=1.0):
    """Raw columns by name: `a` and `b` are float, `word` is text; `sum` = factor * (a + b), `same` = word."""
    column = lambda name, kind: helper.make_tensor_value_info(name, kind, [None, 1])  # noqa: E731
    constants = [helper.make_tensor('factor', TensorProto.FLOAT, [1], [factor])]
    nodes = [helper.make_node('Add', ['a', 'b'], ['plain']), helper.make_node('Mul', ['plain', 'factor'], ['sum']), helper.make_node('Identity', ['word'], ['same'])]
    return _model(nodes, [column('a', TensorProto.FLOAT), column('b', TensorProto.FLOAT), column('word', TensorProto.STRING)],
                  [column('sum', TensorProto.FLOAT), column('same', TensorProto.STRING)], constants)


def matrix_model():
    """One tensor `x` [rows, 3]: y = x . (1, 10, 100)."""
    weights = helper.make_tensor('w', TensorProto.FLOAT, [3, 1], [1.0, 10.0, 100.0])
    return _model([helper.make_node('MatMul', ['x', 'w'], ['y'])], [helper.make_tensor_value_info('x', TensorProto.FLOAT, [None, 3])],
                  [helper.make_tensor_value_info('y', TensorProto.FLOAT, [None, 1])], [weights])


def table(rows=5):
    return pyarrow.table({'id': numpy.arange(rows), 'value': numpy.arange(rows) * 0.5, 'word': [f'w{i}' for i in range(rows)]})


def write_all(folder):
    files = {
        'columns.onnx': column_model(),
        'columns-doubled.onnx': column_model(2.0),
        'matrix.onnx': matrix_model(),
        'wrong.onnx': b'this is no model' * 10,
        'cut-off.onnx': column_model()[:-40],
        'rows.csv': b'id,value\n1,0.5\n2,1.5\n',
        'notes.txt': b'plain text\n',
        'not.parquet': b'PAR1' + b'\0' * 60 + b'PAR1',
        'empty': b'',
    }
    for name, content in files.items():
        (folder / name).write_bytes(content)
    (folder / 'gyre.yaml').write_text(PROJECT)
    pyarrow.parquet.write_table(table(), folder / 'rows.parquet')
    whole = (folder / 'rows.parquet').read_bytes()
    (folder / 'cut-off.parquet').write_bytes(whole[: len(whole) // 2])


@contextlib.contextmanager
def folder():
    with tempfile.TemporaryDirectory(prefix='gyre-fixtures.') as name:
        path = pathlib.Path(name)
        write_all(path)
        yield path
