// MLflow's four ways to write a table.
#include <fmt/format.h>

#include <algorithm>

#include "api/inference/parse.h"

namespace gyre::inference {
namespace {

namespace dom = simdjson::dom;

std::unexpected<serving::Refusal> twice(std::string_view column, std::size_t row) {
  return refuse("wrong shape", fmt::format("row {} has column '{:.80}' twice", row, column));
}

using Places = std::expected<std::vector<int>, serving::Refusal>;

// Which column each place of a row is.
Places places_of(dom::object split, const ColumnSet& columns) {
  std::vector<int> places;
  dom::array names;
  if (split["columns"].get_array().get(names)) {
    for (std::size_t i = 0; i < columns.width(); ++i) places.push_back(static_cast<int>(i));
    return places;
  }
  for (const auto name : names) {
    std::string_view text;
    std::int64_t number = 0;
    std::string holder;
    if (name.get_string().get(text)) {
      if (name.get_int64().get(number)) return refuse("wrong shape", "a column's name must be text");
      text = holder = std::to_string(number);
    }
    const int place = columns.find(text, places.size());
    if (place == ColumnSet::kUnknown) return columns.unknown_column(text);
    if (std::ranges::find(places, place) != places.end()) return refuse("wrong shape", fmt::format("column '{:.80}' stands twice in 'columns'", text));
    places.push_back(place);
  }
  return places;
}

// {"columns": [...], "data": [[...], ...]}
Decoded decode_split(dom::object split, const Wanted& wanted) {
  ColumnSet columns(wanted);
  dom::array data;
  if (split["data"].get_array().get(data)) return refuse("wrong shape", "dataframe_split needs 'data', a list of rows");
  const auto places = places_of(split, columns);
  if (!places) return std::unexpected(places.error());
  columns.reserve(data.size());
  std::size_t row = 0;
  for (const auto cells : data) {
    dom::array list;
    if (cells.get_array().get(list)) return refuse("wrong shape", fmt::format("row {} is not a list", row));
    std::size_t at = 0;
    for (const auto cell : list) {
      if (at >= places->size()) return refuse("wrong shape", fmt::format("row {} has more than {} values", row, places->size()));
      const int place = (*places)[at++];
      columns.append(place, row, cell);
    }
    if (at != places->size()) return refuse("wrong shape", fmt::format("row {} has {} values for {} columns", row, at, places->size()));
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
      const int place = columns.find(name, given);
      if (place == ColumnSet::kUnknown) return columns.unknown_column(name);
      if (!columns.is_at(place, row))
        return columns.is_at(place, row + 1) ? twice(name, row)
                                             : refuse("missing column", fmt::format("column '{:.80}' is missing in a row before row {}", name, row));
      columns.append(place, row, value);
      given += place != ColumnSet::kIdColumn;
    }
    if (given != columns.width()) {
      for (std::size_t i = 0; i < columns.width(); ++i) {
        if (columns.is_at(static_cast<int>(i), row))
          return refuse("missing column", fmt::format("row {} has no column '{}'", row, columns.name(i)), "the model's columns are " + columns.names());
      }
    }
    ++row;
  }
  return columns.finish(row);
}

// A value, or a list of one: how [rows, 1] is written as nested lists.
dom::element lone(dom::element value) {
  dom::array list;
  while (!value.get_array().get(list) && list.size() == 1) value = *list.begin();
  return value;
}

// [[...], ...] or [value, ...]: rows of a model of one tensor.
Decoded decode_rows(dom::array rows, const Wanted& wanted) {
  ColumnSet columns(wanted);
  columns.reserve(rows.size());
  std::size_t row = 0;
  for (const auto cells : rows) {
    dom::array list;
    if (cells.get_array().get(list)) {
      if (columns.width() != 1) return refuse("wrong shape", fmt::format("row {} is one value; the model takes {}", row, columns.width()));
      columns.append(0, row, cells);
    } else {
      std::size_t at = 0;
      for (const auto cell : list) {
        if (at >= columns.width()) return refuse("wrong shape", fmt::format("row {} has more than {} values", row, columns.width()));
        columns.append(static_cast<int>(at++), row, cell);
      }
      if (at != columns.width()) return refuse("wrong shape", fmt::format("row {} has {} values for {} columns", row, at, columns.width()));
    }
    ++row;
  }
  return columns.finish(row);
}

// {"column": [values], ...}; a model of one tensor also takes {"tensor": [[...], ...]}.
Decoded decode_columns(dom::object fields, const Wanted& wanted) {
  ColumnSet columns(wanted);
  std::size_t count = 0, near = 0;
  for (const auto [name, values] : fields) {
    dom::array list;
    const bool many = !values.get_array().get(list);
    const int place = columns.find(name, near++);
    if (place == ColumnSet::kUnknown) {
      const bool whole = wanted.signature.inputs.size() == 1 && wanted.signature.inputs[0].name == name && many;
      return whole ? decode_rows(list, wanted) : columns.unknown_column(name);
    }
    if (!columns.is_at(place, 0)) return refuse("wrong shape", fmt::format("column '{:.80}' stands twice in 'inputs'", name));
    count = std::max(count, many ? list.size() : 1);
    std::size_t row = 0;
    if (!many) {
      columns.append(place, 0, values);
      continue;
    }
    for (const auto value : list) {
      columns.append(place, row++, lone(value));
    }
  }
  return columns.finish(count);
}

Decoded decode_inputs(dom::element inputs, const Wanted& wanted) {
  dom::array rows;
  dom::object fields;
  if (!inputs.get_array().get(rows)) {
    dom::element first;
    const bool records = !rows.at(0).get(first) && first.is_object();
    return records ? decode_records(rows, wanted) : decode_rows(rows, wanted);
  }
  if (inputs.get_object().get(fields)) return refuse("wrong shape", "'inputs' must be an object of columns or a list of rows");
  return decode_columns(fields, wanted);
}

}  // namespace

Decoded decode_mlflow(std::string_view body, const Wanted& wanted, bool* dataframe) {
  const auto root = parse(body);
  if (!root) return std::unexpected(root.error());
  dom::object object;
  if (root->get_object().get(object)) return refuse("wrong shape", "the body must be a JSON object");
  dom::object split;
  dom::array records;
  dom::element inputs;
  if (dataframe) *dataframe = object["dataframe_split"].error() == simdjson::SUCCESS || object["dataframe_records"].error() == simdjson::SUCCESS;
  if (!object["dataframe_split"].get(inputs))
    return inputs.get_object().get(split) ? refuse("wrong shape", "'dataframe_split' must be an object") : decode_split(split, wanted);
  if (!object["dataframe_records"].get(inputs))
    return inputs.get_array().get(records) ? refuse("wrong shape", "'dataframe_records' must be a list of objects") : decode_records(records, wanted);
  for (const char* name : {"inputs", "instances"}) {
    if (!object[name].get(inputs)) return decode_inputs(inputs, wanted);
  }
  return refuse("wrong shape", "the body has none of dataframe_split, dataframe_records, inputs, instances");
}

}  // namespace gyre::inference
