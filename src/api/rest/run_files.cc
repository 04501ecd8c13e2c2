// /runs/:run/files: all that lies below a folder of a run's files, a page at a time
#include "api/rest/run_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/rest/wire.h"
#include "base/base64.h"

namespace gyre::rest {
namespace {

struct Below {
  std::string root;    // of the run's files in the store
  std::string folder;  // below it
};

Result<Below> below(const Rooms& rooms, const net::Request& request) {
  const auto uri = TRY(rooms.tracking.run(request.parameter("run"))).info.artifact_uri;
  if (!uri.starts_with(tracking::kArtifactScheme)) return fail(Code::invalid, fmt::format("the files of this run are not here, but at {}", uri));
  const auto root = TRY(tracking::artifact_key(uri));
  const auto under = request.query_text("under").value_or("");
  return Below{root + "/", (under.empty() ? root : TRY(tracking::artifact_key(fmt::format("{}/{}", uri, under)))) + "/"};
}

constexpr std::string_view kBehind = "behind ";  // what a cursor says, in hexadecimal digits: the last file that was told, below the root

std::string cursor_behind(std::string_view path) { return to_hex(fmt::format("{}{}", kBehind, path)); }

// Where the next page begins; "": with the first file.
Result<std::string> place_of(std::string_view cursor, const Below& below) {
  if (cursor.empty()) return "";
  const auto text = from_hex(cursor).value_or("");
  auto key = text.starts_with(kBehind) ? below.root + text.substr(kBehind.size()) : std::string();
  if (key.starts_with(below.folder)) return key;
  return fail(Code::invalid, fmt::format("'{:.80}' is no cursor of this list", cursor), {},
              "give back the cursor of the page before it; leave it out for the first");
}

Result<net::Response> list_files(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request, kMaxPage));
  const auto place = TRY(below(rooms, request));
  const auto& root = place.root;
  auto objects = TRY(rooms.blobs.list(place.folder, TRY(place_of(page.cursor, place)), static_cast<std::size_t>(page.limit) + 1));
  const auto limit = static_cast<std::size_t>(page.limit);
  std::optional<std::string> next;
  if (objects.size() > limit) next = cursor_behind(std::string_view(objects[limit - 1].key).substr(root.size()));
  objects.resize(std::min(objects.size(), limit));
  Writer writer;
  writer.begin_object();
  cursor_field(writer, next);
  writer.key("rows");
  writer.begin_array();
  for (const auto& object : objects) {
    writer.begin_object();
    writer.field("path", valid_utf8(tracking::artifact_name(std::string_view(object.key).substr(root.size()))));
    writer.field("bytes", object.size_bytes);
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_run_file_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "GET", "/runs/:run/files", list_files); }

}  // namespace gyre::rest
