#include "storage/blob/known.h"

#include <fmt/format.h>

#include <map>

#include "storage/blob/hash_sink.h"
#include "storage/blob/same_content.h"

namespace gyre::blob {
namespace {

// Of a local store: <root>/objects/<key> lies beside <root>/same.
std::optional<SameContent> same_content_of(const std::filesystem::path& file, std::string_view key) {
  const auto text = file.string(), ending = fmt::format("/objects/{}", key);
  if (!text.ends_with(ending)) return std::nullopt;
  return std::optional<SameContent>(std::in_place, std::filesystem::path(text.substr(0, text.size() - ending.size())) / "same");
}

Result<bool> is_sound(Store& store, std::string_view key, std::string_view sha256) {
  HashSink sink;
  TRY(store.get(key, {}, sink));
  return sink.hash.finish_hex() == sha256;
}

}  // namespace

std::optional<std::string> known_sha256(const Store& store, std::string_view key) {
  const auto file = store.local_path(key);
  if (!file) return std::nullopt;
  const auto same = same_content_of(*file, key);
  return same ? same->sha256_of(*file) : std::nullopt;
}

Result<Findings> verify_known(Store& store) {
  Findings findings;
  std::map<std::string, bool, std::less<>> sound;
  std::map<std::string, std::string> damaged;  // by hash: a key of it
  for (std::string after;;) {
    const auto page = TRY(store.list("", after, kMaxListed));
    if (page.empty()) break;
    for (const auto& object : page) {
      const auto sha256 = known_sha256(store, object.key);
      if (!sha256) continue;
      ++findings.checked;
      auto seen = sound.find(*sha256);
      if (seen == sound.end()) {
        const auto read = is_sound(store, object.key, *sha256);
        if (!read && read.error().code == Code::not_found) continue;  // removed meanwhile
        seen = sound.emplace(*sha256, TRY(read)).first;
      }
      if (!seen->second) damaged.insert_or_assign(*sha256, object.key);
      if (!seen->second) findings.problems.push_back(fmt::format("object '{}' is damaged: its content does not have the hash {}", object.key, *sha256));
    }
    after = page.back().key;
  }
  for (const auto& [sha256, key] : damaged) {
    if (auto same = same_content_of(*store.local_path(key), key)) same->drop(sha256);
  }
  return findings;
}

}  // namespace gyre::blob
