#include "tracking/adopt.h"

#include <algorithm>
#include <map>

#include "tracking/adopt_parts.h"
#include "tracking/bin.h"
#include "tracking/rules.h"

namespace gyre::tracking {
namespace {

struct Row {
  std::int64_t id;
  std::string name, lifecycle;
};

constexpr std::size_t kShownCharacters = 40;

std::string shown(std::string_view value) {
  return value.size() <= kShownCharacters ? fmt::format("'{}'", value) : fmt::format("'{}…'", value.substr(0, kShownCharacters));
}

Result<std::int64_t> free_id(sql::Tx& tx, std::int64_t wanted, bool taken) {
  struct Last {
    std::int64_t id;
  };
  if (!taken) return wanted;
  const auto last = TRY(tx.select_one<Last>("SELECT MAX(id) FROM experiments HAVING COUNT(*) > 0"));
  const auto purged = TRY(tx.select_one<Last>("SELECT next FROM metric_ids WHERE name = $1", kExperimentIds)).value_or(Last{0});
  return std::max(last ? last->id + 1 : 0, purged.id);
}

Result<void> insert(sql::Tx& tx, const Experiment& given, std::int64_t id, TimeMs now_ms) {
  const auto location = given.artifact_location.empty() ? fmt::format("{}/{}", kArtifactScheme, id) : given.artifact_location;
  const auto deleted_ms = given.lifecycle == "active" ? std::nullopt : std::optional(now_ms);
  return tx.exec("INSERT INTO experiments (id, name, artifact_location, lifecycle, created_ms, updated_ms, deleted_ms) VALUES ($1, $2, $3, $4, $5, $6, $7)", id,
                 given.name, location, given.lifecycle, given.created_ms, given.updated_ms, deleted_ms);
}

Result<void> add_tags(sql::Tx& tx, const Experiment& given, std::int64_t id, Adopted& adopted) {
  const auto here = TRY(tx.select<Tag>("SELECT key, value FROM experiment_tags WHERE experiment_id = $1", id));
  for (const auto& tag : missing_pairs(given.tags, here, "experiment tags", fmt::format("experiment '{}'", given.name), adopted))
    TRY(tx.exec("INSERT INTO experiment_tags (experiment_id, key, value) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING", id, tag.key, tag.value));
  return {};
}

// Which experiment here it is, if it is one; else it is new.
Result<std::optional<Row>> find_same(sql::Tx& tx, const Experiment& given) {
  const auto named = TRY(tx.select_one<Row>("SELECT id, name, lifecycle FROM experiments WHERE name = $1", given.name));
  if (named && named->lifecycle != "active" && given.lifecycle == "active") {
    return fail(Code::conflict, fmt::format("experiment '{}' is in the bin here", given.name), {},
                fmt::format("gyre retention restore {} brings it back; or rename one of the two", named->id));
  }
  return named;
}

}  // namespace

void Adopted::note(std::string what, std::string why) {
  if (differences.size() < kMaxDifferences) differences.push_back({std::move(what), std::move(why)});
}

void Adopted::add(const Adopted& other) {
  for (const auto& [kind, taken] : other.kinds) {
    auto& sum = kinds[kind];
    sum.added += taken.added;
    sum.there += taken.there;
    sum.differs += taken.differs;
  }
  for (const auto& difference : other.differences) note(difference.what, difference.why);
  refused.insert(refused.end(), other.refused.begin(), other.refused.end());
}

std::vector<Tag> missing_pairs(const std::vector<Tag>& given, const std::vector<Tag>& here, std::string_view kind, std::string_view owner, Adopted& adopted) {
  if (given.empty()) return {};
  auto& taken = adopted.kinds[std::string(kind)];
  std::map<std::string_view, std::string_view> known;
  for (const auto& pair : here) known.emplace(pair.key, pair.value);
  std::vector<Tag> missing;
  for (const auto& pair : given) {
    const auto [at, fresh] = known.emplace(pair.key, pair.value);
    if (fresh) {
      missing.push_back(pair);
      ++taken.added;
    } else if (at->second == pair.value) {
      ++taken.there;
    } else {
      ++taken.differs;
      adopted.note(fmt::format("{}: '{}' of its {}", owner, pair.key, kind), fmt::format("is {} here and {} there", shown(at->second), shown(pair.value)));
    }
  }
  return missing;
}

Result<void> insert_pairs(sql::Tx& tx, std::string_view table, std::string_view owner_column, std::string_view owner, const std::vector<Tag>& pairs) {
  if (pairs.empty()) return {};
  const std::string_view columns[] = {owner_column, "key", "value"};
  std::vector<sql::Value> rows;
  for (const auto& pair : pairs) rows.insert(rows.end(), {sql::to_value(owner), sql::to_value(pair.key), sql::to_value(pair.value)});
  return tx.insert_many(table, columns, rows, "ON CONFLICT DO NOTHING");
}

Adoption::Adoption(sql::Db& db, const Clock& clock) : db_(db), clock_(clock), parts_(std::make_unique<Parts>(db)) {}
Adoption::~Adoption() = default;

Result<std::string> Adoption::experiment(const Experiment& given, Adopted& adopted) {
  const auto wanted = parse_experiment_id(given.id);  // none where the source has no ids of this kind
  Adopted noted;
  const auto id = TRY(db_.write([&](sql::Tx& tx) -> Result<std::int64_t> {
    noted = {};
    if (const auto same = TRY(find_same(tx, given))) {
      ++noted.kinds["experiments"].there;
      TRY(add_tags(tx, given, same->id, noted));
      return same->id;
    }
    const bool taken = !wanted || TRY(tx.select_one<Row>("SELECT id, name, lifecycle FROM experiments WHERE id = $1", *wanted)).has_value();
    const auto fresh = TRY(free_id(tx, wanted.value_or(0), taken));
    TRY(insert(tx, given, fresh, clock_.now_ms()));
    ++noted.kinds["experiments"].added;
    TRY(add_tags(tx, given, fresh, noted));
    return fresh;
  }));
  adopted.add(noted);
  return std::to_string(id);
}

}  // namespace gyre::tracking
