#include "api/mlflow/settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <regex>

#include "api/mlflow/wire.h"
#include "base/case.h"
#include "tracking/tracking.h"

namespace gyre::mlflow {
namespace {

constexpr auto kTruncate = "MLFLOW_TRUNCATE_LONG_VALUES", kMaxLocation = "MLFLOW_ARTIFACT_LOCATION_MAX_LENGTH",
               kVersionSource = "MLFLOW_CREATE_MODEL_VERSION_SOURCE_VALIDATION_REGEX";
constexpr std::size_t kMaxMatchedBytes = 4096;  // the library's matcher takes stack by the length of what it looks at

using Check = std::function<Result<void>(const Args& args)>;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xc0) != 0x80; }));
}

Result<void> check_length(std::string_view what, std::string_view text, std::size_t most) {
  if (characters(text) <= most) return {};
  return fail(Code::invalid, fmt::format("'{}' exceeds the maximum length of {} characters", what, most));
}

// The values of a list of {"key", "value"}; what is no such list is the handler's to refuse.
Result<void> check_values(const json::Value& list, const std::function<Result<void>(std::size_t n, std::string_view value)>& check) {
  const auto* items = list.if_array();
  if (!items) return {};
  for (std::size_t n = 0; n < items->size(); ++n) TRY(check(n, (*items)[n]["value"].string_or("")));
  return {};
}

Result<void> refuse_long_values(const Args& args) {
  TRY(check_values(args.value()["params"],
                   [](std::size_t, std::string_view value) { return check_length("Param value", value, tracking::kMaxParamCharacters); }));
  return check_values(args.value()["tags"],
                      [](std::size_t n, std::string_view value) { return check_length(fmt::format("tags[{}].value", n), value, tracking::kMaxTagCharacters); });
}

Result<void> refuse_long_param(const Args& args) { return check_length("Param value", args.text("value"), tracking::kMaxParamCharacters); }
Result<void> refuse_long_tag(const Args& args) { return check_length("value", args.text("value"), tracking::kMaxTagCharacters); }

Result<void> check_location(std::int64_t most, const Args& args) {
  if (characters(args.text("artifact_location")) <= static_cast<std::size_t>(most)) return {};
  return fail(Code::invalid,
              fmt::format("Invalid artifact path length. The length of the artifact path cannot be greater than {} characters. To configure this "
                          "limit, please set the {} environment variable.",
                          most, kMaxLocation));
}

Result<void> check_source(const std::regex& allowed, const Args& args) {
  const auto source = args.text("source");
  if (source.empty() || (source.size() <= kMaxMatchedBytes && std::regex_search(source, allowed))) return {};
  return fail(Code::invalid, fmt::format("Invalid model version source: '{:.500}'.", source));
}

// Before the handler, on both prefixes. A body that cannot be read is told by the handler.
void check_first(net::Router& router, std::string_view path, const Check& check) {
  router.wrap([&](std::string_view pattern, const net::Handler& handler) -> net::Handler {
    if (!pattern.ends_with("/2.0/mlflow" + std::string(path))) return handler;
    return [handler, check](const net::Request& request) -> Result<net::Response> {
      if (const auto args = Args::of(request)) TRY(check(*args));
      return handler(request);
    };
  });
}

Result<std::regex> compiled(const std::string& text) try { return std::regex(text); } catch (const std::regex_error& error) {
  return fail(Code::invalid, fmt::format("{} is no regular expression: {:.200}", kVersionSource, text), error.what());
}

}  // namespace

Result<Settings> read_settings() {
  Settings settings;
  const auto truncate = lower(variable(kTruncate));
  if (!truncate.empty() && truncate != "true" && truncate != "false" && truncate != "1" && truncate != "0")
    return fail(Code::invalid, fmt::format("{} is '{:.40}'", kTruncate, truncate), {}, "true or false");
  settings.truncates_long_values = truncate != "false" && truncate != "0";
  if (const auto text = variable(kMaxLocation); !text.empty()) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), settings.max_location);
    if (error != std::errc() || end != text.data() + text.size() || settings.max_location < 1 || settings.max_location > Settings{}.max_location)
      return fail(Code::invalid, fmt::format("{} is '{:.40}'", kMaxLocation, text), {}, fmt::format("a number from 1 to {}", Settings{}.max_location));
  }
  settings.version_source = variable(kVersionSource);
  return settings;
}

Result<void> keep_to(net::Router& router, const Settings& settings) {
  if (!settings.truncates_long_values) {
    check_first(router, "/runs/log-batch", refuse_long_values);
    check_first(router, "/runs/create", refuse_long_values);
    check_first(router, "/runs/log-parameter", refuse_long_param);
    check_first(router, "/runs/set-tag", refuse_long_tag);
  }
  if (settings.max_location < Settings{}.max_location) check_first(router, "/experiments/create", std::bind_front(check_location, settings.max_location));
  if (!settings.version_source.empty()) check_first(router, "/model-versions/create", std::bind_front(check_source, TRY(compiled(settings.version_source))));
  return {};
}

}  // namespace gyre::mlflow
