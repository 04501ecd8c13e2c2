// What comes back of the bin counts in quotas again, at once: nothing is restored beyond one that refuses. Inside tracking/ only.
#pragma once

#include <map>

#include "storage/blob/store.h"
#include "tracking/quota_gate.h"

namespace gyre::tracking {

// What something in the bin will hold once it is back, by experiment.
using Return = std::map<std::int64_t, Usage>;

// Weighs before the transaction that brings something back, since files are listed. Where no quota refuses, nothing has a weight.
class Scales {
 public:
  // As quotas are now.
  static Result<Scales> of(sql::Db& db, blob::Store& blobs);

  Result<Return> run(std::string_view id) const;  // with the logged models that come back with it
  Result<Return> model(std::string_view id) const;
  // What it holds that would no longer count once it is in the bin.
  Result<Return> active_run(std::string_view id) const;
  Result<Return> experiment(std::int64_t id) const;  // with its runs

 private:
  Scales(sql::Db& db, blob::Store& blobs) : db_(&db), blobs_(&blobs) {}
  // Adds what `text` finds for `owner`.
  template <class Owner>
  Result<void> add(const std::string& text, const Owner& owner, std::int64_t runs_each, Return& back) const;

  sql::Db* db_;
  blob::Store* blobs_;
  bool refuse_ = false, points_ = false, bytes_ = false;  // whether some quota refuses, and what such ones limit
};

// What goes into the bin counts no longer, at once: so that its undo is not refused for itself.
Result<void> release(sql::Tx& tx, const Return& gone);

// `denied` where that would go beyond a quota, as it was last counted; otherwise it is added to what is counted.
Result<void> admit(sql::Tx& tx, const Return& back);

}  // namespace gyre::tracking
