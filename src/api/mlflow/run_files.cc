// artifacts/list, get-artifact, upload-artifact: files by the run, logged model or version that they are of
#include "api/mlflow/files.h"
#include "api/mlflow/registry.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxUploadBytes = 10 << 20;
constexpr std::int64_t kMaxSignedSeconds = 604'800, kSignedSeconds = 900;

struct Rooms {
  tracking::Service& tracking;
  registry::Service& registry;
  blob::Store& blobs;
};

Result<net::Response> list_of_run(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"path"}, {"page_token"}}));
  return listing_reply(rooms.blobs, TRY(rooms.tracking.run(args.run_id())).info.artifact_uri, args.text("path"));
}

Result<net::Response> list_of_model(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"artifact_directory_path"}}));
  return listing_reply(rooms.blobs, TRY(rooms.tracking.logged_model(request.parameter("model_id"))).artifact_uri, args.text("artifact_directory_path"));
}

Result<net::Response> file_of_run(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"path", Kind::text, kRequired}}));
  TRY(file_key("mlflow-artifacts:/x", args.text("path")));
  return file_reply(rooms.blobs, request, TRY(file_key(TRY(rooms.tracking.run(args.run_id())).info.artifact_uri, args.text("path"))));
}

Result<net::Response> file_of_version(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"path", Kind::text, kRequired}}));
  TRY(file_key("mlflow-artifacts:/x", args.text("path")));
  const auto version = TRY(rooms.registry.version(args.text("name"), TRY(version_number(args))));
  return file_reply(rooms.blobs, request, TRY(file_key(version.artifact_uri, args.text("path"))));
}

Result<net::Response> file_of_model(const Rooms& rooms, const net::Request& request) {
  const auto path = TRY(Args::of(request)).text("artifact_file_path");
  if (path.empty()) return refusal(400, "BAD_REQUEST", "Request must include the \"artifact_file_path\" query parameter.");
  TRY(file_key("mlflow-artifacts:/x", path));
  return file_reply(rooms.blobs, request, TRY(file_key(TRY(rooms.tracking.logged_model(request.parameter("model_id"))).artifact_uri, path)));
}

Result<net::Response> upload(const Rooms& rooms, const net::Request& request) {
  const auto run_id = request.query_text("run_uuid").value_or(""), path = request.query_text("path").value_or("");
  if (run_id.empty()) return fail(Code::invalid, "Request must specify run_uuid.");
  if (path.empty()) return fail(Code::invalid, "Request must specify path.");
  TRY(file_key("mlflow-artifacts:/x", path));
  if (request.body.size() > kMaxUploadBytes) return fail(Code::invalid, "Artifact size is too large. Max size is 10MB.");
  if (request.body.empty()) return fail(Code::invalid, "Request must specify data.");
  const auto key = TRY(file_key(TRY(rooms.tracking.run(run_id)).info.artifact_uri, path));
  StringSource source(request.body);
  TRY(rooms.blobs.put(key, source));
  return net::Response{.headers = {}, .body = "", .content_length = {}};
}

// Files are given by this server alone: there is no other place to sign a URL of.
Result<net::Response> no_signed_upload(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id"}, {"model_id"}, {"path", Kind::text, kRequired}, {"expiration", Kind::whole}}));
  if (args.text("run_id").empty() == args.text("model_id").empty()) return fail(Code::invalid, "Exactly one of run_id and model_id must be provided.");
  TRY(file_key("mlflow-artifacts:/x", args.text("path")));
  if (args.text("model_id").empty()) TRY(rooms.tracking.run(args.text("run_id")));
  if (args.text("run_id").empty()) TRY(rooms.tracking.logged_model(args.text("model_id")));
  return fail(Code::invalid,
              "Presigned upload is not supported for proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a direct cloud "
              "storage artifact URI.");
}

Result<net::Response> no_signed_download(const Rooms& rooms, const net::Request& request) {
  const auto args = TRY(Args::of(request, {{"run_id", Kind::text, kRequired}, {"path", Kind::text, kRequired}, {"expiration", Kind::whole}}));
  TRY(file_key("mlflow-artifacts:/x", args.text("path")));
  const auto seconds = TRY(args.integer("expiration", kSignedSeconds));
  if (seconds < 1 || seconds > kMaxSignedSeconds)
    return fail(Code::invalid, fmt::format("expiration must be between 1 and {} seconds (got {}).", kMaxSignedSeconds, seconds));
  TRY(rooms.tracking.run(args.run_id()));
  return fail(Code::invalid,
              "Presigned download is not supported for runs with proxied artifact storage (artifact URI scheme: mlflow-artifacts). This endpoint requires a "
              "run with a direct cloud "
              "storage artifact URI.");
}

}  // namespace

void add_file_routes(net::Router& router, tracking::Service& tracking, registry::Service& registry, blob::Store& blobs) {
  const Rooms rooms{tracking, registry, blobs};
  using std::bind_front;
  add(router, "GET", "/artifacts/list", bind_front(list_of_run, rooms));
  add(router, "GET", "/logged-models/:model_id/artifacts/directories", bind_front(list_of_model, rooms));
  add(router, "GET", "/logged-models/:model_id/artifacts/files", bind_front(file_of_model, rooms));
  add(router, "POST", "/upload-artifact", bind_front(upload, rooms));
  add(router, "POST", "/artifacts/presigned-upload-url", bind_front(no_signed_upload, rooms));
  add(router, "POST", "/artifacts/presigned-download-url", bind_front(no_signed_download, rooms));
  router.add("GET", "/get-artifact", bind_front(file_of_run, rooms), to_response);
  router.add("GET", "/model-versions/get-artifact", bind_front(file_of_version, rooms), to_response);
}

}  // namespace gyre::mlflow
