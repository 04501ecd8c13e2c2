#include <fmt/format.h>

#include "serving/loaded.h"

namespace gyre::serving {
namespace {

constexpr std::size_t kAllRevisions = 1'000'000;

void add(Findings& all, Findings some) {
  all.checked += some.checked;
  std::ranges::move(some.problems, std::back_inserter(all.problems));
}

}  // namespace

Result<Findings> Service::verify() {
  Findings findings;
  for (const auto& endpoint : TRY(list())) {
    const auto told = [&](std::string what) { findings.problems.push_back(fmt::format("endpoint '{}': {}", endpoint.name, what)); };
    std::int64_t above = endpoint.revision ? endpoint.revision->number + 1 : 1;
    const auto check_gap = [&](std::int64_t number) {
      for (auto missing = above - 1; missing > number; --missing) told(fmt::format("revision {} is missing", missing));
      above = number;
    };
    for (const auto& revision : TRY(revisions(endpoint.name, kAllRevisions))) {
      ++findings.checked;
      check_gap(revision.number);
      for (const auto& route : revision.routes) {
        if (const auto version = registry_.version(endpoint.config.model, route.version); !version)
          told(fmt::format("revision {}: {}", revision.number, version.error().message));
      }
    }
    check_gap(0);
    if (endpoint.revision) {
      if (const auto loaded = load(endpoint, *endpoint.revision); !loaded)
        told(fmt::format("revision {} cannot be loaded: {}", endpoint.revision->number, loaded.error().message));
    }
    add(findings, TRY(log_->verify(endpoint.name)));
  }
  return findings;
}

}  // namespace gyre::serving
