#include <fmt/format.h>

#include <algorithm>

#include "base/utf8.h"
#include "tracking/tracking.h"

namespace gyre::tracking {
namespace {

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Undoes percent signs again and again, so that no doubly encoded ".." comes through. In one pass, however deep they are: what a sign
// becomes may only end another one.
std::string fully_decoded(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c;
    for (auto at = out.size() - 3; out.size() >= 3 && out[at] == '%' && hex_digit(out[at + 1]) >= 0 && hex_digit(out[at + 2]) >= 0; at = out.size() - 3) {
      out.replace(at, 3, 1, static_cast<char>(hex_digit(out[at + 1]) * 16 + hex_digit(out[at + 2])));
    }
  }
  return out;
}

// Store keys know few characters; the others are written as "=XX".
std::string as_key(std::string_view path) {
  std::string key;
  for (const char c : path) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) || std::string_view("._@+-/").contains(c);
    key += plain ? std::string(1, c) : fmt::format("={:02X}", static_cast<unsigned char>(c));
  }
  return key;
}

// What is no text is shown as the percent signs that lead to it: MLflow 2 names pictures "dog%step%0%timestamp%1795...", and "%17" of
// it is a control character to whoever decodes it. MLflow's server writes them so too.
std::string readable(std::string_view name) {
  std::string text;
  while (!name.empty()) {
    const auto length = utf8_length(name);
    const auto byte = static_cast<unsigned char>(name[0]);
    if (length == 0 || byte < 0x20 || byte == 0x7F) {
      text += fmt::format("%{:02x}", byte);
    } else {
      text += name.substr(0, length);
    }
    name.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return text;
}

}  // namespace

Result<std::string> artifact_key(std::string_view uri_or_path) {
  std::string_view path = uri_or_path;
  if (path.starts_with(kArtifactScheme)) {
    path.remove_prefix(kArtifactScheme.size());
    if (path.starts_with("//")) {  // mlflow-artifacts://host/path
      path.remove_prefix(2);
      path.remove_prefix(std::min(path.find('/'), path.size()));
    }
    while (path.starts_with('/')) path.remove_prefix(1);
  }
  auto decoded = fully_decoded(path);
  while (decoded.ends_with('/')) decoded.pop_back();
  const auto key = "artifacts/" + as_key(decoded);
  const bool suspicious =
      decoded.find_first_of("#\\") != std::string::npos || decoded.find('\0') != std::string::npos || decoded.starts_with('/') || decoded.empty();
  if (suspicious || !blob::check_key(key)) return fail(Code::invalid, "Invalid path");
  return key;
}

std::string artifact_name(std::string_view key) {
  std::string name;
  for (std::size_t i = 0; i < key.size(); ++i) {
    const bool coded = key[i] == '=' && i + 2 < key.size() && hex_digit(key[i + 1]) >= 0 && hex_digit(key[i + 2]) >= 0;
    name += coded ? static_cast<char>(hex_digit(key[i + 1]) * 16 + hex_digit(key[i + 2])) : key[i];
    if (coded) i += 2;
  }
  return readable(name);
}

Result<std::vector<ArtifactFile>> Service::artifacts(std::string_view run_id, std::size_t limit) {
  const auto uri = TRY(run(run_id)).info.artifact_uri;
  std::vector<ArtifactFile> files;
  if (!uri.starts_with(kArtifactScheme)) return files;  // they are elsewhere, where clients put them
  const auto prefix = TRY(artifact_key(uri)) + "/";
  for (std::string after; files.size() < limit;) {
    const auto objects = TRY(blobs_.list(prefix, after, std::min(limit - files.size(), blob::kMaxListed)));
    if (objects.empty()) break;
    for (const auto& object : objects) files.push_back({artifact_name(std::string_view(object.key).substr(prefix.size())), object.size_bytes});
    after = objects.back().key;
  }
  return files;
}

}  // namespace gyre::tracking
