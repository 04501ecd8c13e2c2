// gyre endpoint deploy, stats, and what may be done to a roll-out.
#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "app/cli/endpoint.h"

namespace gyre::cli {
namespace {

// "3", "3=0.9", "flights-late@3", "champion=0.5".
Result<json::Value> route_of(std::string_view written, std::string_view role) {
  const auto equals = written.find('=');
  auto version = written.substr(0, equals);
  if (const auto at = version.rfind('@'); at != std::string_view::npos) version.remove_prefix(at + 1);
  if (version.size() > 1 && version.front() == 'v' && version.find_first_not_of("0123456789", 1) == std::string_view::npos) version.remove_prefix(1);
  json::Value route = json::Object{};
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(version.data(), version.data() + version.size(), number);
  const bool is_number = error == std::errc() && end == version.data() + version.size();
  route.set("version", is_number ? json::Value(number) : json::Value(version));
  route.set("role", role);
  if (equals == std::string_view::npos) return route;
  const auto share = written.substr(equals + 1);
  double weight = 0;
  const auto [stop, wrong] = std::from_chars(share.data(), share.data() + share.size(), weight);
  const bool percent = wrong == std::errc() && stop + 1 == share.data() + share.size() && *stop == '%';
  if (wrong != std::errc() || (stop != share.data() + share.size() && !percent) || role == "shadow") {
    return fail(Code::invalid, fmt::format("'{}' is no route", written), {}, "3, 3=0.9 or champion=10%; a shadow has no share");
  }
  route.set("weight", percent ? weight / 100 : weight);
  return route;
}

Result<json::Array> routes_of(const Invocation& call) {
  json::Array routes;
  for (const auto& written : call.list("routes")) routes.push_back(TRY(route_of(written, "primary")));
  for (const auto& written : call.list("shadow")) routes.push_back(TRY(route_of(written, "shadow")));
  double sum = 0;
  for (const auto& route : routes) sum += route["role"].string_or("") == "shadow" ? 0 : route["weight"].number_or(1);
  if (sum < 0.999 || sum > 1.001)
    return fail(Code::invalid, fmt::format("the shares add up to {}, not to 1", human_number(sum)), {}, "for example 3=0.9 4=0.1");
  return routes;
}

std::string plan_line(const json::Array& routes) {
  std::string line;
  for (const auto& route : routes) {
    const auto version = route["version"].if_int() ? fmt::format("v{}", route["version"].int_or(0)) : route["version"].string_or("");
    const auto share = route["role"].string_or("") == "shadow" ? std::string("shadow") : fmt::format("{} %", human_number(route["weight"].number_or(1) * 100));
    line += fmt::format("{}{} {}", line.empty() ? "" : ", ", version, share);
  }
  return line;
}

double sum_of(const json::Value& counts) {
  double sum = 0;
  for (const auto& n : items(counts)) sum += n.number_or(0);
  return sum;
}

// The newest that was measured.
std::string last_figure(const json::Value& figures) {
  for (auto at = items(figures).rbegin(); at != items(figures).rend(); ++at) {
    if (!at->is_null()) return figure(*at, "ms");
  }
  return nothing();
}

void print_buckets(const json::Value& stats) {
  Table table({{"FROM"}, {"VERSION"}, {"ROLE"}, {"REQUESTS"}, {"ROWS"}, {"ERRORS"}, {"P50"}, {"P95"}, {"P99"}});
  const auto from = from_iso(stats["from"].string_or("")).value_or(0);
  for (const auto& version : items(stats["versions"])) {
    for (std::size_t i = 0; i < items(version["requests"]).size(); ++i) {
      if (items(version["requests"])[i].int_or(0) == 0) continue;
      const auto at = [&](std::string_view name) { return items(version[name])[i]; };
      table.add({to_iso(from + static_cast<std::int64_t>(i) * stats["bucket_ms"].int_or(0)), reference(version["version"]), text(version["role"]),
                 count(at("requests")), count(at("rows")), count(at("errors")), figure(at("latency_p50_ms")), figure(at("latency_p95_ms")),
                 figure(at("latency_p99_ms"))});
    }
  }
  table.print();
}

constexpr int kMostLooks = 4;

// Where all the traffic lies in a small part of the range: that part. An endpoint that was quiet for years is seen at work.
std::optional<std::pair<TimeMs, TimeMs>> busy_part(const json::Value& stats) {
  std::size_t first = SIZE_MAX, last = 0, buckets = 0;
  for (const auto& version : items(stats["versions"])) {
    const auto& requests = items(version["requests"]);
    buckets = std::max(buckets, requests.size());
    for (std::size_t i = 0; i < requests.size(); ++i) {
      if (requests[i].int_or(0) > 0) first = std::min(first, i), last = std::max(last, i);
    }
  }
  if (first == SIZE_MAX || (last - first + 1) * 4 > buckets) return std::nullopt;
  const auto from = from_iso(stats["from"].string_or("")).value_or(0), width = stats["bucket_ms"].int_or(0);
  return std::pair(from + static_cast<std::int64_t>(first) * width, from + static_cast<std::int64_t>(last + 1) * width);
}

}  // namespace

Result<int> deploy_versions(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("endpoint"), "endpoint");
  auto routes = TRY(routes_of(call));
  const auto before = TRY(remote.get(api("endpoints", name)));
  const auto plan =
      fmt::format("{}: {} {} {}", name, items(before["routes"]).empty() ? "nothing" : routes_line(before["routes"]), utf8() ? "→" : "->", plan_line(routes));
  const auto undo = items(before["routes"]).empty() ? std::string() : fmt::format("gyre endpoint rollback {}", name);
  if (call.has("dry-run")) {
    json::Value document = json::Object{};
    document.set("text", plan);
    document.set("undo", undo);
    if (call.json) return print_document(call, "plan/1", document);
    fmt::print("{}\n", plan);
    tell("nothing was changed");
    return kDone;
  }
  if (!call.json && human()) fmt::print("{}\n", plan);
  json::Value body = json::Object{};
  body.set("routes", std::move(routes));
  body.set("reason", call.option("reason"));
  return print_done(call, TRY(remote.post(api("endpoints", name, "deploy"), body)), undo);
}

Result<int> act_on_rollout(const Invocation& call, std::string_view action) {
  Remote remote(call);
  json::Value body = json::Object{};
  body.set("action", action);
  if (call.has("reason")) body.set("reason", call.option("reason"));
  return print_done(call, TRY(remote.post(api("endpoints", without_kind(call.positional("endpoint"), "endpoint")), body)));
}

Result<int> show_stats(const Invocation& call) {
  Remote remote(call);
  const auto name = without_kind(call.positional("endpoint"), "endpoint");
  const auto ask = [&](const std::string& from, const std::string& to) {
    return remote.get(api("endpoints", name, "metrics"), {{"from", from}, {"to", to}, {"buckets", call.option("buckets", human() ? "24" : "240")}});
  };
  auto stats = TRY(ask(call.option("from"), call.option("to")));
  for (int looks = 0; human() && !call.json && !call.has("from") && !call.has("to") && looks < kMostLooks; ++looks) {
    const auto part = busy_part(stats);
    if (!part) break;
    stats = TRY(ask(to_iso(part->first), to_iso(part->second)));
  }
  if (call.json) return print_document(call, "endpoint-metrics/1", stats);
  if (!human()) return print_buckets(stats), kDone;
  if (items(stats["versions"]).empty()) return tell("nothing was scored in this time"), kDone;
  Table table({{"VERSION"},
               {"ROLE", false, 3},
               {"REQUESTS", true, 2},
               {"ROWS", true},
               {"ROWS OVER TIME", false, 1, Table::Cut::never},
               {"ERRORS", true},
               {"P50", true},
               {"P95", true},
               {"P99", true, 4}});
  for (const auto& version : items(stats["versions"])) {
    table.add({text(version["version"]["name"]), text(version["role"]), grouped(std::llround(sum_of(version["requests"]))),
               grouped(std::llround(sum_of(version["rows"]))), paint(sparkline(numbers(version["rows"])), Tone::accent),
               grouped(std::llround(sum_of(version["errors"]))), last_figure(version["latency_p50_ms"]), last_figure(version["latency_p95_ms"]),
               last_figure(version["latency_p99_ms"])});
  }
  table.print();
  tell(fmt::format("from {} · {} a column · latency of the last column", moment(stats["from"]), human_duration(stats["bucket_ms"].int_or(0))));
  return kDone;
}

}  // namespace gyre::cli
