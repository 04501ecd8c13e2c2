#include "monitoring/drift_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/folder.h"

namespace gyre::monitoring {
namespace {

namespace fs = std::filesystem;

// Columns that are read in one go: a file of columns is read through once for each few, so that memory is bounded by rows
// times these; any other file is read as a whole.
constexpr std::size_t kColumnsAtOnce = 8;

struct File {
  fs::path path;
  std::string reader;  // of DuckDB
  query::Shape shape;
  bool by_column = false;

  const query::Column* find(std::string_view name) const {
    const auto found = std::ranges::find(shape.columns, name, &query::Column::name);
    return found == shape.columns.end() ? nullptr : &*found;
  }
};

Result<File> open(query::Engine& engine, const fs::path& path) {
  if (!is_there(path)) return fail(Code::not_found, fmt::format("the file '{}' is not there", path.string()));
  const auto ending = path.extension().string();
  const std::string format = ending == ".parquet"                                             ? "parquet"
                             : ending == ".csv" || ending == ".tsv"                           ? "csv"
                             : ending == ".json" || ending == ".ndjson" || ending == ".jsonl" ? "json"
                                                                                              : "";
  if (format.empty())
    return fail(Code::invalid, fmt::format("'{}' is no file of rows by its name", path.filename().string()), {},
                "name it .parquet, .csv, .tsv, .json or .ndjson");
  auto shape = query::describe(engine, path, format);
  if (!shape) return within(path.string(), std::move(shape).error());
  return File{path, fmt::format("read_{}", format), *std::move(shape), format == "parquet"};
}

bool is_number(query::Type type) { return type == query::Type::integer || type == query::Type::real || type == query::Type::boolean; }
bool is_compared(query::Type type) { return is_number(type) || type == query::Type::text; }

struct Values {
  std::vector<double> numbers;  // NaN where there is none
  TextCounts texts;
};

void append(std::vector<double>& numbers, query::Type type, const query::ColumnData& data, std::size_t rows) {
  const auto from = numbers.size();
  if (type == query::Type::real) {
    numbers.insert(numbers.end(), data.reals.begin(), data.reals.end());
  } else {
    numbers.insert(numbers.end(), data.integers.begin(), data.integers.end());
  }
  for (std::size_t row = 0; row < rows; ++row) {
    if (data.nulls[row]) numbers[from + row] = std::nan("");
  }
}

using Chosen = std::vector<std::size_t>;  // places among the columns

std::string names_of(std::span<const query::Column> columns, const Chosen& chosen) {
  std::string names;
  for (const auto i : chosen) names += (names.empty() ? "" : ", ") + query::quote_name(columns[i].name);
  return names;
}

Result<void> read_numbers(query::Engine& engine, const File& file, std::span<const query::Column> columns, const Chosen& chosen, const query::Call& call,
                          std::vector<Values>& into) {
  for (const auto i : chosen) into[i].numbers.reserve(static_cast<std::size_t>(file.shape.rows));
  const auto text = fmt::format("SELECT {} FROM {}({})", names_of(columns, chosen), file.reader, query::quote(file.path.string()));
  return engine.run(
      text, {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t at = 0; at < chosen.size(); ++at) append(into[chosen[at]].numbers, columns[chosen[at]].type, block.columns[at], block.rows);
        return {};
      },
      call);
}

// DuckDB counts them: of text only the distinct values cross the border.
Result<void> read_texts(query::Engine& engine, const File& file, std::span<const query::Column> columns, const Chosen& chosen, const query::Call& call,
                        std::vector<Values>& into) {
  auto text = fmt::format("WITH f AS MATERIALIZED (SELECT {} FROM {}({})) ", names_of(columns, chosen), file.reader, query::quote(file.path.string()));
  for (const auto i : chosen)
    text += fmt::format("{}SELECT {}::BIGINT, coalesce({}, ''), count(*)::BIGINT FROM f GROUP BY 2", i == chosen.front() ? "" : " UNION ALL ", i,
                        query::quote_name(columns[i].name));
  return engine.run(
      text, {}, [](const auto&) {},
      [&](const query::Block& block) -> Result<void> {
        for (std::size_t row = 0; row < block.rows; ++row) {
          into[static_cast<std::size_t>(block.columns[0].integers[row])].texts.emplace_back(block.columns[1].texts[row], block.columns[2].integers[row]);
        }
        return {};
      },
      call);
}

Result<std::vector<Values>> read(query::Engine& engine, const File& file, std::span<const query::Column> columns, const query::Call& call) {
  std::vector<Values> all(columns.size());
  Chosen numbers, texts;
  for (std::size_t i = 0; i < columns.size(); ++i) (is_number(columns[i].type) ? numbers : texts).push_back(i);
  Result<void> read;
  if (!numbers.empty()) read = read_numbers(engine, file, columns, numbers, call, all);
  if (read && !texts.empty()) read = read_texts(engine, file, columns, texts, call, all);
  if (!read) return within(file.path.string(), read.error());
  return all;
}

Profile profile_of(const Layout& layout, const Values& values) {
  auto profile = empty_profile(layout, {});
  if (layout.category) {
    add(profile, layout, values.texts);
  } else {
    add(profile, layout, std::span<const double>(values.numbers));
  }
  return profile;
}

ComparedColumn compare(const std::string& name, bool category, const Values& reference, const Values& current) {
  const auto layout = category ? category_layout(reference.texts) : number_layout(reference.numbers);
  const auto before = profile_of(layout, reference), now = profile_of(layout, current);
  ComparedColumn column{.name = name, .category = category, .reference_rows = before.present(), .current_rows = now.present(), .measures = {}};
  for (const auto name_of : kMeasures) {
    if (const auto value = measure(name_of, before, now, layout)) column.measures[std::string(name_of)] = *value;
  }
  return column;
}

// The whole call's progress while one of its statements, which takes it from one share to another, goes from 0 to 100.
query::Call part_of(const query::Call& whole, double from, double to) {
  query::Call part{.cancelled = whole.cancelled, .progress = {}};
  if (whole.progress) part.progress = [&whole, from, to](double percent) { whole.progress(100 * from + (to - from) * percent); };
  return part;
}

// The columns that both have, in the reference's order, as each of them types them.
struct Shared {
  std::vector<query::Column> reference, current;
};

Result<Shared> shared_columns(const File& reference, const File& current, const std::vector<std::string>& except, DriftReport& report) {
  Shared shared;
  for (const auto& name : except) {
    if (!reference.find(name))
      return fail(Code::invalid, fmt::format("'{:.80}' is to be left out, but '{}' has no such column", name, reference.path.filename().string()));
  }
  for (const auto& column : reference.shape.columns) {
    const auto* there = current.find(column.name);
    if (std::ranges::find(except, column.name) != except.end()) {
      report.left_out.push_back(column.name);
    } else if (!there) {
      report.not_in_current.push_back(column.name);
    } else if (!is_compared(column.type) || !is_compared(there->type)) {
      report.not_compared.push_back(column.name);
    } else if (is_number(column.type) != is_number(there->type)) {
      return fail(Code::invalid,
                  fmt::format("column '{}' is {} in '{}' and {} in '{}'", column.name, column.sql_type, reference.path.filename().string(), there->sql_type,
                              current.path.filename().string()),
                  {}, "give it one type in both files");
    } else {
      shared.reference.push_back(column);
      shared.current.push_back(*there);
    }
  }
  for (const auto& column : current.shape.columns) {
    if (!reference.find(column.name)) report.not_in_reference.push_back(column.name);
  }
  if (shared.reference.empty())
    return fail(Code::invalid,
                except.empty() ? "the two files have no column in common" : "the two files have no column in common beside those that are left out");
  return shared;
}

}  // namespace

Result<DriftReport> compare_files(query::Engine& engine, const fs::path& reference, const fs::path& current, const std::vector<std::string>& except,
                                  const query::Call& call) {
  const auto before = TRY(open(engine, reference)), now = TRY(open(engine, current));
  if (before.shape.rows == 0 || now.shape.rows == 0)
    return fail(Code::invalid, fmt::format("the file '{}' has no rows", (before.shape.rows == 0 ? reference : current).string()));
  DriftReport report{.reference_rows = before.shape.rows,
                     .current_rows = now.shape.rows,
                     .columns = {},
                     .not_in_current = {},
                     .not_in_reference = {},
                     .not_compared = {},
                     .left_out = {}};
  const auto shared = TRY(shared_columns(before, now, except, report));
  const auto width = shared.reference.size();
  const auto step = before.by_column && now.by_column ? kColumnsAtOnce : width;
  for (std::size_t from = 0; from < width; from += step) {
    const auto count = std::min(step, width - from);
    const auto done_before = 2 * static_cast<double>(from), done_now = done_before + static_cast<double>(count), all = 2 * static_cast<double>(width);
    const auto old_values = TRY(read(engine, before, std::span(shared.reference).subspan(from, count), part_of(call, done_before / all, done_now / all)));
    const auto new_values =
        TRY(read(engine, now, std::span(shared.current).subspan(from, count), part_of(call, done_now / all, (done_now + static_cast<double>(count)) / all)));
    for (std::size_t i = 0; i < count; ++i) {
      const auto& column = shared.reference[from + i];
      report.columns.push_back(compare(column.name, !is_number(column.type), old_values[i], new_values[i]));
    }
  }
  return report;
}

}  // namespace gyre::monitoring
