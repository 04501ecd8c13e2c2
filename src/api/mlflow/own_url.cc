#include "api/mlflow/own_url.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::mlflow {
namespace {

// The first of a list, which is the outermost proxy's; nothing that could break out of a URL or a header.
std::string_view forwarded(const net::Request& request, std::string_view name, std::string_view allowed) {
  auto value = request.header(name).value_or("");
  value = value.substr(0, value.find(','));
  while (value.ends_with(' ')) value.remove_suffix(1);
  const auto sane = [&](char c) { return std::isalnum(static_cast<unsigned char>(c)) || allowed.contains(c); };
  return std::ranges::all_of(value, sane) ? value : std::string_view();
}

}  // namespace

std::string own_path(const net::Request& request, std::string_view prefix, std::string_view path) {
  auto outer = forwarded(request, "X-Forwarded-Prefix", "/._~-");
  while (outer.ends_with('/')) outer.remove_suffix(1);
  const bool usable = outer.starts_with('/') && !outer.starts_with("//");
  return fmt::format("{}{}{}", usable ? outer : "", prefix, path);
}

std::string own_url(const net::Request& request, std::string_view prefix, std::string_view path) {
  const auto outer = forwarded(request, "X-Forwarded-Host", ".-:[]");
  const bool secure = forwarded(request, "X-Forwarded-Proto", "") == "https";
  return fmt::format("{}://{}{}", secure ? "https" : "http", outer.empty() ? request.header("Host").value_or("") : outer, own_path(request, prefix, path));
}

}  // namespace gyre::mlflow
