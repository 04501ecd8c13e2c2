#include <fmt/format.h>

#include "base/hash.h"
#include "governance/governance.h"

namespace gyre::governance {
namespace {

struct Row {
  std::int64_t seq, at_ms;
  std::string actor, action, subject, details, hash;
};

struct Last {
  std::int64_t seq;
  std::string hash;
};

constexpr std::int64_t kVerifyBatch = 10'000;
constexpr auto kColumns = "SELECT seq, at_ms, actor, action, subject, details, hash FROM audit_log ";

// Each entry's hash covers the one before it, so that none can be changed, removed or put in between unseen.
std::string chain(std::string_view previous, std::int64_t seq, const Row& row) {
  json::Writer writer;
  writer.begin_array();
  writer.string(previous);
  writer.integer(seq);
  writer.integer(row.at_ms);
  for (const auto* text : {&row.actor, &row.action, &row.subject, &row.details}) writer.string(*text);
  writer.end_array();
  return sha256_hex(writer.text());
}

}  // namespace

Result<void> audit(sql::Tx& tx, const AuditEntry& entry) {
  const auto last = TRY(tx.select_one<Last>("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1")).value_or(Last{0, ""});
  Row row{last.seq + 1, entry.at_ms, entry.actor, entry.action, entry.subject, json::to_text(entry.details), ""};
  row.hash = chain(last.hash, row.seq, row);
  return tx.exec("INSERT INTO audit_log (seq, at_ms, actor, action, subject, details, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)", row.seq, row.at_ms, row.actor,
                 row.action, row.subject, row.details, row.hash);
}

Result<std::vector<LoggedEntry>> Service::audit_log(std::int64_t before_seq, std::size_t limit) {
  return db_.read([&](sql::Tx& tx) -> Result<std::vector<LoggedEntry>> {
    std::vector<LoggedEntry> entries;
    const auto bound = before_seq > 0 ? before_seq : INT64_MAX;
    for (auto& row : TRY(tx.select<Row>(std::string(kColumns) + "WHERE seq < $1 ORDER BY seq DESC LIMIT $2", bound, static_cast<std::int64_t>(limit)))) {
      entries.push_back({row.seq, {row.at_ms, row.actor, row.action, row.subject, TRY(json::parse(row.details))}, row.hash});
    }
    return entries;
  });
}

Result<Findings> Service::verify() {
  Findings findings;
  std::string previous;
  for (std::int64_t after = 0;;) {
    const auto rows = TRY(db_.read([&](sql::Tx& tx) { return tx.select<Row>(std::string(kColumns) + "WHERE seq > $1 ORDER BY seq LIMIT $2", after, kVerifyBatch); }));
    if (rows.empty()) break;
    for (const auto& row : rows) {
      ++findings.checked;
      if (row.seq != after + 1) findings.problems.push_back(fmt::format("audit log: entry {} is missing", after + 1));
      if (row.hash != chain(previous, row.seq, row)) {
        findings.problems.push_back(fmt::format("audit log: the chain breaks at entry {} ({} {})", row.seq, row.action, row.subject));
        return findings;  // all that follows is broken too
      }
      previous = row.hash;
      after = row.seq;
    }
  }
  struct Dangling {
    std::string cause, effect;
  };
  const auto dangling = TRY(db_.read([](sql::Tx& tx) {
    return tx.select<Dangling>("SELECT cause, effect FROM graph_edges WHERE NOT EXISTS (SELECT 1 FROM graph_nodes WHERE urn = cause) "
                               "OR NOT EXISTS (SELECT 1 FROM graph_nodes WHERE urn = effect) LIMIT 20");
  }));
  for (const auto& edge : dangling) findings.problems.push_back(fmt::format("graph: the edge {} -> {} has no node at an end", edge.cause, edge.effect));
  return findings;
}

}  // namespace gyre::governance
