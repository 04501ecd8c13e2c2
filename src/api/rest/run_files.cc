// /runs/:run/files: all that lies below a folder of a run's files, a page at a time
#include "api/rest/run_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "api/rest/wire.h"

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

Result<net::Response> list_files(const Rooms& rooms, const net::Request& request) {
  const auto page = TRY(page_of(request, kMaxPage));
  const auto [root, folder] = TRY(below(rooms, request));
  const auto after = page.cursor.empty() ? std::string() : root + page.cursor;
  auto objects = TRY(rooms.blobs.list(folder, after, static_cast<std::size_t>(page.limit) + 1));
  const auto limit = static_cast<std::size_t>(page.limit);
  std::optional<std::string> next;
  if (objects.size() > limit) next = objects[limit - 1].key.substr(root.size());
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
