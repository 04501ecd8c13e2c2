// What happened, as marks on a time chart and rows of a timeline: the contract's Flag.
#pragma once

#include "api/rest/links.h"
#include "api/rest/routes.h"
#include "base/words.h"

namespace gyre::rest {

struct Flag {
  std::string id;
  TimeMs at_ms = 0;
  std::string kind;    // deploy rollback alert resolve retrain commit decision
  std::string status;  // ok warn crit run wait canary none
  std::string text;    // a sentence in the past tense
  Link link;
};

struct FlagQuery {
  TimeMs from_ms = 0, to_ms = INT64_MAX;  // the end is exclusive
  std::string about;                      // "endpoint:NAME", "monitor:NAME", "policy:NAME", "model:NAME", "repo:NAME"; "": all
  std::vector<std::string> kinds;         // none: all but commits, which are shown where they are asked for or where a repository is
  std::size_t limit = 200;
};
constexpr std::size_t kMaxFlags = 5000;

// The newest `limit` of the range, newest first.
Result<std::vector<Flag>> find_flags(const Rooms& rooms, const FlagQuery& query);

void write(json::Writer& writer, const Flag& flag);
void flags_field(json::Writer& writer, std::string_view name, const std::vector<Flag>& flags);

}  // namespace gyre::rest
