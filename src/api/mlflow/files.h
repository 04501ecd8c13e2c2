// Files of runs, models and versions, as MLflow's calls give and list them.
#pragma once

#include "api/mlflow/encode.h"

namespace gyre::mlflow {

// "mlflow-artifacts:/1/x" and "a/b" as a key of the blob store; `invalid`, "Invalid path", where the path leaves the root or is no plain one.
Result<std::string> file_key(const std::string& root_uri, std::string_view path);
// What names a content in answers: its SHA-256.
std::string etag(std::string_view sha256);
net::Headers content_headers(std::string_view sha256);
// The file for download, whole or a range of it.
Result<net::Response> file_reply(blob::Store& blobs, const net::Request& request, const std::string& key);
// "files" with what stands directly under the folder `key`; paths are below `folder`, which is "" for names alone.
Result<void> write_files(Writer& writer, blob::Store& blobs, const std::string& key, std::string_view folder);
// The same with the root's URI, for the folder `path` under it.
Result<net::Response> listing_reply(blob::Store& blobs, const std::string& root_uri, std::string_view path);

}  // namespace gyre::mlflow
