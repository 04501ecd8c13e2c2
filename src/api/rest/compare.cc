// /runs/compare: what runs differ in, and whether it mattered
#include <algorithm>

#include "api/rest/links.h"
#include "api/rest/run_wire.h"
#include "api/rest/run_words.h"
#include "api/rest/workspace.h"

namespace gyre::rest {

struct CompareBody {
  std::vector<std::string> ids = {}, sections = {};
  std::string base = {}, target = {};
  bool effects = true, only_differences = false;
};
BOOST_DESCRIBE_STRUCT(CompareBody, (), (ids, sections, base, target, effects, only_differences))

namespace {

constexpr std::string_view kSections[] = {"params", "metrics", "tags", "environment", "data", "code"};

Result<void> check_sections(const std::vector<std::string>& sections) {
  for (const auto& section : sections) {
    if (std::ranges::find(kSections, section) == std::end(kSections))
      return fail(Code::invalid, fmt::format("'sections' cannot hold '{:.40}'", section), {}, fmt::format("of: {}", fmt::join(kSections, ", ")));
  }
  return {};
}

// A whole one to the last digit.
void step_field(Writer& writer, std::string_view name, const tracking::Step& step) {
  if (step.fraction == 0) return writer.field(name, step.whole);
  writer.field(name, tracking::number_of(step));
}

void values_field(Writer& writer, const tracking::ComparedRow& row) {
  writer.key("values");
  writer.begin_array();
  for (const auto& value : row.values) value ? writer.string(*value) : writer.null();
  writer.end_array();
}

void row_fields(Writer& writer, const tracking::ComparedRow& row) {
  writer.field("key", row.key);
  writer.field("differs", row.differs);
  values_field(writer, row);
}

void write_row(Writer& writer, const tracking::ComparedRow& row) { row_fields(writer, row); }

void write_row(Writer& writer, const tracking::ComparedParam& row) {
  row_fields(writer, row);
  writer.field("seed", row.is_seed);
  writer.key("effect");
  if (!row.effect) return writer.null();
  writer.begin_object();
  writer.field("importance", *row.effect);
  maybe_figure_field(writer, "low", row.low);
  maybe_figure_field(writer, "high", row.high);
  writer.end_object();
}

void write_cell(Writer& writer, const tracking::ComparedMetric::Cell& cell) {
  writer.begin_object();
  writer.field("last", cell.last);
  step_field(writer, "last_step", cell.last_step);
  writer.field("min", cell.min);
  writer.field("max", cell.max);
  maybe_figure_field(writer, "best", cell.best);
  writer.field("points", cell.points);
  maybe_figure_field(writer, "delta", cell.delta);
  writer.key("within_noise");
  cell.is_noise ? writer.boolean(*cell.is_noise) : writer.null();
  writer.end_object();
}

void write_row(Writer& writer, const tracking::ComparedMetric& row) {
  writer.field("key", row.key);
  writer.field("differs", row.differs);
  writer.key("better");
  row.better == tracking::Better::unknown ? writer.null() : writer.string(tracking::to_string(row.better));
  writer.key("noise");
  if (row.noise) {
    writer.begin_object();
    writer.field("n", row.noise->n);
    writer.field("mean", row.noise->mean);
    writer.field("deviation", row.noise->deviation);
    writer.field("band", row.noise->band);
    writer.end_object();
  } else {
    writer.null();
  }
  writer.key("cells");
  writer.begin_array();
  for (const auto& cell : row.cells) cell ? write_cell(writer, *cell) : writer.null();
  writer.end_array();
}

// {total, differ, rows}
template <class Row>
void section_field(Writer& writer, std::string_view name, const tracking::Section<Row>& section, bool only_differences) {
  writer.key(name);
  writer.begin_object();
  writer.field("total", section.total);
  writer.field("differ", section.differ);
  writer.key("rows");
  writer.begin_array();
  for (const auto& row : section.rows) {
    if (only_differences && !row.differs) continue;
    writer.begin_object();
    write_row(writer, row);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
}

void code_field(Writer& writer, const tracking::Comparison& made) {
  writer.key("code");
  writer.begin_array();
  for (const auto& one : made.code) {
    writer.begin_object();
    writer.key("commit");
    one.commit.empty() ? writer.null() : writer.string(one.commit);
    writer.field("has_diff", one.has_diff);
    writer.field("same_commit", one.same_commit);
    writer.field("same_diff", one.same_diff);
    writer.key("diff");
    if (one.diff) {
      writer.begin_object();
      writer.field("text", valid_utf8(one.diff->text));
      writer.field("added", one.diff->added);
      writer.field("removed", one.diff->removed);
      writer.field("coarse", one.diff->is_coarse);
      writer.end_object();
    } else {
      writer.null();
    }
    writer.end_object();
  }
  writer.end_array();
}

void runs_field(Writer& writer, const tracking::Comparison& made) {
  writer.key("runs");
  writer.begin_array();
  for (std::size_t i = 0; i < made.runs.size(); ++i) {
    const auto& info = made.runs[i];
    writer.begin_object();
    link_fields(writer, run_link(info.id, info.name, fmt::format("{}.{}", info.status, info.end_ms.value_or(0))));
    writer.field("id", info.id);
    writer.field("experiment", info.experiment_id);
    writer.field("status", run_status(info.status));
    writer.field("state", run_state(info.status));
    maybe_time_field(writer, "started_at", info.start_ms);
    writer.field("base", i == made.base);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> compare_runs(const Workspace& workspace, const net::Request& request) {
  auto wish = TRY(body<CompareBody>(request));
  TRY(check_sections(wish.sections));
  const auto made = TRY(workspace.comparisons.compare({std::move(wish.ids), std::move(wish.base), std::move(wish.target), wish.effects}));
  const auto wants = [&](std::string_view section) { return wish.sections.empty() || std::ranges::find(wish.sections, section) != wish.sections.end(); };
  Writer writer;
  writer.begin_object();
  runs_field(writer, made);
  writer.key("target");
  made.target.empty() ? writer.null() : writer.string(made.target);
  writer.field("statement", made.statement);
  writer.field("seed_runs", made.seed_runs);
  if (wants("params")) section_field(writer, "params", made.params, wish.only_differences);
  if (wants("metrics")) section_field(writer, "metrics", made.metrics, wish.only_differences);
  if (wants("tags")) section_field(writer, "tags", made.tags, wish.only_differences);
  if (wants("environment")) section_field(writer, "environment", made.environment, wish.only_differences);
  if (wants("data")) section_field(writer, "data", made.data, wish.only_differences);
  if (wants("code")) code_field(writer, made);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_compare_routes(net::Router& router, const Workspace& workspace) { add(router, workspace, "POST", "/runs/compare", compare_runs); }

}  // namespace gyre::rest
