#include "exchange/outlet.h"

#include <map>

namespace gyre::exchange {
namespace {

constexpr std::int64_t kPage = 500, kMostExperiments = 50'000;

class HouseSource final : public Source {
 public:
  explicit HouseSource(Outlet& outlet) : outlet_(outlet) {}
  std::string description() const override { return "this house"; }

  Result<void> read(Sink& sink) override {
    const auto experiments = TRY(outlet_.list("", "")).ids;
    for (const auto& id : experiments) {
      for (auto& record : TRY(outlet_.tell({Thing::experiment, id}))) TRY(sink.record(std::move(record)));
    }
    for (const auto& id : experiments) TRY(read_runs(id, sink));
    return {};
  }

 private:
  Result<void> read_runs(const std::string& experiment, Sink& sink) {
    std::string after;
    do {
      const auto page = TRY(outlet_.list(experiment, after));
      for (const auto& run : page.ids) {
        for (auto& record : TRY(outlet_.tell({Thing::run, run}))) TRY(sink.record(std::move(record)));
      }
      after = page.next;
    } while (!after.empty());
    return {};
  }

  Outlet& outlet_;
};

}  // namespace

Result<Listing> Outlet::list(const std::string& experiment, const std::string& after) {
  Listing listing;
  if (experiment.empty()) {
    for (const auto& one : TRY(tracking_.search_experiments({.view = "ALL", .limit = kMostExperiments})).rows) listing.ids.push_back(one.id);
    return listing;
  }
  const auto page = TRY(tracking_.search_runs({.experiment_ids = {experiment}, .view = "ALL", .limit = kPage, .after = after}));
  for (const auto& run : page.rows) listing.ids.push_back(run.info.id);
  listing.next = page.next;
  return listing;
}

Result<std::vector<Record>> Outlet::tell(const Name& name) {
  std::vector<Record> records;
  if (name.thing == Thing::experiment) {
    records.emplace_back(TRY(tracking_.experiment(name.id)));
    return records;
  }
  auto run = TRY(tracking_.run(name.id));
  run.metrics.clear();
  records.emplace_back(std::move(run));
  std::map<std::string, Series, std::less<>> series;
  TRY(adoption_.each_point(name.id, [&](std::string_view key, std::span<const tracking::AdoptedPoint> points) {
    auto& one = series[std::string(key)];
    one.run_id = name.id;
    one.key = key;
    one.points.insert(one.points.end(), points.begin(), points.end());
  }));
  for (auto& [key, one] : series) records.emplace_back(std::move(one));
  return records;
}

std::unique_ptr<Source> make_house_source(Outlet& outlet) { return std::make_unique<HouseSource>(outlet); }

}  // namespace gyre::exchange
