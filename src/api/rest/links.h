// How every object names itself and others: the contract's Link. The paths are those of api/openapi/README.md.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/json_writer.h"
#include "base/result.h"

namespace gyre::rest {

struct Link {
  std::string ref;  // what the command line takes
  std::string kind;
  std::string name;
  std::string url;  // the path of its page
  std::string rev;  // changes when the object changes; opaque
};

// The path of a page of the project: "/data", "" is its first page.
std::string page_path(std::string_view below = "");

Link repo_link(std::string_view repo, std::string_view rev = "");
Link commit_link(std::string_view repo, std::string_view id);
Link pipeline_link(std::string_view pipeline, std::string_view rev = "");
Link pipeline_run_link(std::string_view pipeline, std::string_view id, std::string_view rev = "");
Link experiment_link(std::string_view id, std::string_view name, std::string_view rev = "");
Link run_link(std::string_view id, std::string_view name, std::string_view rev = "");
Link model_link(std::string_view model, std::string_view rev = "");
Link version_link(std::string_view model, std::int64_t version, std::string_view rev = "");
Link endpoint_link(std::string_view endpoint, std::string_view rev = "");
Link endpoint_revision_link(std::string_view endpoint, std::int64_t number);
Link monitor_link(std::string_view monitor, std::string_view rev = "");
Link window_link(std::string_view monitor, TimeMs from_ms, TimeMs to_ms);
Link alert_link(std::string_view id, std::string_view name, std::string_view rev = "");
Link policy_link(std::string_view policy, std::string_view rev = "");
Link decision_link(std::string_view policy, std::string_view id, std::string_view name = "");

// Its five members, into an object that is open: every object carries them.
void link_fields(json::Writer& writer, const Link& link);
void write(json::Writer& writer, const Link& link);
void link_field(json::Writer& writer, std::string_view name, const Link& link);
void maybe_link_field(json::Writer& writer, std::string_view name, const std::optional<Link>& link);

// `text` as one segment of a path or a value of a query.
std::string url_encode(std::string_view text);

}  // namespace gyre::rest
