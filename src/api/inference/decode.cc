#include "api/inference/decode.h"

#include <fmt/format.h>

#include "api/inference/columns.h"
#include "base/json_trouble.h"

namespace gyre::inference {
namespace {

namespace dom = simdjson::dom;

std::string expected_at(const Wanted& wanted, const ColumnSet& columns, std::size_t column) {
  for (const auto& port : wanted.signature.inputs) {
    if (port.name == columns.name(column)) return std::string(infer::to_string(port.type));
  }
  return "a number";
}

std::expected<dom::element, serving::Refusal> parse(std::string_view body) {
  thread_local dom::parser parser;
  if (parser.allocate(std::max(body.size(), std::size_t{4096}), json::kMaxDepth)) return refuse("not JSON", "the body is too large");
  dom::element root;
  if (const auto error = parser.parse(body.data(), body.size()).get(root)) {
    if (error == simdjson::DEPTH_ERROR) return refuse("not JSON", fmt::format("the body is nested deeper than {} levels", json::kMaxDepth));
    return refuse("not JSON", fmt::format("the body is not valid JSON: {}", json::describe_trouble(body, simdjson::error_message(error))));
  }
  return root;
}

std::unexpected<serving::Refusal> unknown_column(std::string_view name, const ColumnSet& columns) {
  std::string known;
  for (std::size_t i = 0; i < columns.width(); ++i) known += (known.empty() ? "" : ", ") + columns.name(i);
  return refuse("unknown column", fmt::format("the model has no column '{:.80}'", name), "its columns are " + known);
}

// {"columns": [...], "data": [[...], ...]}
Decoded decode_split(dom::object split, const Wanted& wanted) {
  ColumnSet columns(wanted);
  std::vector<int> places;
  dom::array names, data;
  if (split["data"].get_array().get(data)) return refuse("wrong shape", "dataframe_split needs 'data', a list of rows");
  if (!split["columns"].get_array().get(names)) {
    for (const auto name : names) {
      std::string_view text;
      std::int64_t number = 0;
      std::string holder;
      if (name.get_string().get(text)) {
        if (name.get_int64().get(number)) return refuse("wrong shape", "a column's name must be text");
        text = holder = std::to_string(number);
      }
      places.push_back(columns.find(text));
      if (places.back() == ColumnSet::kUnknown) return unknown_column(text, columns);
    }
  } else {
    for (std::size_t i = 0; i < columns.width(); ++i) places.push_back(static_cast<int>(i));
  }
  columns.reserve(data.size());
  std::size_t row = 0;
  for (const auto cells : data) {
    dom::array list;
    if (cells.get_array().get(list)) return refuse("wrong shape", fmt::format("row {} is not a list", row));
    std::size_t at = 0;
    for (const auto cell : list) {
      if (at >= places.size()) return refuse("wrong shape", fmt::format("row {} has more than {} values", row, places.size()));
      const int place = places[at++];
      if (place == ColumnSet::kIdColumn ? !columns.append_id(cell) : !columns.append(static_cast<std::size_t>(place), cell)) {
        return place == ColumnSet::kIdColumn ? refuse_cell(row, wanted.id_column, "text or a whole number", cell)
                                             : refuse_cell(row, columns.name(static_cast<std::size_t>(place)), expected_at(wanted, columns, static_cast<std::size_t>(place)), cell);
      }
    }
    if (at != places.size()) return refuse("wrong shape", fmt::format("row {} has {} values for {} columns", row, at, places.size()));
    ++row;
  }
  return columns.finish(row);
}

// [{"column": value, ...}, ...]
Decoded decode_records(dom::array records, const Wanted& wanted) {
  ColumnSet columns(wanted);
  columns.reserve(records.size());
  std::size_t row = 0;
  for (const auto record : records) {
    dom::object fields;
    if (record.get_object().get(fields)) return refuse("wrong shape", fmt::format("row {} is not an object", row));
    std::size_t given = 0;
    for (const auto [name, value] : fields) {
      const int place = columns.find(name);
      if (place == ColumnSet::kUnknown) return unknown_column(name, columns);
      if (place == ColumnSet::kIdColumn) {
        if (!columns.append_id(value)) return refuse_cell(row, name, "text or a whole number", value);
        continue;
      }
      if (!columns.append(static_cast<std::size_t>(place), value)) return refuse_cell(row, name, expected_at(wanted, columns, static_cast<std::size_t>(place)), value);
      ++given;
    }
    if (given != columns.width()) return refuse("missing column", fmt::format("row {} has {} of the {} columns", row, given, columns.width()));
    ++row;
  }
  return columns.finish(row);
}

// A value, or lists of values however deep, one after the other.
bool append_flat(ColumnSet& columns, int place, dom::element value) {
  dom::array list;
  if (value.get_array().get(list)) return place == ColumnSet::kIdColumn ? columns.append_id(value) : columns.append(static_cast<std::size_t>(place), value);
  for (const auto item : list) {
    if (!append_flat(columns, place, item)) return false;
  }
  return true;
}

// {"column": [values], ...}, or a list of rows for a model of one tensor
Decoded decode_inputs(dom::element inputs, const Wanted& wanted) {
  dom::object fields;
  dom::array rows;
  if (!inputs.get_array().get(rows)) {
    dom::element first;
    if (!rows.at(0).get(first) && first.is_object()) return decode_records(rows, wanted);
    ColumnSet columns(wanted);
    std::size_t row = 0;
    for (const auto cells : rows) {
      dom::array list;
      if (cells.get_array().get(list)) {
        if (columns.width() != 1 || !columns.append(0, cells)) return refuse_cell(row, columns.name(0), "a row of values", cells);
      } else {
        std::size_t at = 0;
        for (const auto cell : list) {
          if (at >= columns.width()) return refuse("wrong shape", fmt::format("row {} has more than {} values", row, columns.width()));
          if (!columns.append(at, cell)) return refuse_cell(row, columns.name(at), "a number", cell);
          ++at;
        }
      }
      ++row;
    }
    return columns.finish(row);
  }
  if (inputs.get_object().get(fields)) return refuse("wrong shape", "'inputs' must be an object of columns or a list of rows");
  ColumnSet columns(wanted);
  std::size_t count = 0;
  for (const auto [name, values] : fields) {
    const int place = columns.find(name);
    if (place == ColumnSet::kUnknown) return unknown_column(name, columns);
    dom::array list;
    const bool many = !values.get_array().get(list);
    count = std::max(count, many ? list.size() : 1);
    std::size_t row = 0;
    if (!many) {
      if (!append_flat(columns, place, values)) return refuse_cell(0, name, "a value of the column's type", values);
      continue;
    }
    for (const auto value : list) {
      if (!append_flat(columns, place, value)) return refuse_cell(row, name, place >= 0 ? expected_at(wanted, columns, static_cast<std::size_t>(place)) : "text or a whole number", value);
      ++row;
    }
  }
  return columns.finish(count);
}

}  // namespace

Decoded decode_mlflow(std::string_view body, const Wanted& wanted) {
  const auto root = parse(body);
  if (!root) return std::unexpected(root.error());
  dom::object object, split;
  if (root->get_object().get(object)) return refuse("not JSON", "the body must be a JSON object", "see dataframe_split, dataframe_records, inputs or instances of MLflow's scoring protocol");
  if (!object["dataframe_split"].get_object().get(split)) return decode_split(split, wanted);
  dom::array records;
  if (!object["dataframe_records"].get_array().get(records)) return decode_records(records, wanted);
  for (const char* name : {"inputs", "instances"}) {
    dom::element inputs;
    if (!object[name].get(inputs)) return decode_inputs(inputs, wanted);
  }
  return refuse("wrong shape", "the body has none of dataframe_split, dataframe_records, inputs, instances");
}

Decoded decode_oip(std::string_view body, const Wanted& wanted, std::string& id) {
  const auto root = parse(body);
  if (!root) return std::unexpected(root.error());
  std::string_view given_id;
  if (!(*root)["id"].get_string().get(given_id)) id = given_id;
  dom::array inputs;
  if ((*root)["inputs"].get_array().get(inputs)) return refuse("wrong shape", "'inputs' is missing: expected a list of tensors");
  ColumnSet columns(wanted);
  std::size_t rows = 0;
  serving::Batch batch;
  const bool matrix = wanted.signature.inputs.size() == 1 && columns.width() > 1;
  for (const auto input : inputs) {
    std::string_view name;
    dom::array extents;
    dom::element data;
    if (input["name"].get_string().get(name)) return refuse("wrong shape", "a tensor needs 'name'");
    if (input["shape"].get_array().get(extents)) return refuse("wrong shape", fmt::format("tensor '{}' needs 'shape'", name));
    if (input["data"].get(data)) return refuse("wrong shape", fmt::format("tensor '{}' needs 'data'", name));
    std::int64_t first = 0;
    bool leading = true;
    for (const auto extent : extents) {
      std::int64_t size = 0;
      if (extent.get_int64().get(size) || size < 0) return refuse("wrong shape", fmt::format("the shape of tensor '{}' must be whole numbers", name));
      if (std::exchange(leading, false)) first = size;
    }
    rows = static_cast<std::size_t>(first);
    if (matrix) {
      if (name != wanted.signature.inputs[0].name) return refuse("unknown column", fmt::format("the model has no input '{}'", name), "its input is " + wanted.signature.inputs[0].name);
      dom::array flat;
      if (data.get_array().get(flat)) return refuse("wrong shape", "'data' must be a list");
      std::size_t at = 0;
      const auto take = [&](auto&& self, dom::array list) -> bool {
        for (const auto value : list) {
          dom::array inner;
          if (!value.get_array().get(inner)) {
            if (!self(self, inner)) return false;
          } else if (!columns.append(at++ % columns.width(), value)) {
            return false;
          }
        }
        return true;
      };
      if (!take(take, flat)) return refuse("wrong type", fmt::format("tensor '{}' holds a value that is no number", name));
      continue;
    }
    const int place = columns.find(name);
    if (place == ColumnSet::kUnknown) return unknown_column(name, columns);
    dom::array list;
    if (data.get_array().get(list)) return refuse("wrong shape", fmt::format("'data' of tensor '{}' must be a list", name));
    std::size_t row = 0;
    for (const auto value : list) {
      if (!append_flat(columns, place, value)) return refuse_cell(row, name, place >= 0 ? expected_at(wanted, columns, static_cast<std::size_t>(place)) : "text or a whole number", value);
      ++row;
    }
  }
  return columns.finish(rows);
}

}  // namespace gyre::inference
