#include "genai/store.h"

#include <fmt/format.h>

#include <charconv>

#include "base/hash.h"
#include "tracking/names.h"
#include "tracking/presence.h"

namespace gyre::genai {

Result<std::int64_t> experiment_number(std::string_view id) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), number);
  if (!id.empty() && error == std::errc() && end == id.data() + id.size()) return number;
  return fail(Code::invalid, fmt::format("Invalid experiment ID '{:.80}'. Experiment ID must be a valid integer.", id));
}

Result<void> check_experiment(sql::Tx& tx, std::int64_t experiment, std::string_view id) {
  if (TRY(tracking::has_experiment(tx, experiment))) return {};
  return fail(Code::not_found, fmt::format("No Experiment with id={:.80}", id));
}

Result<void> check_text(std::string_view what, std::string_view text, std::size_t most) {
  if (text.contains('\0')) return fail(Code::invalid, fmt::format("'{}' cannot hold a NUL byte", what));
  return tracking::check_length(what, text, most);
}

Result<void> check_page(std::int64_t limit, std::int64_t most) {
  if (limit < 1) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer", limit));
  if (limit > most) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be at most {}", limit, most));
  return {};
}

std::string digest_of(std::string_view name, TimeMs at_ms) {
  constexpr std::size_t kDigits = 8;
  return sha256_hex(fmt::format("{}:{}", name, at_ms)).substr(0, kDigits);
}

Result<std::int64_t> Service::active_experiment(std::string_view id) {
  const auto number = TRY(experiment_number(id));
  const auto experiment = TRY(tracking_.experiment(id));
  if (experiment.lifecycle == "active") return number;
  return fail(Code::invalid, fmt::format("The experiment {} must be in the 'active' state. Current state is {}.", id, experiment.lifecycle));
}

}  // namespace gyre::genai
