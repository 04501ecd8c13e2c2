// mlflow-artifacts/mpu/*: a large file in parts, which may come side by side; mlflow-artifacts/presigned: its way back.
#include "api/mlflow/artifact_rooms.h"
#include "api/mlflow/files.h"
#include "api/mlflow/own_url.h"
#include "api/mlflow/put_terms.h"
#include "api/mlflow/routes.h"
#include "net/digest_fields.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxNamedPartsBytes = 16 << 20;  // of the body that completes: 10,000 parts with what clients say of each

// The URL names the folder, the body the file as it was called where it came from.
Result<std::string> target_key(const net::Request& request, const Args& args) {
  auto name = args.text("path");
  name.erase(0, name.find_last_of("/\\") + 1);
  TRY(tracking::artifact_key(request.parameter("folder")));
  TRY(tracking::artifact_key(name));  // "a/" and "" name no file
  return tracking::artifact_key(fmt::format("{}/{}", request.parameter("folder"), name));
}

Result<net::Response> create(const ArtifactRooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"path", Kind::text, kRequired}, {"num_parts", Kind::whole}}));
  const auto key = TRY(target_key(request, args));
  TRY(check_owner(rooms, key));
  const auto upload = TRY(rooms.uploads.begin_parts(key, TRY(args.integer("num_parts", 1)), request.client));
  const auto url = own_url(request, rooms.prefix, fmt::format("{}/mpu/parts/{}", kArtifactPrefixes[0], upload.id));
  Writer writer;
  writer.begin_object();
  writer.field("upload_id", upload.id);
  writer.key("credentials");
  writer.begin_array();
  for (std::int64_t number = 1; number <= upload.parts; ++number) {
    writer.begin_object();
    writer.field("url", fmt::format("{}/{}", url, number));
    writer.field("part_number", number);
    writer.key("headers");
    writer.begin_object();
    writer.end_object();
    writer.end_object();
  }
  writer.end_array();
  writer.end_object();
  return reply(writer);
}

Result<net::Response> put_part(const ArtifactRooms& rooms, const net::Request& request) {
  const auto number = TRY(to_integer(json::Value(std::string(request.parameter("number"))), "part_number"));
  TRY(check_whole(request));
  CheckedSource source(*request.stream, TRY(net::announced_digests(request)));
  const auto part = TRY(rooms.uploads.put_part(request.parameter("upload"), number, source));
  return net::Response{.content_type = "", .headers = content_headers(part.sha256), .body = "", .content_length = {}};
}

Result<std::vector<artifacts::NamedPart>> named_parts(const Args& args) {
  std::vector<artifacts::NamedPart> named;
  for (const auto& part : *TRY(args.list("parts"))) {
    if (!part.if_object()) return wrong_type(part, "parts");
    const auto* number = part.find("part_number");
    const auto* etag = part.find("etag");
    if (!number) return missing("part_number");
    if (!etag || !etag->if_string()) return missing("etag");
    std::string_view hash = *etag->if_string();
    if (hash.size() > 1 && hash.starts_with('"') && hash.ends_with('"')) hash = hash.substr(1, hash.size() - 2);
    named.push_back({TRY(to_integer(*number, "part_number")), std::string(hash)});
  }
  return named;
}

// Joining takes as long as a copy: it is a transfer's work, and no worker's.
Result<net::Response> complete(const ArtifactRooms& rooms, const net::Request& arriving) {
  auto request = arriving;
  auto body = read_all(*arriving.stream, kMaxNamedPartsBytes);
  if (!body && body.error().code == Code::exhausted)
    return refusal(413, "INVALID_PARAMETER_VALUE",
                   fmt::format("the body is larger than {} bytes: name each part by its number and ETag alone", kMaxNamedPartsBytes));
  request.body = TRY(std::move(body));
  const auto args = TRY(Args::of(request, {{"path", Kind::text, kRequired}, {"upload_id", Kind::text, kRequired}, {"parts", Kind::list, kRequired}}));
  const auto key = TRY(target_key(request, args));
  TRY(check_owner(rooms, key));
  TRY(rooms.uploads.complete(args.text("upload_id"), key, TRY(named_parts(args))));
  TRY(take_back_of_none(rooms, key));
  return empty_reply();
}

Result<net::Response> abort(const ArtifactRooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"path", Kind::text, kRequired}, {"upload_id", Kind::text, kRequired}}));
  const auto key = TRY(target_key(request, args));
  const auto upload = TRY(rooms.uploads.find(args.text("upload_id")));
  if (upload.key != key) return fail(Code::not_found, fmt::format("there is no upload '{:.80}' of this file", upload.id));
  if (upload.state == artifacts::Upload::State::open) TRY(rooms.uploads.abort(upload.id));
  return empty_reply();
}

// RFC 3986: all but unreserved characters and slashes.
std::string path_in_url(std::string_view path) {
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    out += std::isalnum(byte) || std::string_view("-._~/").contains(c) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return out;
}

// The file is fetched from here in ranges, side by side.
Result<net::Response> presigned(const ArtifactRooms& rooms, const net::Request& request) {
  const auto path = request.parameter("path");
  const auto object = rooms.blobs.stat(TRY(tracking::artifact_key(path)));
  if (!object && object.error().code == Code::not_found) return fail(Code::not_found, fmt::format("No such artifact: '{}'", path));
  const auto size_bytes = TRY(object).size_bytes;
  Writer writer;
  writer.begin_object();
  writer.field("url", own_url(request, rooms.prefix, fmt::format("{}/artifacts/{}", kArtifactPrefixes[0], path_in_url(path))));
  writer.key("headers");
  writer.begin_object();
  writer.end_object();
  writer.field("file_size", size_bytes);
  writer.end_object();
  return reply(writer);
}

}  // namespace

void add_multipart_routes(net::Router& router, const ArtifactRooms& rooms) {
  using std::bind_front;
  for (const std::string prefix : kArtifactPrefixes) {
    router.add("POST", prefix + "/mpu/create/*folder", bind_front(create, rooms), to_response);
    router.add("PUT", prefix + "/mpu/parts/:upload/:number", bind_front(put_part, rooms), to_response, {.body = net::BodyMode::stream});
    router.add("POST", prefix + "/mpu/complete/*folder", bind_front(complete, rooms), to_response, {.body = net::BodyMode::stream});
    router.add("POST", prefix + "/mpu/abort/*folder", bind_front(abort, rooms), to_response);
    router.add("GET", prefix + "/presigned/*path", bind_front(presigned, rooms), to_response);
  }
}

}  // namespace gyre::mlflow
