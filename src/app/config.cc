#include "app/config.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <span>

#include "base/file.h"
#include "base/yaml.h"
#include "net/server.h"

namespace gyre::app {
namespace {

constexpr std::string_view kKeys[] = {"data-dir", "listen", "database", "artifact-root", "log-level", "project-file"};

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
    settings[name] = value.if_int() ? std::to_string(*value.if_int()) : value.string_or("");
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
  config.artifact_root = setting("artifact-root");
  if (const auto text = setting("log-level"); !text.empty()) config.log_level = text;
  config.project_file = setting("project-file");
  return config;
}

}  // namespace gyre::app
