// /events: what happens, as it happens
#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

constexpr std::size_t kMaxTopics = 64;

// A browser that comes back tells the last event that it saw; one that it cannot tell is as good as none.
Result<std::optional<std::int64_t>> last_seen(const net::Request& request) {
  const auto text = request.header("Last-Event-ID").value_or("");
  if (text.empty()) return std::nullopt;
  const auto seen = Page{.limit = 1, .cursor = std::string(text)}.offset();
  if (!seen)
    return fail(Code::invalid, fmt::format("the header Last-Event-ID is not the id of an event: '{:.40}'", text), {},
                "leave it out to begin with what comes next");
  return *seen;
}

std::string resync_event(TimeMs now_ms) {
  Writer writer;
  writer.begin_object();
  writer.field("seq", 0);
  writer.field("topic", "resync");
  writer.field("subject", "");
  time_field(writer, "at", now_ms);
  writer.key("payload");
  writer.raw("{}");
  writer.end_object();
  return writer.take();
}

Result<net::Response> watch(const Rooms& rooms, const net::Request& request) {
  auto topics = query_list(request, "topics");
  if (topics.size() > kMaxTopics)
    return fail(Code::invalid, fmt::format("query parameter 'topics' names {} topics; at most {} are taken", topics.size(), kMaxTopics), {},
                "a shorter prefix takes several: `run.`");
  if (topics.empty()) topics.emplace_back();
  net::Response response;
  response.body = net::EventStream{.topics = std::move(topics), .last_event_id = TRY(last_seen(request)), .resync = resync_event(rooms.clock.now_ms())};
  return response;
}

}  // namespace

void add_event_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/events", watch); }

}  // namespace gyre::rest
