// What may stand next in a text of the filter language: the grammar tells what it asks for there, the newest runs which keys and
// values there are.
#include <algorithm>

#include "tracking/filter_reading.h"
#include "tracking/key_text.h"
#include "tracking/run_columns.h"
#include "tracking/run_query_state.h"
#include "tracking/suggestions.h"

namespace gyre::tracking {
namespace {

constexpr std::string_view kStatuses[] = {"RUNNING", "SCHEDULED", "FINISHED", "FAILED", "KILLED"};
constexpr std::string_view kEntities[] = {"metrics.", "params.", "tags.", "dataset.", "model.", "parent.", "child."};
constexpr std::string_view kColumnStatistics[] = {"min(metrics.", "max(metrics.", "count(metrics."};
constexpr std::string_view kTimes[] = {"now() - '1h'", "now() - '1d'", "now() - '7d'"};
constexpr std::string_view kDurations[] = {"'10m'", "'1h'", "'1d'"};
constexpr std::size_t kMaxValueBytes = 200;  // longer ones are nothing that one picks from a list

// "metrics" and its like -> the kind of key that runs have.
std::string kind_of_entity(std::string_view entity) {
  if (entity == "metric" || entity == "metrics") return "metric";
  if (entity == "param" || entity == "params" || entity == "parameter" || entity == "parameters") return "param";
  return entity == "tag" || entity == "tags" ? "tag" : "";
}

// Nothing where neither kind of quote can hold it.
std::optional<std::string> value_text(std::string_view value) {
  if (value.size() > kMaxValueBytes || value.find_first_of("\n\r") != std::string_view::npos) return std::nullopt;
  if (!value.contains('\'')) return fmt::format("'{}'", value);
  return value.contains('"') ? std::nullopt : std::optional(fmt::format("\"{}\"", value));
}

template <class T>
std::optional<Trouble> trouble_of(const Parsed<T>& parsed) {
  if (parsed) return std::nullopt;
  // Where it is known what was meant, that is told in a line, and not all that may stand there.
  const auto& [column, what, fix] = parsed.error();
  return Trouble{std::max<std::size_t>(1, column), fix.empty() ? what : fix};
}

std::optional<Trouble> check(const CompletionQuery& query, const FilterContext& context) {
  if (query.language == Language::filter) return trouble_of(read_condition(query.text, run_fields(), 1, context));
  if (query.text.find_first_not_of(' ') == std::string::npos) return std::nullopt;
  if (query.language == Language::column) return trouble_of(check_column(query.text, context));
  ValueWriter writer(run_fields(), 1, context);
  return trouble_of(read_order_item(query.text, writer));
}

TextKind kind_of(Language language) {
  return language == Language::filter ? TextKind::filter : language == Language::order ? TextKind::order : TextKind::column;
}

// Fields by name, and the beginnings of those that have keys.
void add_fields(Suggestions& list, Language language) {
  const auto& fields = run_fields();
  const auto add = [&](const FieldMap& names, std::string_view detail) {
    for (const auto& [name, sql] : names) {
      if (!name.contains(' ')) list.add({name, name + " ", "field", std::string(detail)});
    }
  };
  for (const auto entity : kEntities) {
    const bool of_many = entity != "metrics." && entity != "params." && entity != "tags.";
    if (!of_many || language == Language::filter) list.add({std::string(entity), std::string(entity), "field", of_many ? "any of its" : "by key"});
  }
  add(fields.texts, "text");
  add(fields.times, "time");
  add(fields.durations, "duration");
  if (language == Language::column) {
    for (const auto statistic : kColumnStatistics) list.add({std::string(statistic), std::string(statistic), "field", "of all points"});
  }
}

// Keys of fields that are no runs' own: dataset.name.
void add_names(Suggestions& list, std::string_view entity) {
  const auto& fields = run_fields();
  const auto word = entity.ends_with('s') && entity != "status" ? entity.substr(0, entity.size() - 1) : entity;
  const auto found = fields.many.find(word);
  const bool own = word == "attribute" || word == "attr" || word == "run";
  if (found == fields.many.end() && !own) return;
  const auto& names = own ? fields.texts : found->second.texts;
  for (const auto& [name, sql] : names) {
    const auto bare = name.substr(0, name.find('@'));
    if (!bare.contains(' ') && !name.ends_with("@postgres")) list.add({bare, bare + " ", "key", "text"});
  }
}

// One completion as it is made.
class Completer {
 public:
  Completer(sql::Db& db, Guarded<KeyBook>& book, const CompletionQuery& query) : db_(db), book_(book), query_(query) {}

  Result<void> add(Suggestions& list, const Expectation& expected) {
    if (!expected.entity.empty()) {
      const auto kind = kind_of_entity(expected.entity);
      if (kind.empty()) add_names(list, expected.entity);
      if (!kind.empty()) TRY(add_keys(list, kind, ""));
      return {};
    }
    if (expected.value && expected.beside) TRY(add_values(list, *expected.beside));
    if (expected.quoted) return {};
    add_words(list, expected);
    if (!expected.value) return {};
    if (!expected.beside || list.writing()) add_fields(list, query_.language);
    if (!list.writing()) return {};
    TRY(add_keys(list, "metric", "metrics."));
    TRY(add_keys(list, "param", "params."));
    return add_keys(list, "tag", "tags.");
  }

 private:
  // Joining words come before signs of arithmetic, which one types.
  static void add_words(Suggestions& list, const Expectation& expected) {
    std::vector<std::string> seen;
    for (const bool signs : {false, true}) {
      for (const auto& word : expected.words) {
        const bool sign = word == "+" || word == "-" || word == "*" || word == "/" || word == "(" || word == ".";
        if (sign != signs || std::ranges::find(seen, word) != seen.end()) continue;
        if (sign && (!list.writing() || expected.value)) continue;
        seen.push_back(word);
        const bool letters = word[0] >= 'a' && word[0] <= 'z';
        list.add({upper(word), upper(word) + " ", letters ? "word" : "sign", ""});
      }
    }
  }

  Result<std::shared_ptr<const KeyCounts>> keys(const std::string& kind) {
    std::string name = kind;
    for (const auto& id : query_.experiment_ids) name += '\n' + id;
    const auto now = std::chrono::steady_clock::now();
    if (auto kept = book_.with([&](KeyBook& book) { return book.find(name, now); })) return kept;
    auto read = std::make_shared<const KeyCounts>(TRY(db_.read([&](sql::Tx& tx) { return read_keys(tx, kind, query_.experiment_ids); })));
    book_.with([&](KeyBook& book) { book.put(std::move(name), read, now); });
    return read;
  }

  Result<void> add_keys(Suggestions& list, const std::string& kind, std::string_view before) {
    const auto known = TRY(keys(kind));
    list.add_counted(*known, [&](const std::string& key) -> std::optional<Suggestion> {
      if (kind == "tag" && key.starts_with("mlflow.") && !before.empty()) return std::nullopt;
      if (key.contains('`') && key.contains('"')) return std::nullopt;
      return Suggestion{std::string(before) + key, std::string(before) + key_text(key) + " ", "key", ""};
    });
    return {};
  }

  // What the field on the other side of a comparison is known to hold.
  Result<void> add_values(Suggestions& list, const Node& field) {
    if (field.kind != Node::Kind::field) return {};
    const auto kind = kind_of_entity(field.entity);
    const auto counted = [&](const KeyCounts& values) {
      list.add_counted(values, [](const std::string& value) -> std::optional<Suggestion> {
        const auto text = value_text(value);
        return text ? std::optional(Suggestion{value, *text + " ", "value", ""}) : std::nullopt;
      });
    };
    if (kind == "param" || kind == "tag") {
      counted(TRY(db_.read([&](sql::Tx& tx) { return read_values(tx, kind, field.text, query_.experiment_ids); })));
      return {};
    }
    const auto name = lower(field.text);
    const auto fixed = [&](std::span<const std::string_view> values, bool in_quotes) {
      for (const auto value : values) list.add({std::string(value), in_quotes ? fmt::format("'{}' ", value) : fmt::format("{} ", value), "value", ""});
    };
    if (name == "status") fixed(kStatuses, true);
    if (run_fields().times.contains(name)) fixed(kTimes, false);
    if (run_fields().durations.contains(name)) fixed(kDurations, false);
    if (name == "run_name") counted(TRY(db_.read([&](sql::Tx& tx) { return read_run_names(tx, query_.experiment_ids); })));
    return {};
  }

  sql::Db& db_;
  Guarded<KeyBook>& book_;
  const CompletionQuery& query_;
};

}  // namespace

Result<Completion> RunQueries::complete(const CompletionQuery& query) {
  if (query.text.size() > kMaxCompletionBytes) return fail(Code::invalid, fmt::format("the text has more than {} bytes", kMaxCompletionBytes));
  const auto cursor = std::min(query.cursor, query.text.size());
  const auto expected = expected_at_end(std::string_view(query.text).substr(0, cursor), kind_of(query.language));
  Completion completion{.from = expected.column - 1, .to = cursor, .suggestions = {}, .more = 0, .trouble = {}};
  Suggestions list(expected.prefix);
  TRY(Completer(db_, state_->keys, query).add(list, expected));
  std::move(list).finish(completion);
  completion.trouble = check(query, {db_.dialect(), clock_.now_ms()});
  return completion;
}

}  // namespace gyre::tracking
