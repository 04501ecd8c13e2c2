// What a move tells at its end.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/exchange.h"
#include "app/cli/terminal.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kShown = 20;

std::string verdict(const exchange::Line& line) { return line.there == line.here && line.taken.differs == 0 ? "ok" : "failed"; }

json::Value differences_of(const std::vector<tracking::Difference>& all) {
  json::Array list;
  for (const auto& [what, why] : all) list.push_back(json::Object{{"what", what}, {"why", why}});
  return list;
}

int print_json(const Invocation& call, const exchange::Report& report) {
  json::Array kinds, left;
  for (std::size_t i = 0; i < exchange::kKinds; ++i) {
    const auto& line = report.lines[i];
    if (line.found == 0) continue;
    kinds.push_back(json::Object{{"kind", exchange::name_of(static_cast<exchange::Kind>(i))},
                                 {"found", line.found},
                                 {"imported", line.taken.added},
                                 {"there", line.taken.there},
                                 {"differs", line.taken.differs},
                                 {"hash_source", exchange::text_of(line.there)},
                                 {"hash_here", exchange::text_of(line.here)}});
  }
  for (const auto& one : report.left) left.push_back(json::Object{{"what", one.what}, {"why", one.why}, {"count", one.count}});
  json::Value document = json::Object{};
  document.set("verified", report.is_whole());
  document.set("kinds", kinds);
  document.set("left", left);
  document.set("matched", differences_of(report.matched));
  document.set("differences", differences_of(report.differences));
  print_document(call, "import/1", document);
  return report.is_whole() ? kDone : kFailed;
}

void tell_some(const std::vector<tracking::Difference>& all) {
  for (std::size_t i = 0; i < std::min(all.size(), kShown); ++i) tell(fmt::format("{}: {}", all[i].what, all[i].why));
  if (all.size() > kShown) tell(fmt::format("{} more · --json lists them", all.size() - kShown));
}

}  // namespace

int print_report(const Invocation& call, const exchange::Report& report) {
  if (call.json) return print_json(call, report);
  Table table({{"KIND"}, {"FOUND", true}, {"IMPORTED", true}, {"THERE", true}, {"DIFFER", true}, {"HASH", false, 1}, {"VERIFIED"}});
  for (std::size_t i = 0; i < exchange::kKinds; ++i) {
    const auto& line = report.lines[i];
    if (line.found == 0) continue;
    table.add({std::string(exchange::name_of(static_cast<exchange::Kind>(i))), grouped(line.found), grouped(line.taken.added), grouped(line.taken.there),
               grouped(line.taken.differs), exchange::text_of(line.here).substr(0, 16), status(verdict(line))});
  }
  if (!call.quiet) table.print();
  for (const auto& one : report.left) tell(fmt::format("not moved: {} {}: {}", grouped(one.count), one.what, one.why));
  tell_some(report.matched);
  tell_some(report.differences);
  if (report.is_whole()) return kDone;
  tell("what differs is told above; what stood here stays as it was");
  return kFailed;
}

std::string progress_line(const exchange::Report& report) {
  const auto of = [&](exchange::Kind kind) {
    const auto& taken = report.lines[static_cast<std::size_t>(kind)].taken;
    return human_count(taken.sum());
  };
  return fmt::format("moving  {} runs  {} points  {} files", of(exchange::Kind::runs), of(exchange::Kind::points), of(exchange::Kind::files));
}

}  // namespace gyre::cli
