#include "api/mlflow/pages.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/base64.h"

namespace gyre::mlflow {

std::string page_token(std::int64_t offset) { return base64(fmt::format(R"({{"offset": {}}})", offset)); }

Result<std::int64_t> page_offset(const Args& args) {
  const auto token = args.text("page_token");
  if (token.empty()) return 0;
  const auto decoded = token.size() % 4 == 0 ? unbase64(token) : std::nullopt;
  if (!decoded) return fail(Code::invalid, "Invalid page token, could not base64-decode");
  const auto value = json::parse(*decoded);
  if (!value || !(*value)["offset"].if_int()) return fail(Code::invalid, fmt::format("Invalid page token, decoded value={}", *decoded));
  return std::max<std::int64_t>(0, (*value)["offset"].int_or(0));
}

Result<void> check_page_size(std::int64_t size, std::int64_t most) {
  if (size < 1) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer", size));
  if (size > most) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be at most {}", size, most));
  return {};
}

}  // namespace gyre::mlflow
