#include "api/rest/links.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/words.h"

namespace gyre::rest {
namespace {

constexpr std::string_view kPages = "/p/default";
constexpr std::size_t kShortId = 7;    // digits of a commit that are shown and taken
constexpr std::size_t kRunDigits = 6;  // of a pipeline run that are shown

Link link(std::string ref, std::string_view kind, std::string_view name, std::string path, std::string_view rev) {
  return {std::move(ref), std::string(kind), std::string(name), page_path(path), std::string(rev)};
}

std::string short_id(std::string_view id) { return std::string(id.substr(0, kShortId)); }

}  // namespace

std::string url_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    if (plain) {
      out += c;
    } else {
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string page_path(std::string_view below) { return fmt::format("{}{}", kPages, below); }

Link repo_link(std::string_view repo, std::string_view rev) { return link(fmt::format("repo:{}", repo), "repo", repo, "/data/" + url_encode(repo), rev); }

Link commit_link(std::string_view repo, std::string_view id) {
  return link(fmt::format("{}@{}", repo, short_id(id)), "commit", short_id(id), fmt::format("/data/{}?ref={}", url_encode(repo), id), id);
}

Link pipeline_link(std::string_view pipeline, std::string_view rev) {
  return link(fmt::format("pipeline:{}", pipeline), "pipeline", pipeline, "/pipelines/" + url_encode(pipeline), rev);
}

// Its id begins with its time, so the end tells runs apart.
Link pipeline_run_link(std::string_view pipeline, std::string_view id, std::string_view rev) {
  const auto name = fmt::format("{} {}", pipeline.empty() ? "run" : pipeline, id.substr(id.size() - std::min(id.size(), kRunDigits)));
  return link(fmt::format("pipeline-run:{}", id), "pipeline-run", name, fmt::format("/pipelines/{}/runs/{}", url_encode(pipeline), url_encode(id)), rev);
}

Link experiment_link(std::string_view id, std::string_view name, std::string_view rev) {
  return link(fmt::format("experiment:{}", id), "experiment", name, "/e/" + url_encode(id), rev);
}

Link run_link(std::string_view id, std::string_view name, std::string_view rev) {
  return link(fmt::format("run:{}", id), "run", name.empty() ? id.substr(0, 8) : name, "/r/" + url_encode(id), rev);
}

Link model_link(std::string_view model, std::string_view rev) {
  return link(fmt::format("model:{}", model), "model", model, "/models/" + url_encode(model), rev);
}

Link version_link(std::string_view model, std::int64_t version, std::string_view rev) {
  return link(fmt::format("{}@{}", model, version), "model-version", fmt::format("v{}", version), fmt::format("/models/{}/v/{}", url_encode(model), version),
              rev);
}

Link endpoint_link(std::string_view endpoint, std::string_view rev) {
  return link(fmt::format("endpoint:{}", endpoint), "endpoint", endpoint, "/endpoints/" + url_encode(endpoint), rev);
}

Link endpoint_revision_link(std::string_view endpoint, std::int64_t number) {
  return link(fmt::format("endpoint-revision:{}@{}", endpoint, number), "endpoint-revision", fmt::format("{}@{}", endpoint, number),
              "/endpoints/" + url_encode(endpoint), std::to_string(number));
}

Link monitor_link(std::string_view monitor, std::string_view rev) {
  return link(fmt::format("monitor:{}", monitor), "monitor", monitor, "/monitors/" + url_encode(monitor), rev);
}

// Named as the graph names it: by day, where windows are at least that long.
Link window_link(std::string_view monitor, TimeMs from_ms, TimeMs to_ms) {
  const auto from = to_iso(from_ms);
  const bool days = to_ms - from_ms >= kDayMs;
  return link(fmt::format("window:{}/{}", monitor, days ? to_iso_date(from_ms) : from), "window",
              days ? plain_day(from_ms) : fmt::format("{} {}", plain_day(from_ms), from.substr(11, 5)),
              fmt::format("/monitors/{}?from={}&to={}", url_encode(monitor), url_encode(from), url_encode(to_iso(to_ms))), "");
}

Link alert_link(std::string_view id, std::string_view name, std::string_view rev) {
  return link(fmt::format("alert:{}", id), "alert", name.empty() ? id : name, "/alerts/" + url_encode(id), rev);
}

Link policy_link(std::string_view policy, std::string_view rev) {
  return link(fmt::format("policy:{}", policy), "policy", policy, "/policies/" + url_encode(policy), rev);
}

Link decision_link(std::string_view policy, std::string_view id, std::string_view name) {
  return link(fmt::format("decision:{}", id), "decision", name.empty() ? id : name,
              fmt::format("/policies/{}/decisions/{}", url_encode(policy), url_encode(id)), id);
}

void link_fields(json::Writer& writer, const Link& link) {
  writer.field("ref", link.ref);
  writer.field("kind", link.kind);
  writer.field("name", link.name);
  writer.field("url", link.url);
  writer.field("rev", link.rev);
}

void write(json::Writer& writer, const Link& link) {
  writer.begin_object();
  link_fields(writer, link);
  writer.end_object();
}

void link_field(json::Writer& writer, std::string_view name, const Link& link) {
  writer.key(name);
  write(writer, link);
}

void maybe_link_field(json::Writer& writer, std::string_view name, const std::optional<Link>& link) {
  if (link) return link_field(writer, name, *link);
  writer.key(name);
  writer.null();
}

}  // namespace gyre::rest
