// What is suggested for a word that is being written, the likeliest first. Inside tracking/ only.
#pragma once

#include "tracking/key_book.h"
#include "tracking/run_query.h"

namespace gyre::tracking {

// Keeps what begins with or holds what is written; what begins with it comes first, then in the order of coming.
class Suggestions {
 public:
  explicit Suggestions(std::string_view prefix);

  void add(Suggestion suggestion);
  // Those that `make` makes of the texts, the commonest first, each with how many runs have it.
  void add_counted(const KeyCounts& counts, const std::function<std::optional<Suggestion>(const std::string&)>& make);
  // At most kMaxSuggestions, and how many more there are.
  void finish(Completion& completion) &&;
  bool writing() const { return !prefix_.empty(); }

 private:
  const std::string prefix_;
  std::vector<Suggestion> starting_, holding_;
};

}  // namespace gyre::tracking
