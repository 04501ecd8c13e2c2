#include "app/cli/run_ref.h"

#include <fmt/format.h>

#include "app/cli/view.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kRunIdDigits = 32, kLeastPrefix = 6;

Invocation every_row() {
  Invocation every;
  every.options["all"] = "1";
  return every;
}

std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? "''" : std::string(1, c);
  return out + "'";
}

}  // namespace

Result<std::string> experiment_id(Remote& remote, const std::string& name) {
  if (name.empty()) return name;
  std::vector<std::string> names;
  for (const auto& row : TRY(list(remote, "/api/v1/experiments", {}, every_row())).rows) {
    if (row["id"].string_or("") == name || row["name"].string_or("") == name) return row["id"].string_or("");
    names.push_back(row["name"].string_or(""));
  }
  return fail(Code::not_found, fmt::format("there is no experiment '{}'", name), {},
              names.empty() ? "gyre exp ls lists them" : "nearest: " + nearest(name, names));
}

Result<std::string> run_id(Remote& remote, const std::string& given) {
  const auto name = without_kind(given, "run");
  const bool hex = name.find_first_not_of("0123456789abcdef") == std::string::npos;
  if (hex && name.size() == kRunIdDigits) return name;
  Invocation one;
  one.options["limit"] = "1";
  const auto find = [&](const std::string& filter) -> Result<std::string> {
    const auto found = TRY(list(remote, "/api/v1/runs", {{"filter", filter}}, one));
    return found.rows.empty() ? std::string() : found.rows[0]["id"].string_or("");
  };
  auto id = TRY(find(fmt::format("attributes.run_name = {}", quoted(name))));
  if (id.empty() && hex && name.size() >= kLeastPrefix) id = TRY(find(fmt::format("attributes.run_id LIKE '{}%'", name)));
  if (!id.empty()) return id;
  return fail(Code::not_found, fmt::format("there is no run '{}'", name), {}, "gyre run ls lists them");
}

}  // namespace gyre::cli
