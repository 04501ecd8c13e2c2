#include "net/hold.h"

#include <charconv>

namespace gyre::net {
namespace {

constexpr std::string_view kTopic = "Gyre-Hold-Topic", kAbout = "Gyre-Hold-About", kWait = "Gyre-Hold-Ms";

std::string take(Headers& headers, std::string_view name) {
  const auto found = headers.find(name);
  if (found == headers.end()) return {};
  auto value = std::move(found->second);
  headers.erase(found);
  return value;
}

}  // namespace

void hold(Response& response, const Hold& hold) {
  response.headers.emplace(kTopic, hold.topic);
  response.headers.emplace(kAbout, hold.about);
  response.headers.emplace(kWait, std::to_string(hold.wait_ms));
}

std::optional<Hold> take_hold(Response& response) {
  if (response.headers.empty() || !response.headers.contains(kWait)) return std::nullopt;
  Hold hold{take(response.headers, kTopic), take(response.headers, kAbout), 0};
  const auto wait = take(response.headers, kWait);
  std::from_chars(wait.data(), wait.data() + wait.size(), hold.wait_ms);
  return hold;
}

}  // namespace gyre::net
