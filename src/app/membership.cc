#include "app/membership.h"

#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/id.h"
#include "base/log.h"

namespace gyre::app {
namespace {

constexpr std::size_t kMaxHostBytes = 64, kRandomCharacters = 8, kMaxNameBytes = 200;

// Told to people where something is another server's, so it says the machine.
std::string make_name() {
  char host[kMaxHostBytes + 1] = {};
  const bool known = ::gethostname(host, kMaxHostBytes) == 0;
  const auto id = make_id("");
  return fmt::format("{}-{}", known ? host : "server", id.substr(id.size() - kRandomCharacters));
}

Result<std::string> name_in(const std::filesystem::path& data_dir) {
  const auto file = data_dir / "server";
  std::error_code error;
  if (std::filesystem::exists(file, error)) {
    auto name = TRY(read_file(file, kMaxNameBytes));
    if (!name.empty()) return name;
  }
  auto name = make_name();
  TRY(write_file_durably(file, name));
  return name;
}

}  // namespace

Result<std::unique_ptr<Membership>> Membership::join(sql::Db& db, const Clock& clock, const std::filesystem::path& data_dir) {
  auto name = TRY(name_in(data_dir));
  return std::unique_ptr<Membership>(new Membership(db, clock, std::move(name)));
}

Membership::Membership(sql::Db& db, const Clock& clock, std::string server)
    : clock_(clock),
      server_(std::move(server)),
      deliveries_(db, "deliveries", server_),
      pipelines_(db, "pipelines", server_, {.ttl_ms = kGoneMs}),
      home_(db, "home", server_, {.ttl_ms = kGoneMs, .asks_again = false}) {}

// A failure here is one of the duties too, which tell it.
void Membership::hold_all() {
  for (auto* lease : {&deliveries_, &pipelines_, &home_}) (void)lease->hold(clock_.now_ms());
}

void Membership::start() {
  thread_ = std::thread([this] {
    const auto is_over = [](bool stopping) { return stopping; };
    do hold_all();
    while (!stopping_.wait_for(std::chrono::milliseconds(kBeatMs), is_over, is_over));
  });
}

void Membership::leave() {
  stopping_.with([](bool& stopping) { stopping = true; });
  stopping_.notify_all();
  if (thread_.joinable()) thread_.join();
  if (const auto released = deliveries_.release(); !released)
    log::report(log::Level::warn, "the deliveries are not handed over now; others take them when their time is over", released.error());
}

}  // namespace gyre::app
