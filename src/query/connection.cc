#include "query/connection.h"

#include <algorithm>

namespace gyre::query {
namespace {

constexpr std::size_t kMaxMessageBytes = 600;
constexpr auto kLookEach = std::chrono::milliseconds(50);

}  // namespace

std::string trimmed(std::string_view message) {
  const auto end = message.find("\n\nLINE ");
  return std::string(message.substr(0, std::min({end, message.size(), kMaxMessageBytes})));
}

Result<void> Connection::execute(const std::string& sql) {
  duckdb_result result;
  const bool failed = api_.duckdb_query(raw_, sql.c_str(), &result) == DuckDBError;
  const std::string why = failed ? trimmed(api_.duckdb_result_error(&result)) : "";
  api_.duckdb_destroy_result(&result);
  if (failed) return fail(Code::invalid, why);
  return {};
}

Supervisor::Supervisor(const DuckdbApi& api, duckdb_connection connection, const Call& call) : api_(api), connection_(connection), call_(call) {
  if (call.cancelled || call.progress) thread_ = std::thread([this] { watch(); });
}

Supervisor::~Supervisor() {
  done_.with([](bool& done) { done = true; });
  done_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Supervisor::watch() {
  const auto is_done = [](bool done) { return done; };
  while (!done_.wait_for(kLookEach, is_done, is_done)) {
    if (call_.progress) call_.progress(std::max(0.0, api_.duckdb_query_progress(connection_).percentage));
    if (call_.cancelled && call_.cancelled()) {
      interrupted_ = true;
      api_.duckdb_interrupt(connection_);
    }
  }
}

}  // namespace gyre::query
