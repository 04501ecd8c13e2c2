// What became of each version of a model: where it serves, what its gates said, what was decided about it.
#pragma once

#include "api/rest/encode.h"

namespace gyre::rest {

void add_version_routes(net::Router& router, const Rooms& rooms);

// All that one answer about a model needs, read once.
class ModelStory {
 public:
  enum class Depth { present, history };  // present: what serves now, and nothing of what was
  static Result<ModelStory> of(const Rooms& rooms, std::string_view model, Depth depth = Depth::history);

  const std::string& model() const { return model_; }
  const std::vector<serving::Endpoint>& endpoints() const { return endpoints_; }
  // The version that an endpoint answers most requests with, else what "champion" points at; 0: none.
  std::int64_t champion() const { return champion_; }
  // The version of an open case; 0: none.
  std::int64_t candidate() const { return candidate_; }

  struct State {
    std::string_view status;
    std::string text;
  };
  State state_of(const registry::Version& version) const;
  // Newest first.
  std::vector<const policy::Decision*> decisions_about(std::int64_t version) const;
  // The newest decision in which its gates were measured; null: they were not.
  const policy::Decision* gates_of(std::int64_t version) const;

  struct Bar {
    std::string lane;
    std::int64_t version = 0;
    TimeMs from_ms = 0, to_ms = 0;  // 0: still
    std::string_view status;
  };
  // Oldest first.
  std::vector<Bar> served() const;

 private:
  std::string model_;
  std::vector<serving::Endpoint> endpoints_;
  std::vector<std::pair<std::string, std::vector<serving::Revision>>> revisions_;  // by endpoint, oldest first
  std::vector<registry::AliasMove> moves_;
  std::vector<policy::Decision> decisions_;  // with a candidate, newest first
  std::int64_t champion_ = 0, candidate_ = 0;
};

// Members of the contract's VersionRow.
Result<void> version_fields(Writer& writer, const Rooms& rooms, const ModelStory& story, const registry::Version& version);

}  // namespace gyre::rest
