// Uploads that are taken up where they were cut: "Resumable Uploads for HTTP" (IETF, draft-ietf-httpbis-resumable-upload) on artifacts.
#include "api/mlflow/artifact_rooms.h"
#include "api/mlflow/encode.h"
#include "api/mlflow/own_url.h"
#include "api/mlflow/put_terms.h"
#include "api/mlflow/routes.h"
#include "base/base64.h"
#include "net/digest_fields.h"

namespace gyre::mlflow {
namespace {

constexpr std::string_view kPartial = "application/partial-upload";
constexpr std::string_view kProblems = "https://iana.org/assignments/http-problem-types#";

Result<bool> truth_field(const net::Request& request, std::string_view name) {
  const auto value = request.header(name).value_or("");
  if (value == "?1" || value == "?0") return value == "?1";
  return fail(Code::invalid, fmt::format("{} must be ?1 or ?0", name), {}, "?1 where this request ends the upload, ?0 where more comes");
}

net::Response state_reply(int status, const artifacts::Upload& upload) {
  net::Response response{.status = status, .content_type = "", .headers = {}, .body = std::string(), .content_length = {}};
  response.headers.emplace("Upload-Complete", upload.state == artifacts::Upload::State::done ? "?1" : "?0");
  response.headers.emplace("Upload-Offset", std::to_string(upload.bytes));
  if (upload.total_bytes) response.headers.emplace("Upload-Length", std::to_string(*upload.total_bytes));
  response.headers.emplace("Upload-Limit",
                           fmt::format("max-size={}, max-age={}", artifacts::kMaxFileBytes, artifacts::Limits{}.abandoned_after_ms / kSecondMs));
  response.headers.emplace("Cache-Control", "no-store");
  return response;
}

net::Response problem(int status, std::string_view type, std::string_view title, const artifacts::Upload& upload, std::int64_t provided) {
  Writer writer;
  writer.begin_object();
  writer.field("type", fmt::format("{}{}", kProblems, type));
  writer.field("title", title);
  writer.field("expected-offset", upload.bytes);
  writer.field("provided-offset", provided);
  writer.end_object();
  auto response = state_reply(status, upload);
  response.content_type = "application/problem+json";
  response.body = writer.take();
  return response;
}

// What is compared when the whole is there. One of an algorithm that is not known here is passed over.
Result<artifacts::StreamTerms> terms_of(const net::Request& request) {
  artifacts::StreamTerms terms{.total_bytes = TRY(number_field(request, "Upload-Length")), .client = request.client};
  for (const auto& announced : TRY(net::announced_digests(request, "Repr-Digest"))) {
    auto& wanted = announced.kind == DigestKind::sha512 ? terms.sha512 : terms.sha256;
    auto digest = to_hex(announced.bytes);
    if (!wanted.empty() && wanted != digest) return fail(Code::invalid, fmt::format("Repr-Digest tells two different {}", to_string(announced.kind)));
    wanted = std::move(digest);
  }
  return terms;
}

Result<std::vector<AnnouncedDigest>> digests_of_these_bytes(const net::Request& request) {
  auto announced = TRY(net::announced_digests(request, "Content-Digest"));
  for (auto& md5 : TRY(net::announced_digests(request, "Content-MD5"))) announced.push_back(std::move(md5));
  return announced;
}

net::Response stands_elsewhere(const artifacts::Upload& upload, std::int64_t offset) {
  const auto title = fmt::format("the upload stands at byte {}, and not at {}", upload.bytes, offset);
  return problem(409, "mismatching-upload-offset", title, upload, offset);
}

Result<net::Response> tell(const ArtifactRooms& rooms, const net::Request& request) {
  return state_reply(204, TRY(rooms.uploads.find(request.parameter("upload"))));
}

Result<net::Response> append(const ArtifactRooms& rooms, const net::Request& request) {
  const auto id = request.parameter("upload");
  const auto type = request.header("Content-Type").value_or("");
  if (type.substr(0, type.find(';')) != kPartial) return refusal(415, "INVALID_PARAMETER_VALUE", fmt::format("Content-Type must be {}", kPartial));
  const auto offset = TRY(number_field(request, "Upload-Offset"));
  if (!offset) return fail(Code::invalid, "Upload-Offset is missing: where do these bytes begin?", {}, "HEAD on the upload tells where to go on");
  const bool last = TRY(truth_field(request, "Upload-Complete"));
  CheckedSource source(*request.stream, TRY(digests_of_these_bytes(request)));

  auto upload = TRY(rooms.uploads.find(id));
  if (*offset != upload.bytes) return stands_elsewhere(upload, *offset);
  if (upload.state == artifacts::Upload::State::done) {  // the answer that said so may have been lost
    if (last && TRY(request.stream->read(1)).empty()) return state_reply(200, upload);
    return problem(400, "completed-upload", "the upload is complete", upload, *offset);
  }
  TRY(check_owner(rooms, upload.key));
  auto appended = rooms.uploads.append(id, *offset, source);
  if (!appended && appended.error().code == Code::conflict) {  // another request has gone on from there meanwhile
    upload = TRY(rooms.uploads.find(id));
    if (*offset != upload.bytes) return stands_elsewhere(upload, *offset);
  }
  upload = TRY(std::move(appended));
  if (!last) return state_reply(204, upload);
  const auto turn = writing_turn(upload.key);
  upload = TRY(rooms.uploads.finish(id));
  TRY(take_back_of_none(rooms, upload.key));
  return state_reply(200, upload);
}

Result<net::Response> cancel(const ArtifactRooms& rooms, const net::Request& request) {
  TRY(rooms.uploads.find(request.parameter("upload")));
  TRY(rooms.uploads.abort(request.parameter("upload")));
  return net::Response{.status = 204, .content_type = "", .headers = {}, .body = "", .content_length = {}};
}

}  // namespace

Result<bool> begins_resumable(const net::Request& request) {
  if (!request.header("Upload-Complete")) return false;
  return !TRY(truth_field(request, "Upload-Complete"));  // one that is complete is a plain PUT
}

Result<net::Response> begin_resumable(const ArtifactRooms& rooms, const net::Request& request, const std::string& key) {
  if (request.header("If-Match") || request.header("If-None-Match"))  // they would have to hold when it ends, in another request
    return fail(Code::invalid, "If-Match and If-None-Match go with a file that is sent whole", {},
                "leave them out of an upload in pieces, or send Upload-Complete: ?1");
  const auto terms = TRY(terms_of(request));
  CheckedSource source(*request.stream, TRY(digests_of_these_bytes(request)));
  auto upload = TRY(rooms.uploads.begin_stream(key, terms));
  upload = TRY(rooms.uploads.append(upload.id, 0, source));
  auto response = state_reply(201, upload);
  response.headers.emplace("Location", own_path(request, rooms.prefix, fmt::format("{}/uploads/{}", kArtifactPrefixes[0], upload.id)));
  return response;
}

void add_resumable_routes(net::Router& router, const ArtifactRooms& rooms) {
  using std::bind_front;
  for (const std::string prefix : kArtifactPrefixes) {
    router.add("HEAD", prefix + "/uploads/:upload", bind_front(tell, rooms), to_response);
    router.add("PATCH", prefix + "/uploads/:upload", bind_front(append, rooms), to_response, {.body = net::BodyMode::stream});
    router.add("DELETE", prefix + "/uploads/:upload", bind_front(cancel, rooms), to_response);
  }
}

}  // namespace gyre::mlflow
