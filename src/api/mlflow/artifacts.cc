// mlflow-artifacts/artifacts/*: files through the server; artifacts/list of a run
#include <set>

#include "api/mlflow/encode.h"
#include "api/mlflow/routes.h"
#include "net/range.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxListed = 10'000;

struct Entry {
  std::string name;
  bool folder = false;
  std::int64_t size_bytes = 0;
};

// What stands directly under a folder.
Result<std::vector<Entry>> children(blob::Store& blobs, const std::string& folder) {
  std::vector<Entry> entries;
  std::set<std::string> folders;
  const auto prefix = folder + "/";
  for (std::string after; entries.size() < kMaxListed;) {
    const auto objects = TRY(blobs.list(prefix, after, blob::kMaxListed));
    for (const auto& object : objects) {
      const auto rest = object.key.substr(prefix.size());
      const auto slash = rest.find('/');
      if (slash == std::string::npos) {
        entries.push_back({tracking::artifact_name(rest), false, object.size_bytes});
      } else if (folders.insert(rest.substr(0, slash)).second) {
        entries.push_back({tracking::artifact_name(rest.substr(0, slash)), true, 0});
      }
    }
    if (objects.size() < blob::kMaxListed) break;
    after = objects.back().key;
  }
  return entries;
}

void write_entries(Writer& writer, const std::vector<Entry>& entries, std::string_view folder) {
  if (entries.empty()) return;
  writer.key("files");
  writer.begin_array();
  for (const auto& entry : entries) {
    writer.begin_object();
    writer.field("path", folder.empty() ? entry.name : fmt::format("{}/{}", folder, entry.name));
    writer.field("is_dir", entry.folder);
    if (!entry.folder) writer.field("file_size", entry.size_bytes);
    writer.end_object();
  }
  writer.end_array();
}

Result<net::Response> put(blob::Store& blobs, const net::Request& request) {
  TRY(blobs.put(TRY(tracking::artifact_key(request.parameter("path"))), *request.stream));
  return empty_reply();
}

Result<net::Response> get(blob::Store& blobs, const net::Request& request) {
  const auto key = TRY(tracking::artifact_key(request.parameter("path")));
  const auto object = TRY(blobs.stat(key));
  auto response = TRY(net::ranged_response(request, object.size_bytes, "application/octet-stream", [&blobs, key](net::ByteRange range, ByteSink& sink) {
    return blobs.get(key, {range.first, range.count}, sink);
  }));
  response.headers.emplace("Content-Disposition", "attachment");
  return response;
}

Result<net::Response> list(blob::Store& blobs, const net::Request& request) {
  const auto path = request.query_text("path").value_or("");
  Writer writer;
  writer.begin_object();
  write_entries(writer, TRY(children(blobs, path.empty() ? "artifacts" : TRY(tracking::artifact_key(path)))), "");
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

Result<net::Response> list_of_run(tracking::Service& tracking, blob::Store& blobs, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto run = TRY(tracking.run(args.run_id()));
  const auto path = args.text("path");
  const auto folder = TRY(tracking::artifact_key(path.empty() ? run.info.artifact_uri : run.info.artifact_uri + "/" + path));
  Writer writer;
  writer.begin_object();
  writer.field("root_uri", run.info.artifact_uri);
  write_entries(writer, TRY(children(blobs, folder)), path);
  writer.end_object();
  return reply(writer);
}

Result<net::Response> list_of_model(tracking::Service& tracking, blob::Store& blobs, const net::Request& request) {
  const auto args = TRY(Args::of(request));
  const auto model = TRY(tracking.logged_model(request.parameter("model_id")));
  const auto path = args.text("artifact_directory_path");
  const auto folder = TRY(tracking::artifact_key(path.empty() ? model.artifact_uri : model.artifact_uri + "/" + path));
  Writer writer;
  writer.begin_object();
  writer.field("root_uri", model.artifact_uri);
  write_entries(writer, TRY(children(blobs, folder)), path);
  writer.end_object();
  return reply(writer);
}

// Clients fall back to plain uploads on this very beginning.
Result<net::Response> no_multipart(const net::Request&) {
  return net::json_response(R"({"error_code":"NOT_IMPLEMENTED","message":"Multipart upload is not supported for the current artifact repository"})", 501);
}

}  // namespace

void add_artifact_routes(net::Router& router, tracking::Service& tracking, blob::Store& blobs) {
  using std::bind_front, std::ref;
  for (const std::string prefix : {"/api/2.0/mlflow-artifacts", "/ajax-api/2.0/mlflow-artifacts"}) {
    router.add("PUT", prefix + "/artifacts/*path", bind_front(put, ref(blobs)), to_response, {.body = net::BodyMode::stream});
    router.add("GET", prefix + "/artifacts/*path", bind_front(get, ref(blobs)), to_response);
    router.add("DELETE", prefix + "/artifacts/*path", bind_front(remove, ref(blobs)), to_response);
    router.add("GET", prefix + "/artifacts", bind_front(list, ref(blobs)), to_response);
    router.add("POST", prefix + "/mpu/*path", no_multipart, to_response);
  }
  add(router, "GET", "/artifacts/list", bind_front(list_of_run, ref(tracking), ref(blobs)));
  add(router, "GET", "/logged-models/:model_id/artifacts/directories", bind_front(list_of_model, ref(tracking), ref(blobs)));
}

}  // namespace gyre::mlflow
