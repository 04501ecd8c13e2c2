// /project:apply: a project file, applied to the rooms that it is about
#include "api/rest/routes.h"
#include "api/rest/wire.h"

namespace gyre::rest {
namespace {

// `folder` is where the file stands on this machine: the code of its pipelines is relative to it.
Result<net::Response> apply(const Rooms& rooms, const net::Request& request) {
  const std::filesystem::path folder(TRY(request.required_query("folder")));
  std::error_code error;
  if (!folder.is_absolute()) return fail(Code::invalid, fmt::format("query parameter 'folder' must be an absolute path, not '{:.200}'", folder.string()));
  if (!std::filesystem::is_directory(folder, error))
    return fail(Code::not_found, fmt::format("There is no folder '{:.200}' on the server's machine.", folder.string()));
  const auto applied = TRY(rooms.apply_project(request.body, folder, actor_of(request)));
  Writer writer;
  writer.begin_object();
  strings_field(writer, "repositories", applied.repositories);
  strings_field(writer, "pipelines", applied.pipelines);
  strings_field(writer, "endpoints", applied.endpoints);
  strings_field(writer, "monitors", applied.monitors);
  strings_field(writer, "policies", applied.policies);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_project_routes(net::Router& router, const Rooms& rooms) { add(router, rooms, "POST", "/project:apply", apply); }

}  // namespace gyre::rest
