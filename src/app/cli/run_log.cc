// gyre run log: points of metrics, from a shell or a script.
#include <fmt/format.h>

#include <charconv>

#include "app/cli/run.h"
#include "app/cli/run_ref.h"

namespace gyre::cli {
namespace {

// A number as it was written: a whole one within 64 bits stays whole, and NaN and infinities are words, as in JSON.
Result<json::Value> number(std::string_view text, std::string_view what) {
  std::int64_t whole = 0;
  if (const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), whole); error == std::errc() && end == text.data() + text.size())
    return json::Value(whole);
  if (text == "NaN" || text == "Infinity" || text == "-Infinity") return json::Value(text);
  double real = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), real);
  if (error == std::errc() && end == text.data() + text.size() && real - real == 0) return json::Value(real);
  return fail(Code::invalid, fmt::format("{} is no number: '{:.40}'", what, text), {}, "0.25, 1e-3; a value may be NaN, Infinity or -Infinity");
}

// "KEY=VALUE".
Result<json::Value> point(const std::string& text, const Invocation& call) {
  const auto sign = text.find('=');
  if (sign == std::string::npos || sign == 0) return fail(Code::invalid, fmt::format("'{:.80}' is not KEY=VALUE", text), {}, "gyre run log RUN loss=0.31");
  json::Value point = json::Object{};
  point.set("key", text.substr(0, sign));
  point.set("value", TRY(number(std::string_view(text).substr(sign + 1), fmt::format("the value of {:.80}", text.substr(0, sign)))));
  if (call.has("step")) point.set("step", TRY(number(call.option("step"), "--step")));
  if (call.has("time")) point.set("timestamp", call.option("time"));
  return point;
}

}  // namespace

Result<int> log_points(const Invocation& call) {
  json::Array points;
  for (const auto& text : call.list("points")) points.push_back(TRY(point(text, call)));
  Remote remote(call);
  const auto id = TRY(run_id(remote, call, Several::refuse));
  json::Value body = json::Object{};
  body.set("metrics", points);
  const auto logged = TRY(remote.post(api("runs", id, "metrics"), body))["logged"].int_or(0);
  if (logged != static_cast<std::int64_t>(points.size()))
    return fail(Code::internal, fmt::format("{} points were sent, and the server tells of {}", points.size(), logged), {}, "is that a Gyre server?");
  json::Value done = json::Object{};
  done.set("object", json::Object{{"ref", "run:" + id}});
  done.set("text", fmt::format("{} {} logged", logged, logged == 1 ? "point is" : "points are"));
  return print_done(call, done);
}

}  // namespace gyre::cli
