#include "api/mlflow/files.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "net/digest_fields.h"
#include "net/inert.h"
#include "net/range.h"
#include "storage/blob/known.h"

namespace gyre::mlflow {
namespace {

constexpr std::size_t kMaxListed = 10'000;

struct Entry {
  std::string name;
  bool folder = false;
  std::int64_t size_bytes = 0;
};

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

// What the page shows as text comes as text; a browser must not run anything of it.
std::string_view content_type(std::string_view name) {
  constexpr std::string_view kText[] = {"txt", "log", "err",  "cfg", "conf", "cnf", "cf", "ini", "properties", "prop", "hocon",   "toml",      "yaml",
                                        "yml", "xml", "json", "js",  "py",   "py3", "md", "rst", "csv",        "tsv",  "MLmodel", "MLproject", "jsonnet"};
  constexpr std::pair<std::string_view, std::string_view> kOthers[] = {
      {"png", "image/png"},   {"jpg", "image/jpeg"}, {"jpeg", "image/jpeg"},     {"gif", "image/gif"},         {"svg", "image/svg+xml"},
      {"webp", "image/webp"}, {"html", "text/html"}, {"htm", "text/html"},       {"pdf", "application/pdf"},   {"mp3", "audio/mpeg"},
      {"wav", "audio/x-wav"}, {"mp4", "video/mp4"},  {"zip", "application/zip"}, {"tar", "application/x-tar"}, {"css", "text/css"}};
  const auto dot = name.rfind('.');
  const auto extension = dot == std::string_view::npos || dot == 0 ? name : name.substr(dot + 1);
  if (std::ranges::find(kText, extension) != std::end(kText)) return "text/plain; charset=utf-8";
  const auto found = std::ranges::find(kOthers, extension, [](const auto& pair) { return pair.first; });
  return found == std::end(kOthers) ? "application/octet-stream" : found->second;
}

// RFC 6266: plain names as they are, others also percent-encoded.
std::string disposition(std::string_view name) {
  std::string plain, encoded;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    plain += byte < 0x20 || byte >= 0x7F || c == '"' || c == '\\' ? '_' : c;
    encoded += std::isalnum(byte) || std::string_view("-._~").contains(c) ? std::string(1, c) : fmt::format("%{:02X}", byte);
  }
  return fmt::format("attachment; filename=\"{}\"; filename*=UTF-8''{}", plain, encoded);
}

// RFC 9110, 13.1.5: a range is meant for the content that the client has begun to fetch; of another one it gets the whole.
net::Request meant_range(const net::Request& request, const std::optional<std::string>& sha256) {
  net::Request meant;
  meant.headers = request.headers;
  const auto of = request.header("If-Range");
  if (of && (!sha256 || *of != etag(*sha256))) meant.headers.erase("Range");
  return meant;
}

}  // namespace

std::string etag(std::string_view sha256) { return fmt::format("\"{}\"", sha256); }

net::Headers content_headers(std::string_view sha256) { return {{"ETag", etag(sha256)}, {"Repr-Digest", net::sha256_field(sha256)}}; }

Result<std::string> file_key(const std::string& root_uri, std::string_view path) {
  const auto below = path.substr(0, path.find_last_not_of('/') + 1);
  if (path.starts_with('/') || path.find('#') != std::string_view::npos) return fail(Code::invalid, "Invalid path");
  return tracking::artifact_key(below.empty() ? root_uri : fmt::format("{}/{}", root_uri, below));
}

Result<net::Response> file_reply(blob::Store& blobs, const net::Request& request, const std::string& key) {
  const auto object = blobs.stat(key);
  const auto path = tracking::artifact_name(key.substr(key.find('/') + 1));
  if (!object && object.error().code == Code::not_found) return fail(Code::not_found, fmt::format("No such artifact: '{}'", path));
  const auto size_bytes = TRY(object).size_bytes;
  const auto name = path.substr(path.rfind('/') + 1);
  const auto sha256 = blob::known_sha256(blobs, key);
  auto response = TRY(net::ranged_response(meant_range(request, sha256), size_bytes, std::string(content_type(name)),
                                           [&blobs, key](net::ByteRange range, ByteSink& sink) { return blobs.get(key, {range.first, range.count}, sink); }));
  response.headers.emplace("Content-Disposition", disposition(name));
  net::keep_inert(response.headers);
  if (sha256) response.headers.merge(content_headers(*sha256));
  return response;
}

Result<void> write_files(Writer& writer, blob::Store& blobs, const std::string& key, std::string_view folder) {
  write_list(writer, "files", TRY(children(blobs, key)), [&](const Entry& entry) {
    writer.begin_object();
    writer.field("path", folder.empty() ? entry.name : fmt::format("{}/{}", folder, entry.name));
    writer.field("is_dir", entry.folder);
    if (!entry.folder && entry.size_bytes > 0) writer.field("file_size", entry.size_bytes);
    writer.end_object();
  });
  return {};
}

Result<net::Response> listing_reply(blob::Store& blobs, const std::string& root_uri, std::string_view path) {
  const auto key = TRY(file_key(root_uri, path));
  Writer writer;
  writer.begin_object();
  writer.field("root_uri", root_uri);
  TRY(write_files(writer, blobs, key, path.substr(0, path.find_last_not_of('/') + 1)));
  writer.end_object();
  return reply(writer);
}

}  // namespace gyre::mlflow
