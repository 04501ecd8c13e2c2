#include "app/cli/run_sort.h"

#include <fmt/format.h>

#include <algorithm>

#include "app/cli/cells.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

constexpr std::string_view kAttributes[] = {"start_time", "end_time", "created", "duration", "status", "run_name", "run_id", "user_id", "artifact_uri"};
constexpr std::string_view kKeyed[] = {"metrics.", "params.", "tags."};  // what has keys that a run may lack

struct Order {
  std::string value;
  bool down = false;
  std::string text() const { return fmt::format("{} {}", value, down ? "DESC" : "ASC"); }
};

Order order_of(std::string wish) {
  Order order;
  for (const std::string_view way : {" DESC", " desc", " ASC", " asc"}) {
    if (!wish.ends_with(way)) continue;
    order.down = way[1] == 'D' || way[1] == 'd';
    order.value = wish.substr(0, wish.size() - way.size());
    return order;
  }
  if (wish.starts_with('-')) order.down = true, wish.erase(0, 1);
  const bool named = wish.find_first_of("( ") != std::string::npos || std::ranges::find(kAttributes, wish) != std::end(kAttributes) ||
                     wish.starts_with("attributes.") || std::ranges::any_of(kKeyed, [&](std::string_view entity) { return wish.starts_with(entity); });
  order.value = named ? wish : fmt::format("metrics.`{}`", wish);
  return order;
}

// The key in "metrics.`val/auc`"; nothing where a run cannot lack what is sorted by.
std::string key_of(const Order& order) {
  for (const auto entity : kKeyed) {
    if (!order.value.starts_with(entity)) continue;
    auto key = order.value.substr(entity.size());
    if (key.size() > 2 && key.front() == key.back() && (key.front() == '`' || key.front() == '"')) key = key.substr(1, key.size() - 2);
    return key;
  }
  return "";
}

// Metrics whose names are near, and what else there is.
std::string sortable(Remote& remote, const std::string& experiment, const std::string& key) {
  json::Value question = json::Object{{"language", "sort"}, {"text", "metrics."}};
  if (!experiment.empty()) question.set("experiments", json::Array{experiment});
  std::vector<std::string> metrics;
  if (const auto told = remote.post("/api/v1/runs/complete", question)) {
    for (const auto& one : items((*told)["suggestions"])) metrics.push_back(one["text"].string_or(""));
  }
  return fmt::format("{}params.KEY, tags.KEY, start_time, end_time, duration, status, run_name; -KEY from the greatest down",
                     metrics.empty() ? "" : fmt::format("a metric ({}), ", nearest(key, metrics)));
}

}  // namespace

Result<std::string> sort_of(Remote& remote, const Invocation& call, const std::string& experiment) {
  if (call.option("sort").empty()) return std::string();
  const auto order = order_of(call.option("sort"));
  json::Value question = json::Object{{"filter", call.option("filter")}, {"limit", 1}, {"count", false}};
  if (!experiment.empty()) question.set("experiments", json::Array{experiment});
  const auto unsorted = question;
  question.set("sort", json::Array{order.text()});
  if (const auto key = key_of(order); !key.empty()) question.set("columns", json::Array{order.value});
  const auto first = remote.post("/api/v1/runs/query", question);
  if (!first && first.error().code == Code::invalid && remote.post("/api/v1/runs/query", unsorted))  // else something else is wrong
    return fail(Code::invalid, fmt::format("runs cannot be sorted by '{}'", call.option("sort")), first.error().message, sortable(remote, experiment, ""));
  if (!first) return std::unexpected(first.error());
  const auto& rows = items((*first)["rows"]);
  // What lacks the value comes last: where the first run lacks it, all do.
  const bool nowhere = !rows.empty() && !items(rows[0]["cells"]).empty() && items(rows[0]["cells"])[0].is_null();
  if (nowhere) return fail(Code::invalid, fmt::format("no run has '{}', to sort by", order.value), {}, sortable(remote, experiment, key_of(order)));
  return order.text();
}

}  // namespace gyre::cli
