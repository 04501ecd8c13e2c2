// mlflow-artifacts/*: files through the server, by their path below the root of all
#include "api/mlflow/artifact_rooms.h"
#include "api/mlflow/files.h"
#include "api/mlflow/put_terms.h"
#include "api/mlflow/routes.h"
#include "net/digest_fields.h"
#include "storage/blob/known.h"

namespace gyre::mlflow {
namespace {

Result<net::Response> put(const ArtifactRooms& rooms, const net::Request& request) {
  const auto key = TRY(tracking::artifact_key(request.parameter("path")));
  TRY(check_whole(request));
  TRY(check_owner(rooms, key));
  if (const auto stands = check_preconditions(rooms.blobs, request, key); !stands) return precondition_answer(stands.error());
  if (TRY(begins_resumable(request))) return begin_resumable(rooms, request, key);
  auto announced = TRY(AnnouncedSource::of(request, rooms.blobs, key));
  CheckedSource source(announced, TRY(net::announced_digests(request)));
  const auto kept = rooms.blobs.put(key, source);
  if (const auto& failed = announced.failed_precondition()) return precondition_answer(*failed);
  TRY(kept);
  TRY(take_back_of_none(rooms, key));
  const auto sha256 = blob::known_sha256(rooms.blobs, key);
  return net::Response{.content_type = "", .headers = sha256 ? content_headers(*sha256) : net::Headers(), .body = "", .content_length = {}};
}

Result<net::Response> get(blob::Store& blobs, const net::Request& request) {
  return file_reply(blobs, request, TRY(tracking::artifact_key(request.parameter("path"))));
}

Result<net::Response> list(blob::Store& blobs, const net::Request& request) {
  const auto path = request.query_text("path").value_or("");
  Writer writer;
  writer.begin_object();
  TRY(write_files(writer, blobs, path.empty() ? "artifacts" : TRY(tracking::artifact_key(path)), ""));
  writer.end_object();
  return reply(writer);
}

Result<net::Response> remove(blob::Store& blobs, const net::Request& request) {
  const auto key = TRY(tracking::artifact_key(request.parameter("path")));
  TRY(blobs.remove(key));
  for (auto objects = TRY(blobs.list(key + "/", "", blob::kMaxListed)); !objects.empty(); objects = TRY(blobs.list(key + "/", "", blob::kMaxListed))) {
    for (const auto& object : objects) TRY(blobs.remove(object.key));
  }
  return empty_reply();
}

}  // namespace

Result<void> check_owner(const ArtifactRooms& rooms, std::string_view key) { return rooms.check_owner ? rooms.check_owner(key) : Result<void>(); }

Result<void> take_back_of_none(const ArtifactRooms& rooms, const std::string& key) {
  auto there = check_owner(rooms, key);
  if (!there && there.error().code == Code::not_found) TRY(rooms.blobs.remove(key));
  return there;
}

void add_artifact_routes(net::Router& router, const ArtifactRooms& rooms) {
  using std::bind_front, std::ref;
  auto& blobs = rooms.blobs;
  for (const std::string prefix : kArtifactPrefixes) {
    router.add("PUT", prefix + "/artifacts/*path", bind_front(put, rooms), to_response, {.body = net::BodyMode::stream});
    router.add("GET", prefix + "/artifacts/*path", bind_front(get, ref(blobs)), to_response);
    router.add("DELETE", prefix + "/artifacts/*path", bind_front(remove, ref(blobs)), to_response);
    router.add("GET", prefix + "/artifacts", bind_front(list, ref(blobs)), to_response);
  }
  add_multipart_routes(router, rooms);
  add_resumable_routes(router, rooms);
}

}  // namespace gyre::mlflow
