"""The whole model as one ONNX graph, from raw columns (airports as strings) to the probability, so that serving needs no Python."""

import json

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxmltools.convert import convert_lightgbm
from onnxmltools.convert.common.data_types import FloatTensorType

from timetable import FEATURES, HOURS, SLOT_MINUTES, SLOTS

OPSET, ML_OPSET, IR_VERSION = 15, 3, 8


class Graph:
    """Nodes and constants, each named by what it yields."""

    def __init__(self):
        self.nodes, self.constants = [], []

    def constant(self, name, values, dtype):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values, dtype=dtype), name))
        return name

    def node(self, operator, inputs, output, domain="", **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [output], domain=domain, **attributes))
        return output

    def gather(self, table, index, output):
        return self.node("Gather", [self.constant(output + "_table", table, np.float32), index], output)

    def place(self, row, width, column, output):
        """Where (row, column) is in a flattened table of `width` columns."""
        start = self.node("Mul", [row, self.constant(output + "_width", [width], np.int64)], output + "_start")
        return self.node("Add", [start, column], output)


def export(booster, timetable, origins, destinations):
    """An onnx.ModelProto. Inputs [N, 1]: origin, destination (string), distance, dep_min, dow (float). Outputs [N, 1]: p_late and
    slot_density, flights a day on the route within the 20 minutes; 0 is off the timetable, which is worth watching."""
    graph = Graph()
    _encode(graph, timetable, origins, destinations)
    probabilities = _append_trees(graph, booster)
    one, two = graph.constant("column_1", [1], np.int64), graph.constant("column_2", [2], np.int64)
    graph.node("Slice", [probabilities, one, two, "axis_1"], "p_late")
    graph.node("Slice", ["slot_features", one, two, "axis_1"], "slot_density")

    def port(name, kind):
        return helper.make_tensor_value_info(name, kind, ["N", 1])

    inputs = [port("origin", TensorProto.STRING), port("destination", TensorProto.STRING)]
    inputs += [port(name, TensorProto.FLOAT) for name in ("distance", "dep_min", "dow")]
    outputs = [port("p_late", TensorProto.FLOAT), port("slot_density", TensorProto.FLOAT)]
    model = helper.make_model(
        helper.make_graph(graph.nodes, "flights_late", inputs, outputs, graph.constants),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid("ai.onnx.ml", ML_OPSET)], ir_version=IR_VERSION)
    # Rows with other airports are refused by the endpoint: the model would take them for flights off the timetable.
    helper.set_model_props(model, {"gyre.vocabulary.origin": json.dumps(origins), "gyre.vocabulary.destination": json.dumps(destinations)})
    onnx.checker.check_model(model)
    return model


def _encode(graph, timetable, origins, destinations):
    """Raw columns to the trees' features, in their order. Each table has one more row for airports that were never seen."""
    tables, many = timetable.tables, len(destinations) + 1
    routes = len(timetable.routes)

    def with_unknown(table):
        return np.pad(table, [(0, 1)] * table.ndim, constant_values=tables.mean) if table.ndim == 1 else np.pad(table, [(0, 1), (0, 0)], constant_values=tables.mean)

    for name, airports in (("origin", origins), ("destination", destinations)):
        graph.node("LabelEncoder", [name], name + "_index", domain="ai.onnx.ml", keys_strings=airports, values_int64s=list(range(len(airports))), default_int64=len(airports))
    graph.node("Cast", ["dep_min"], "minute", to=TensorProto.INT64)
    graph.node("Div", ["minute", graph.constant("slot_minutes", [SLOT_MINUTES], np.int64)], "slot")
    graph.node("Div", ["minute", graph.constant("hour_minutes", [60], np.int64)], "hour")

    graph.gather(with_unknown(tables.origin_rate), "origin_index", "origin_rate")
    graph.gather(with_unknown(tables.destination_rate), "destination_index", "destination_rate")
    graph.place("origin_index", HOURS, "hour", "origin_hour")
    graph.gather(with_unknown(tables.origin_hour_rate).ravel(), "origin_hour", "origin_hour_rate")
    graph.place("destination_index", HOURS, "hour", "destination_hour")
    graph.gather(with_unknown(tables.destination_hour_rate).ravel(), "destination_hour", "destination_hour_rate")

    graph.place("origin_index", many, "destination_index", "pair")
    pair_rate = np.pad(tables.route_rate, [(0, 1), (0, 1)], constant_values=tables.mean)
    graph.gather(pair_rate.ravel(), "pair", "route_rate")
    pair_route = np.pad(timetable.route_index.reshape(tables.route_rate.shape), [(0, 1), (0, 1)], constant_values=routes)
    graph.node("Gather", [graph.constant("pair_route", pair_route.ravel(), np.int64), "pair"], "route")
    graph.place("route", SLOTS, "slot", "route_slot")
    graph.node("Squeeze", ["route_slot", graph.constant("axis_1", [1], np.int64)], "route_slot_row")
    graph.gather(tables.slots.reshape(-1, tables.slots.shape[2]), "route_slot_row", "slot_features")
    first, second, last = (graph.constant(f"slot_column_{i}", [i], np.int64) for i in (0, 1, tables.slots.shape[2]))
    graph.node("Slice", ["slot_features", first, second, "axis_1"], "known_slot_rate")
    graph.node("Slice", ["slot_features", second, last, "axis_1"], "densities")
    graph.node("Equal", ["route", graph.constant("no_route", [routes], np.int64)], "is_new_route")
    graph.node("Where", ["is_new_route", "route_rate", "known_slot_rate"], "slot_rate")
    graph.node("Concat", ["distance", "dep_min", "dow", "origin_rate", "destination_rate", "route_rate", "origin_hour_rate", "destination_hour_rate", "slot_rate", "densities"], "features", axis=1)


def _append_trees(graph, booster):
    """LightGBM's trees behind the features. Returns the name of their probabilities, [N, 2]."""
    trees = convert_lightgbm(booster, initial_types=[("features", FloatTensorType([None, len(FEATURES)]))], zipmap=False, target_opset=OPSET)
    graph.nodes += trees.graph.node
    graph.constants += trees.graph.initializer
    return trees.graph.output[1].name
