// Content storage: whole objects under keys. A local disk stands behind it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/findings.h"

namespace gyre::blob {

// Keys are relative paths of [A-Za-z0-9._=@+-] segments joined by "/", at most kMaxKeyBytes, with no "." or ".." segment.
constexpr std::size_t kMaxKeyBytes = 512;
constexpr std::size_t kMaxListed = 1000;

struct Object {
  std::string key;
  std::int64_t size_bytes = 0;
  TimeMs modified_ms = 0;
};

// Bytes from `first`, at most `count`.
struct Range {
  std::int64_t first = 0;
  std::int64_t count = INT64_MAX;
};

// Thread-safe.
class Store {
 public:
  virtual ~Store() = default;

  // Success means durable and whole; an object of that key is replaced atomically. Returns the number of bytes.
  virtual Result<std::int64_t> put(std::string_view key, ByteSource& source) = 0;
  virtual Result<void> get(std::string_view key, Range range, ByteSink& sink) = 0;
  // `not_found` when there is none.
  virtual Result<Object> stat(std::string_view key) = 0;
  // In order of key, those that start with `prefix` and come after `after`; at most `limit`, and never over kMaxListed.
  virtual Result<std::vector<Object>> list(std::string_view prefix, std::string_view after, std::size_t limit) = 0;
  // Removing what is not there succeeds.
  virtual Result<void> remove(std::string_view key) = 0;

  // The object as a file that may be read in place (never written), where the store has such a thing.
  virtual std::optional<std::filesystem::path> local_path(std::string_view key) const = 0;
};

Result<std::unique_ptr<Store>> open_local(const std::filesystem::path& folder);
std::unique_ptr<Store> open_memory();

Result<void> check_key(std::string_view key);

// Content by its SHA-256, on top of any store, under "sha256/ab/cdef...": putting the same bytes twice keeps them once.
struct Content {
  std::string sha256;
  std::int64_t size_bytes = 0;
};
Result<Content> put_content(Store& store, ByteSource& source);
Result<Content> put_file_content(Store& store, const std::filesystem::path& file);
Result<void> get_content(Store& store, std::string_view sha256, Range range, ByteSink& sink);
std::string content_key(std::string_view sha256);
// A file with that content to read in place: the store's own, or a copy fetched into `cache`. Never write to it.
Result<std::filesystem::path> content_file(Store& store, std::string_view sha256, const std::filesystem::path& cache);
// Reads the object through and compares; `internal` names the key that is damaged, `not_found` the one that is missing.
Result<void> verify_content(Store& store, std::string_view sha256);
// Reads all content of the store through, also what nothing refers to any more, and tells what is damaged.
Result<Findings> verify_all_content(Store& store);

}  // namespace gyre::blob
