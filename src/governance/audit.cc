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
constexpr std::size_t kMaxProblemsTold = 20;
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

Result<std::optional<Last>> head_of(sql::Tx& tx) { return tx.select_one<Last>("SELECT entries, hash FROM audit_head"); }

// What the chain goes on from. The head wins over the log, so that entries cut off the end leave a gap for good.
Result<Last> end_of(sql::Tx& tx) {
  const auto logged = TRY(tx.select_one<Last>("SELECT seq, hash FROM audit_log ORDER BY seq DESC LIMIT 1")).value_or(Last{0, ""});
  const auto head = TRY(head_of(tx));
  return head && head->seq >= logged.seq ? *head : logged;
}

// Follows the chain through the log. Behind a break it goes on from the hash that is stored, so each break is told once.
struct ChainReader {
  Findings& findings;
  std::size_t untold = 0;
  Last last{0, ""};

  void tell(std::string problem) {
    if (findings.problems.size() < kMaxProblemsTold) {
      findings.problems.push_back(std::move(problem));
    } else {
      ++untold;
    }
  }

  void read(const Row& row) {
    ++findings.checked;
    if (row.seq > last.seq + 1)
      tell(fmt::format("audit log: {} before entry {} ({} missing)", row.seq == last.seq + 2 ? "an entry is missing" : "entries are missing", row.seq,
                       row.seq - last.seq - 1));
    if (row.hash != chain(last.hash, row.seq, row)) tell(fmt::format("audit log: the chain breaks at entry {} ({} {})", row.seq, row.action, row.subject));
    last = {row.seq, row.hash};
  }

  void end(const std::optional<Last>& head) {
    if (!head) {
      tell("audit log: the row that keeps what it ended with is missing");
    } else if (head->seq > last.seq) {
      tell(fmt::format("audit log: it ends with entry {}, but entry {} was the last that was written", last.seq, head->seq));
    } else if (head->seq < last.seq) {
      tell(fmt::format("audit log: it goes on behind entry {}, the last that was written", head->seq));
    } else if (head->hash != last.hash) {
      tell(fmt::format("audit log: entry {} is not the one that was written", last.seq));
    }
    if (untold > 0) findings.problems.push_back(fmt::format("audit log: and {} more", untold));
  }
};

Result<void> verify_chain(sql::Db& db, Findings& findings) {
  struct Part {
    std::vector<Row> rows;
    std::optional<Last> head;
  };
  ChainReader reader{findings};
  for (;;) {
    const auto part = TRY(db.read([&](sql::Tx& tx) -> Result<Part> {
      return Part{TRY(tx.select<Row>(std::string(kColumns) + "WHERE seq > $1 ORDER BY seq LIMIT $2", reader.last.seq, kVerifyBatch)), TRY(head_of(tx))};
    }));
    for (const auto& row : part.rows) reader.read(row);
    if (part.rows.empty()) return reader.end(part.head), Result<void>();
  }
}

Result<void> verify_edges(sql::Db& db, Findings& findings) {
  struct Dangling {
    std::string cause, effect;
  };
  const auto dangling = TRY(db.read([](sql::Tx& tx) {
    return tx.select<Dangling>(
        "SELECT cause, effect FROM graph_edges WHERE NOT EXISTS (SELECT 1 FROM graph_nodes WHERE urn = cause) "
        "OR NOT EXISTS (SELECT 1 FROM graph_nodes WHERE urn = effect) LIMIT 20");
  }));
  for (const auto& edge : dangling) findings.problems.push_back(fmt::format("graph: the edge {} -> {} has no node at an end", edge.cause, edge.effect));
  return {};
}

}  // namespace

Result<void> audit(sql::Tx& tx, const AuditEntry& entry) {
  const auto last = TRY(end_of(tx));
  Row row{last.seq + 1, entry.at_ms, entry.actor, entry.action, entry.subject, json::to_text(entry.details), ""};
  row.hash = chain(last.hash, row.seq, row);
  TRY(tx.exec("INSERT INTO audit_log (seq, at_ms, actor, action, subject, details, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)", row.seq, row.at_ms, row.actor,
              row.action, row.subject, row.details, row.hash));
  return tx.exec("UPDATE audit_head SET entries = $1, hash = $2 WHERE entries = $3", row.seq, row.hash,
                 last.seq);  // one that does not fit stays, for verify() to tell
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
  TRY(verify_chain(db_, findings));
  TRY(verify_edges(db_, findings));
  return findings;
}

}  // namespace gyre::governance
