// Models and versions by MLflow's filter language.
#include <fmt/format.h>

#include "registry/registry.h"
#include "tracking/filter.h"

namespace gyre::registry {
namespace {

using tracking::Fields;
using tracking::Page;

// Clients that look for models ask for `tag.mlflow.prompt.is_prompt != 'true'` and mean also those without the tag.
constexpr auto kModelTag =
    "SELECT CASE WHEN {0} = 'mlflow.prompt.is_prompt' THEN COALESCE(MAX(value), 'false') ELSE MAX(value) END FROM model_tags WHERE model = m.name AND key = "
    "{0}";
constexpr auto kVersionTag =
    "SELECT CASE WHEN {0} = 'mlflow.prompt.is_prompt' THEN COALESCE(MAX(value), 'false') ELSE MAX(value) END FROM model_version_tags "
    "WHERE model = v.model AND version = v.version AND key = {0}";

const Fields& model_fields() {
  static const Fields kFields{{{"name", "m.name"}},
                              {{"timestamp", "m.updated_ms"}, {"last_updated_timestamp", "m.updated_ms"}, {"creation_timestamp", "m.created_ms"}},
                              {{"tag", kModelTag}},
                              {}};
  return kFields;
}

const Fields& version_fields() {
  static const Fields kFields{{{"name", "v.model"}, {"source_path", "v.source"}, {"run_id", "v.run_id"}},
                              {{"version_number", "v.version"}, {"creation_timestamp", "v.created_ms"}, {"last_updated_timestamp", "v.updated_ms"}},
                              {{"tag", kVersionTag}},
                              {}};
  return kFields;
}

// Prompts are kept as models; who does not ask for them does not mean them.
std::string_view without_prompts(const Search& search, std::string_view condition) {
  return search.filter.contains("mlflow.prompt.is_prompt") ? "" : condition;
}

constexpr std::string_view kModelIsNoPrompt =
    " AND NOT EXISTS (SELECT 1 FROM model_tags WHERE model = m.name AND key = 'mlflow.prompt.is_prompt' AND LOWER(value) = 'true')";
constexpr std::string_view kVersionIsNoPrompt =
    " AND NOT EXISTS (SELECT 1 FROM model_version_tags WHERE model = v.model AND version = v.version AND key = 'mlflow.prompt.is_prompt' AND LOWER(value) = "
    "'true')";

struct Found {
  std::string model;
  std::int64_t version;
};

// The rows of one page, and one more where there is a next page.
Result<std::vector<Found>> find_page(sql::Tx& tx, std::string_view select, const tracking::Condition& where, const tracking::Condition& order,
                                     const Search& search) {
  auto args = where.args();
  for (const auto& value : order.args()) args.push_back(value);
  args.push_back(sql::to_value(search.limit + 1));
  args.push_back(sql::to_value(search.offset));
  std::vector<Found> found;
  TRY(tx.run_with(fmt::format("{} AND {} ORDER BY {} LIMIT ${} OFFSET ${}", select, where.text, order.text, args.size() - 1, args.size()), args,
                  [&](std::span<const sql::Value> row) { found.push_back(sql::to_record<Found>(row)); }));
  return found;
}

template <class T, class Read>
Result<Page<T>> fill_page(std::vector<Found> found, const Search& search, Read read) {
  Page<T> page;
  if (static_cast<std::int64_t>(found.size()) > search.limit) {
    found.pop_back();
    page.next_offset = search.offset + search.limit;
  }
  for (const auto& one : found) page.rows.push_back(TRY(read(one)));
  return page;
}

}  // namespace

Result<Page<Model>> Service::search_models(const Search& search) {
  const tracking::FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto where = TRY(tracking::compile(search.filter, model_fields(), 1, context));
  const auto order = TRY(tracking::order_clause(search.order_by, model_fields(), "m.name", where.values.size() + 1, context));
  return db_.read([&](sql::Tx& tx) -> Result<Page<Model>> {
    auto found =
        TRY(find_page(tx, fmt::format("SELECT m.name, 0 FROM models AS m WHERE 1 = 1{}", without_prompts(search, kModelIsNoPrompt)), where, order, search));
    return fill_page<Model>(std::move(found), search, [&](const Found& one) { return read_model(tx, one.model); });
  });
}

Result<Page<Version>> Service::search_versions(const Search& search) {
  const tracking::FilterContext context{db_.dialect(), clock_.now_ms()};
  const auto where = TRY(tracking::compile(search.filter, version_fields(), 1, context));
  const auto order =
      TRY(tracking::order_clause(search.order_by, version_fields(), "v.updated_ms DESC, v.model, v.version DESC", where.values.size() + 1, context));
  return db_.read([&](sql::Tx& tx) -> Result<Page<Version>> {
    auto found =
        TRY(find_page(tx, fmt::format("SELECT v.model, v.version FROM model_versions AS v WHERE v.deleted = 0{}", without_prompts(search, kVersionIsNoPrompt)),
                      where, order, search));
    return fill_page<Version>(std::move(found), search, [&](const Found& one) { return read_version(tx, one.model, one.version); });
  });
}

}  // namespace gyre::registry
