#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <span>
#include <utility>

#include "base/case.h"
#include "base/file.h"
#include "base/yaml.h"
#include "net/server.h"

namespace gyre::app {
namespace {

constexpr std::string_view kKeys[] = {"data-dir",      "listen",         "database",      "artifact-root",        "log-level",      "project-file",
                                      "static-prefix", "artifacts-only", "allowed-hosts", "cors-allowed-origins", "x-frame-options"};

std::string environment_name(std::string_view key) {
  std::string name = "GYRE_";
  for (const char c : key) name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

Result<std::map<std::string, std::string>> read_config_file(const std::string& path) {
  const auto text = TRY(read_file(path, yaml::kMaxBytes));
  const auto document = yaml::parse(text);
  if (!document) return within(path, document.error());
  std::map<std::string, std::string> settings;
  const auto* members = document->if_object();
  if (!members) return fail(Code::invalid, path + ": expected settings as `key: value`");
  for (const auto& [name, value] : *members) {
    if (std::ranges::find(kKeys, name) == std::end(kKeys)) {
      return fail(Code::invalid, fmt::format("{}: line {}: '{}' is not a setting", path, value.position.line, name), {},
                  fmt::format("known: {}", fmt::join(kKeys, ", ")));
    }
    settings[name] = value.if_int() ? std::to_string(*value.if_int()) : value.if_bool() ? (*value.if_bool() ? "true" : "false") : value.string_or("");
  }
  return settings;
}

Result<Listen> parse_listen(const std::string& text) {
  const auto colon = text.rfind(':');
  if (colon != std::string::npos) {
    unsigned port = 0;
    const auto* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data() + colon + 1, end, port);
    const bool bracketed = text.starts_with('[') && colon > 2 && text[colon - 1] == ']';
    const auto host = bracketed ? text.substr(1, colon - 2) : text.substr(0, colon);
    if (error == std::errc() && stop == end && port <= 65535 && (bracketed || !host.contains(':'))) return Listen{host, static_cast<std::uint16_t>(port)};
  }
  return fail(Code::invalid, fmt::format("--listen '{}' is not HOST:PORT", text), {},
              "for example --listen 127.0.0.1:7070 or [::1]:7070; port 0 takes a free one");
}

// In MLflow's words where it has some. No other characters: it stands in the page's HTML as it is.
Result<std::string> read_prefix(const std::string& text) {
  if (text.empty()) return text;
  if (!text.starts_with('/')) return fail(Code::invalid, "--static-prefix must begin with a '/'.", {}, "for example --static-prefix /gyre");
  if (text.ends_with('/')) return fail(Code::invalid, "--static-prefix should not end with a '/'.", {}, "for example --static-prefix /gyre");
  const bool plain = std::ranges::all_of(text, [](unsigned char c) { return std::isalnum(c) || c == '/' || c == '-' || c == '_' || c == '.' || c == '~'; });
  if (plain && !text.contains("//") && !text.contains("/.")) return text;
  return fail(Code::invalid, "--static-prefix is no plain path", {}, "letters, digits, '-', '_' and '~' between slashes");
}

// What stands between the commas, in lower case.
std::vector<std::string> read_list(const std::string& text) {
  std::vector<std::string> items(1);
  for (const char c : lower(text)) {
    if (c == ',') {
      items.emplace_back();
    } else if (c != ' ') {
      items.back() += c;
    }
  }
  std::erase(items, "");
  return items;
}

// "gyre.example.org, other:8443": whatever port. Patterns would let in names that nobody thought of.
Result<std::vector<std::string>> read_hosts(const std::string& text) {
  auto hosts = read_list(text);
  for (auto& host : hosts) {
    host.resize(std::min(host.find(':'), host.size()));
    if (host.contains('*'))
      return fail(Code::invalid, fmt::format("the allowed host '{}' is a pattern", host), {}, "name each host: --allowed-hosts gyre.example.org");
  }
  std::erase(hosts, "");
  return hosts;
}

bool is_origin(std::string_view text) {
  for (const std::string_view scheme : {"https://", "http://"}) {
    if (!text.starts_with(scheme)) continue;
    text.remove_prefix(scheme.size());
    return !text.empty() && text.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789.-:[]") == std::string_view::npos;
  }
  return false;
}

// "https://app.example.org, http://localhost:3000": as browsers send them.
Result<std::vector<std::string>> read_origins(const std::string& text) {
  auto origins = read_list(text);
  for (const auto& origin : origins) {
    if (!is_origin(origin))
      return fail(Code::invalid, fmt::format("'{:.80}' is no origin", origin), {}, "name each origin: --cors-allowed-origins https://app.example.org");
  }
  return origins;
}

Result<page::Frames> read_frames(const std::string& text) {
  const auto name = lower(text);
  if (name.empty() || name == "deny") return page::Frames::none;
  if (name == "sameorigin") return page::Frames::same_origin;
  if (name == "none") return page::Frames::any;
  return fail(Code::invalid, fmt::format("'{:.40}' does not say who may frame the page", text), {}, "--x-frame-options DENY, SAMEORIGIN or NONE");
}

// A folder, or its file URI as MLflow takes it (RFC 8089).
Result<std::string> read_artifact_root(const std::string& text) {
  const auto is_uri = text.starts_with("file:");
  if (!is_uri && !text.contains("://")) return text;
  auto path = std::string_view(text).substr(is_uri ? 5 : 0);
  if (path.starts_with("//localhost/")) path.remove_prefix(11);
  if (path.starts_with("///")) path.remove_prefix(2);
  if (is_uri && path.starts_with('/') && !path.starts_with("//") && !path.contains('%')) return std::string(path);
  return fail(Code::invalid, fmt::format("--artifact-root (or MLFLOW_ARTIFACTS_DESTINATION) '{:.200}' is no folder of this machine", text), {},
              "give a folder, or file:///its/path without percent signs");
}

Result<bool> read_switch(std::string_view key, const std::string& text) {
  if (text.empty() || text == "0" || text == "false") return false;
  if (text == "1" || text == "true") return true;
  return fail(Code::invalid, fmt::format("{} is '{}'", key, text), {}, "true or false");
}

}  // namespace

Result<Listen> read_listen(const std::string& text) {
  auto listen = TRY(parse_listen(text));
  TRY(net::check_listening_host(listen.host));
  return listen;
}

Result<Config> read_config(const std::map<std::string, std::string>& flags) {
  const auto flag_or_environment = [&](std::string_view key) -> std::string {
    if (const auto found = flags.find(std::string(key)); found != flags.end()) return found->second;
    const char* set = std::getenv(environment_name(key).c_str());
    return set ? set : "";
  };

  std::map<std::string, std::string> file;
  if (const auto path = flag_or_environment("config"); !path.empty()) file = TRY(read_config_file(path));
  const auto setting = [&](std::string_view key) {
    const auto strong = flag_or_environment(key);
    return strong.empty() ? file[std::string(key)] : strong;
  };

  Config config;
  if (const auto text = setting("data-dir"); !text.empty()) config.data_dir = text;
  if (const auto text = setting("listen"); !text.empty()) config.listen = TRY(read_listen(text));
  config.database = setting("database");
  if (const auto text = setting("log-level"); !text.empty()) config.log_level = text;
  config.project_file = setting("project-file");
  const auto or_mlflows = [&](std::string_view key, const char* theirs) {
    const auto ours = setting(key);
    const char* set = std::getenv(theirs);
    return !ours.empty() || !set ? ours : set;
  };
  config.artifact_root = TRY(read_artifact_root(or_mlflows("artifact-root", "MLFLOW_ARTIFACTS_DESTINATION")));
  config.allowed_hosts = TRY(read_hosts(or_mlflows("allowed-hosts", "MLFLOW_SERVER_ALLOWED_HOSTS")));
  config.allowed_origins = TRY(read_origins(or_mlflows("cors-allowed-origins", "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS")));
  config.frames = TRY(read_frames(or_mlflows("x-frame-options", "MLFLOW_SERVER_X_FRAME_OPTIONS")));
  config.static_prefix = TRY(read_prefix(or_mlflows("static-prefix", "MLFLOW_STATIC_PREFIX")));
  config.artifacts_only = TRY(read_switch("artifacts-only", or_mlflows("artifacts-only", "MLFLOW_ARTIFACTS_ONLY")));
  return config;
}

}  // namespace gyre::app
