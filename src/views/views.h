// How people look at things, kept: the state of a page under a short id. What a page needs for its state is the page's affair.
#pragma once

#include "base/clock.h"
#include "base/figures.h"
#include "base/findings.h"
#include "base/json.h"
#include "storage/sql/migrate.h"

namespace gyre::views {

// A link holds a state that was too long for a URL: it has no name and never changes, so a URL that bears its id shows the same for ever.
// What is shared has a name and revisions.
enum class Scope { link, shared };
std::string_view to_string(Scope scope);  // "link", "shared"

struct View {
  std::string id;
  Scope scope = Scope::link;
  std::string kind;     // of page: "runs"
  std::string subject;  // what it is a view of, in the page's words: an experiment's id; empty: any
  std::string name;     // of those that are shared; one of a name for each kind and subject
  std::string state;    // the text of a JSON object
  std::int64_t revision = 1;
  std::string changed_by;
  TimeMs created_ms = 0, updated_ms = 0;
  std::optional<TimeMs> deleted_ms;
};

struct NewView {
  Scope scope = Scope::link;
  std::string kind, subject, name;
  json::Value state;
};

// What is left out stays.
struct Change {
  std::optional<std::string> subject, name;
  std::optional<json::Value> state;
};

// Where `view` has another revision than the one that was expected nothing is changed.
struct Outcome {
  bool stale = false;
  View view;  // as it stands now
};

struct List {
  std::string kind, subject;  // empty: any
  std::int64_t limit = 100, offset = 0;
};

constexpr std::size_t kMaxStateBytes = 64 << 10, kMaxNameCharacters = 120, kMaxKindBytes = 40, kMaxSubjectBytes = 250;
constexpr std::int64_t kMaxShared = 20'000, kMaxLinks = 200'000;  // beyond, those that nobody looked after for longest go: deleted ones, links
constexpr std::size_t kLinkCharacters = 10;                       // of a link's id: 50 bits of its digest, and more where two share them

// Thread-safe. What is deleted comes back by a change of it.
class Service {
 public:
  Service(sql::Db& db, const Clock& clock) : db_(db), clock_(clock) {}

  // A link: the same state of the same kind and subject has the same id, however often it is sent and in whatever order its members stand.
  // `conflict` where a shared view of that name is there.
  Result<View> create(const NewView& view, std::string_view actor);
  // `not_found` also for what is deleted.
  Result<View> view(std::string_view id);
  // Those that are shared, by name.
  struct Page {
    std::vector<View> rows;
    std::int64_t total = 0, next_offset = -1;
  };
  Result<Page> list(const List& wanted);
  // `revision` nothing: whatever it is now. `invalid` for a link.
  Result<Outcome> change(std::string_view id, std::optional<std::int64_t> revision, const Change& change, std::string_view actor);
  Result<Outcome> remove(std::string_view id, std::optional<std::int64_t> revision, std::string_view actor);

  Result<Figures> figures();
  // Whether each link's state is the one that it is named after.
  Result<Findings> verify();

 private:
  Result<View> create_link(const NewView& view, std::string_view actor);

  sql::Db& db_;
  const Clock& clock_;
};

std::span<const sql::Migration> migrations();

}  // namespace gyre::views
