// /api/3.0/mlflow/issues
#include "api/mlflow/encode.h"
#include "api/mlflow/genai.h"
#include "api/mlflow/pages.h"

namespace gyre::mlflow {
namespace {

constexpr std::int64_t kPage = 100;

std::string_view id_of(const net::Request& request) { return request.parameter("issue_id"); }

void write(Writer& writer, const genai::Issue& issue) {
  const auto texts = [&](std::string_view name, const std::vector<std::string>& list) {
    write_list(writer, name, list, [&](const std::string& text) { writer.string(text); });
  };
  writer.begin_object();
  writer.field("issue_id", issue.id);
  writer.field("experiment_id", issue.experiment_id);
  writer.field("name", issue.name);
  writer.field("description", issue.description);
  writer.field("status", issue.status);
  if (issue.severity) writer.field("severity", *issue.severity);
  texts("root_causes", issue.root_causes);
  if (issue.source_run_id) writer.field("source_run_id", *issue.source_run_id);
  writer.field("created_timestamp", issue.created_ms);
  writer.field("last_updated_timestamp", issue.updated_ms);
  if (issue.created_by) writer.field("created_by", *issue.created_by);
  texts("categories", issue.categories);
  if (issue.traces) writer.field("trace_count", *issue.traces);
  writer.end_object();
}

net::Response issue_reply(const genai::Issue& issue) {
  Writer writer;
  writer.begin_object();
  writer.key("issue");
  write(writer, issue);
  writer.end_object();
  return reply(writer);
}

// What is empty is as good as not told.
std::optional<std::string> told(const Args& args, std::string_view name) {
  auto text = args.optional_text(name);
  return text && text->empty() ? std::nullopt : text;
}

Result<net::Response> create(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"name", Kind::text, kRequired},
                                           {"description", Kind::text, kRequired},
                                           {"experiment_id", Kind::text, kRequired},
                                           {"root_causes", Kind::texts},
                                           {"categories", Kind::texts},
                                           {"status"},
                                           {"severity"},
                                           {"source_run_id"},
                                           {"created_by"}}));
  return issue_reply(TRY(genai.create_issue({.experiment_id = args.text("experiment_id"),
                                             .name = args.text("name"),
                                             .description = args.text("description"),
                                             .status = args.optional_text("status").value_or("pending"),
                                             .severity = args.optional_text("severity"),
                                             .root_causes = args.texts("root_causes"),
                                             .categories = args.texts("categories"),
                                             .source_run_id = told(args, "source_run_id"),
                                             .created_by = told(args, "created_by")})));
}

Result<net::Response> get(genai::Service& genai, const net::Request& request) { return issue_reply(TRY(genai.issue(id_of(request)))); }

Result<net::Response> update(genai::Service& genai, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"status"}, {"name"}, {"description"}, {"severity"}}));
  return issue_reply(TRY(genai.update_issue(id_of(request), {.name = told(args, "name"),
                                                             .description = told(args, "description"),
                                                             .status = args.optional_text("status"),
                                                             .severity = args.optional_text("severity")})));
}

Result<net::Response> search(genai::Service& genai, const net::Request& request) {
  const auto args =
      TRY(Args::of(request, {{"experiment_id"}, {"filter_string"}, {"max_results", Kind::whole}, {"page_token"}, {"include_trace_count", Kind::truth}}));
  const auto page = TRY(
      genai.search_issues({.experiment_id = told(args, "experiment_id"),
                           .search = {.filter = args.text("filter_string"), .limit = TRY(args.integer("max_results", kPage)), .offset = TRY(page_offset(args))},
                           .count_traces = args.truth("include_trace_count")}));
  Writer writer;
  writer.begin_object();
  write_list(writer, "issues", page.rows, [&](const genai::Issue& issue) { write(writer, issue); });
  writer.field("next_page_token", page.next_offset >= 0 ? page_token(page.next_offset) : "");
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_issue_routes(net::Router& router, genai::Service& genai) {
  const auto route = [&](std::string_view method, std::string_view path, GenaiHandler handler) { add_genai(router, genai, method, path, handler); };
  route("POST", "/issues", create);
  route("POST", "/issues/search", search);
  route("GET", "/issues/:issue_id", get);
  route("PATCH", "/issues/:issue_id", update);
}

}  // namespace gyre::mlflow
