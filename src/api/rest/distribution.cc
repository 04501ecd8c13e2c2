// /monitors/{monitor}/features/{feature}/distribution: one column in a range beside its reference, in the same bins.
#include <algorithm>
#include <numeric>

#include "api/rest/monitoring.h"
#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxBins = 64;

double share(std::int64_t part, std::int64_t all) { return all > 0 ? static_cast<double>(part) / static_cast<double>(all) : 0; }

void moments_field(Writer& writer, std::string_view name, const monitoring::Profile* profile, bool category) {
  writer.key(name);
  if (!profile) return writer.null();
  const bool number = !category && profile->present() > 0;
  const auto figure = [&](double value) { return number ? std::optional(value) : std::nullopt; };
  writer.begin_object();
  writer.field("n", profile->n);
  writer.field("missing", share(profile->missing, profile->n));
  maybe_figure_field(writer, "mean", figure(profile->mean()));
  maybe_figure_field(writer, "sd", figure(profile->deviation()));
  maybe_figure_field(writer, "min", figure(profile->low));
  maybe_figure_field(writer, "max", figure(profile->high));
  const auto distinct = std::ranges::count_if(profile->counts, [](std::int64_t count) { return count > 0; });
  maybe_integer_field(writer, "distinct", category ? std::optional<std::int64_t>(distinct) : std::nullopt);
  writer.end_object();
}

struct Bin {
  std::string label;
  std::optional<double> low, high, reference, current;
  double change() const { return std::abs(current.value_or(0) - reference.value_or(0)); }
};

Bin bin_at(const monitoring::Distribution& d, std::size_t i) {
  Bin bin;
  if (d.layout.category) {
    bin.label = i < d.layout.categories.size() ? d.layout.categories[i] : "not in the reference";
  } else {
    if (i > 0) bin.low = d.layout.edges[i - 1];
    if (i < d.layout.edges.size()) bin.high = d.layout.edges[i];
  }
  const auto of = [&](const monitoring::Profile& profile) { return i < profile.counts.size() ? share(profile.counts[i], profile.present()) : 0; };
  if (d.reference) bin.reference = of(*d.reference);
  bin.current = of(d.current);
  return bin;
}

// All bins of a number; of categories those that changed most, and the others together.
std::vector<Bin> bins_of(const monitoring::Distribution& d) {
  std::vector<Bin> bins;
  for (std::size_t i = 0; i < d.layout.bins(); ++i) bins.push_back(bin_at(d, i));
  if (!d.layout.category) return bins;
  std::erase_if(bins, [](const Bin& bin) { return bin.reference.value_or(0) == 0 && bin.current.value_or(0) == 0; });
  std::ranges::sort(bins, {}, [](const Bin& bin) { return std::pair(-bin.change(), std::string_view(bin.label)); });
  if (bins.size() <= kMaxBins) return bins;
  Bin others{fmt::format("{} others", bins.size() - kMaxBins + 1), {}, {}, d.reference ? std::optional(0.0) : std::nullopt, 0.0};
  for (std::size_t i = kMaxBins - 1; i < bins.size(); ++i) {
    if (others.reference) *others.reference += bins[i].reference.value_or(0);
    *others.current += bins[i].current.value_or(0);
  }
  bins.resize(kMaxBins - 1);
  bins.push_back(std::move(others));
  return bins;
}

// From the rules on this column and metric.
std::string_view level_of(const monitoring::Definition& definition, std::string_view column, std::string_view metric, std::optional<double> watched,
                          double value, std::int64_t n) {
  std::string_view level = "ok";
  for (const auto& rule : definition.rules) {
    if (rule.column != column || rule.metric != metric || (watched && rule.value != watched)) continue;
    if (n < std::max(definition.min_rows, rule.min_rows)) return "few";
    if (rule.is_bad(value, 0)) level = rule.severity == "critical" ? "crit" : level == "crit" ? level : "warn";
  }
  return level;
}

void measures_field(Writer& writer, const monitoring::Definition& definition, std::string_view column, const monitoring::Distribution& d) {
  const auto put = [&](std::string_view metric, std::optional<double> watched, double value) {
    writer.begin_object();
    writer.field("metric", metric);
    writer.field("of", watched ? plain_figure(*watched) : "");
    writer.field("value", value);
    writer.field("n", d.current.n);
    writer.field("level", level_of(definition, column, metric, watched, value, d.current.n));
    writer.end_object();
  };
  writer.key("measures");
  writer.begin_array();
  for (const auto metric : monitoring::kMeasures) {
    const auto value = d.reference ? monitoring::measure(metric, *d.reference, d.current, d.layout) : std::nullopt;
    if (value) put(metric, std::nullopt, *value);
  }
  for (const auto& [watched, count] : d.current.exact) put("share", watched, monitoring::value_share(d.current, watched));
  writer.end_array();
}

Result<net::Response> get_distribution(const Rooms& rooms, const net::Request& request) {
  const auto monitor = TRY(rooms.monitoring.monitor(request.parameter("monitor")));
  const auto column = request.parameter("feature");
  const auto range = TRY(range_of(rooms, request));
  const auto d = TRY(rooms.monitoring.distribution(monitor.name, column, range.from_ms, range.to_ms));
  const auto endpoint = TRY(rooms.serving.endpoint(monitor.definition.endpoint));
  const auto summary = TRY(rooms.monitoring.summary(monitor.name));
  Writer writer;
  writer.begin_object();
  writer.field("feature", column);
  writer.field("type", d.layout.category ? "category" : "number");
  time_field(writer, "from", std::max(d.from_ms, summary.first_ms));
  time_field(writer, "to", d.to_ms);
  link_field(writer, "version", version_link(endpoint.config.model, d.version));
  writer.field("other_rows", d.other_rows);
  moments_field(writer, "reference", d.reference ? &*d.reference : nullptr, d.layout.category);
  moments_field(writer, "current", &d.current, d.layout.category);
  writer.key("bins");
  writer.begin_array();
  for (const auto& bin : bins_of(d)) {
    writer.begin_object();
    writer.field("label", bin.label);
    maybe_figure_field(writer, "low", bin.low);
    maybe_figure_field(writer, "high", bin.high);
    maybe_figure_field(writer, "reference", bin.reference);
    maybe_figure_field(writer, "current", bin.current);
    writer.end_object();
  }
  writer.end_array();
  measures_field(writer, monitor.definition, column, d);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_distribution_routes(net::Router& router, const Rooms& rooms) {
  add(router, rooms, "GET", "/monitors/:monitor/features/:feature/distribution", get_distribution);
}

}  // namespace gyre::rest
