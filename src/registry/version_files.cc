#include "registry/version_files.h"

namespace gyre::registry {

constexpr std::size_t kMaxFiles = 10'000;

Result<std::vector<VersionFile>> hash_files(blob::Store& blobs, std::string_view artifact_uri) {
  const auto root = TRY(tracking::artifact_key(artifact_uri));
  std::vector<VersionFile> files;
  for (std::string after; files.size() < kMaxFiles;) {
    const auto objects = TRY(blobs.list(root + "/", after, blob::kMaxListed));
    for (const auto& object : objects) {
      HashingSink sink;
      TRY(blobs.get(object.key, {}, sink));
      files.push_back({object.key.substr(root.size() + 1), object.key, object.size_bytes, sink.hash.finish_hex()});
    }
    if (objects.size() < blob::kMaxListed) break;
    after = objects.back().key;
  }
  return files;
}

}  // namespace gyre::registry
