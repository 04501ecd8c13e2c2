#include "api/mlflow/registry.h"

#include <charconv>

#include "api/mlflow/pages.h"

namespace gyre::mlflow {

Result<std::int64_t> version_number(const Args& args) {
  const auto text = args.text("version");
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size())
    return fail(Code::invalid, fmt::format("Parameter 'version' must be an integer, got '{:.100}'.", text));
  return number;
}

net::Response version_reply(const registry::Version& version) {
  Writer writer;
  writer.begin_object();
  writer.key("model_version");
  write(writer, version);
  writer.end_object();
  return reply(writer);
}

net::Response versions_reply(const std::vector<registry::Version>& versions, std::int64_t next_offset) {
  Writer writer;
  writer.begin_object();
  write_list(writer, "model_versions", versions, [&](const auto& version) { write(writer, version); });
  if (next_offset >= 0) writer.field("next_page_token", page_token(next_offset));
  writer.end_object();
  return reply(writer);
}

Result<registry::Search> read_search(const net::Request& request, std::int64_t otherwise, std::int64_t most) {
  const auto args = TRY(Args::of(request, {{"filter"}, {"max_results", Kind::whole}, {"order_by", Kind::texts}, {"page_token"}}));
  registry::Search search{.filter = args.text("filter"),
                          .order_by = args.texts("order_by"),
                          .limit = TRY(args.integer("max_results", otherwise)),
                          .offset = TRY(page_offset(args))};
  if (search.limit > most) return wrong_type(args.value()["max_results"], "max_results");
  TRY(check_page_size(search.limit, most));
  return search;
}

void add_registry_routes(net::Router& router, registry::Service& registry) {
  add_model_routes(router, registry);
  add_version_routes(router, registry);
  add_alias_routes(router, registry);
}

}  // namespace gyre::mlflow
