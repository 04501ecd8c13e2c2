// mlflow-artifacts/*: files through the server, by their path below the root of all
#include "api/mlflow/files.h"
#include "api/mlflow/routes.h"

namespace gyre::mlflow {
namespace {

Result<net::Response> put(blob::Store& blobs, const net::Request& request) {
  TRY(blobs.put(TRY(tracking::artifact_key(request.parameter("path"))), *request.stream));
  return net::Response{.content_type = "", .headers = {}, .body = "", .content_length = {}};
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

// Clients fall back to plain transfers on the very beginning of these two messages.
net::Response unsupported(std::string_view what) {
  Writer writer;
  writer.begin_object();
  writer.field("error_code", "NOT_IMPLEMENTED");
  writer.field("message", fmt::format("Multipart {} is not supported for the current artifact repository", what));
  writer.end_object();
  return net::json_response(writer.take(), 501);
}

Result<net::Response> no_multipart_upload(const net::Request& request) {
  TRY(tracking::artifact_key(request.parameter("file")));
  TRY(Args::of(request, {{"path", Kind::any, kRequired}}));
  return unsupported("upload");
}

Result<net::Response> no_multipart_download(const net::Request& request) {
  TRY(tracking::artifact_key(request.parameter("path")));
  return unsupported("download");
}

}  // namespace

void add_artifact_routes(net::Router& router, blob::Store& blobs) {
  using std::bind_front, std::ref;
  for (const std::string prefix : {"/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"}) {
    router.add("PUT", prefix + "/artifacts/*path", bind_front(put, ref(blobs)), to_response, {.body = net::BodyMode::stream});
    router.add("GET", prefix + "/artifacts/*path", bind_front(get, ref(blobs)), to_response);
    router.add("DELETE", prefix + "/artifacts/*path", bind_front(remove, ref(blobs)), to_response);
    router.add("GET", prefix + "/artifacts", bind_front(list, ref(blobs)), to_response);
    for (const char* step : {"create", "complete", "abort"}) router.add("POST", fmt::format("{}/mpu/{}/*file", prefix, step), no_multipart_upload, to_response);
    router.add("GET", prefix + "/presigned/*path", no_multipart_download, to_response);
  }
}

}  // namespace gyre::mlflow
