// /projects/{project}/timeline: what happened, newest first
#include <algorithm>

#include "api/rest/flags.h"
#include "api/rest/home.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

// "<time>.<n>": n of the marks at that very moment have been shown. What happens meanwhile does not move the pages.
struct TimelineCursor {
  TimeMs at_ms = INT64_MAX;
  std::size_t shown = 0;
};

Result<TimelineCursor> timeline_cursor(const Page& page) {
  if (page.cursor.empty()) return TimelineCursor{};
  const auto dot = page.cursor.find('.');
  const auto number = [&](std::string text) { return Page{.limit = 1, .cursor = std::move(text)}.offset(); };
  if (dot == std::string::npos)
    return fail(Code::invalid, "query parameter 'cursor' is not one that this list gave", {}, "take it from the page before, as it stands there");
  return TimelineCursor{TRY(number(page.cursor.substr(0, dot))), static_cast<std::size_t>(TRY(number(page.cursor.substr(dot + 1))))};
}

Result<net::Response> get_timeline(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request));
  const auto from = TRY(timeline_cursor(page));
  FlagQuery query{.from_ms = TRY(query_time(request, "from", 0)),
                  .to_ms = TRY(query_time(request, "to", INT64_MAX)),
                  .about = std::string(request.query_text("about").value_or("")),
                  .kinds = query_list(request, "kinds"),
                  .limit = kMaxFlags};
  const auto all = TRY(find_flags(rooms, query));
  auto at = std::ranges::find_if(all, [&](const Flag& flag) { return flag.at_ms <= from.at_ms; });
  for (std::size_t skipped = 0; skipped < from.shown && at != all.end() && at->at_ms == from.at_ms; ++skipped) ++at;
  const std::vector<Flag> rows(at, at + std::min<std::ptrdiff_t>(page.limit, all.end() - at));
  std::optional<std::string> next;
  if (at + static_cast<std::ptrdiff_t>(rows.size()) != all.end()) {
    const auto last_ms = rows.back().at_ms;
    const auto shown = std::ranges::count(rows, last_ms, &Flag::at_ms) + (last_ms == from.at_ms ? static_cast<std::ptrdiff_t>(from.shown) : 0);
    next = fmt::format("{}.{}", last_ms, shown);
  }
  return list_reply(static_cast<std::int64_t>(all.size()), next, rows, [](Writer& writer, const Flag& flag) { write(writer, flag); });
}

}  // namespace

void add_timeline_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/projects/:project/timeline", get_timeline); }

}  // namespace gyre::rest
