#include "base/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"
#include "base/json_writer.h"

namespace gyre::log {
namespace {

spdlog::level::level_enum to_spdlog(Level level) {
  switch (level) {
    case Level::debug:
      return spdlog::level::debug;
    case Level::info:
      return spdlog::level::info;
    case Level::warn:
      return spdlog::level::warn;
    case Level::error:
      return spdlog::level::err;
  }
  std::unreachable();
}

std::string_view to_word(Level level) {
  constexpr std::string_view kWords[] = {"debug", "info", "warn", "error"};
  return kWords[static_cast<int>(level)];
}

std::shared_ptr<spdlog::logger>& logger() {
  static auto made = [] {
    auto fresh = std::make_shared<spdlog::logger>("gyre", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    fresh->set_pattern("%v");
    return fresh;
  }();
  return made;
}

}  // namespace

bool is_on(Level level) { return logger()->should_log(to_spdlog(level)); }

void write(Level level, std::string_view message, std::initializer_list<Field> fields) {
  const auto at = to_spdlog(level);
  if (!logger()->should_log(at)) return;
  json::Writer line;
  line.begin_object();
  line.field("time", to_iso(RealClock().now_ms()));
  line.field("level", to_word(level));
  line.field("message", message);
  for (const auto& [name, value] : fields) line.field(name, value);
  line.end_object();
  logger()->log(at, "{}", line.text());
}

void report(Level level, std::string_view doing, const Error& error) {
  write(level, doing, {{"code", std::string(to_string(error.code))}, {"error", error.message}, {"detail", error.detail}});
}

Result<void> configure(Level level, const std::string& file) try {
  if (!file.empty()) {
    logger() = std::make_shared<spdlog::logger>("gyre", std::make_shared<spdlog::sinks::basic_file_sink_mt>(file));
    logger()->set_pattern("%v");
  }
  logger()->set_level(to_spdlog(level));
  logger()->flush_on(spdlog::level::info);
  return {};
} catch (const spdlog::spdlog_ex& broken) {
  return fail(Code::unavailable, "cannot write the log to '" + file + "'", broken.what(), "choose a writable path");
}

}  // namespace gyre::log
