// Content by its hash, on top of any store.
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/folder.h"
#include "base/hash.h"
#include "base/id.h"
#include "storage/blob/hash_sink.h"
#include "storage/blob/store.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kContentPrefix = "sha256/";
constexpr std::size_t kWholeBytes = 8 << 20;  // up to here content is held in memory to learn its name first

class FileSource final : public ByteSource {
 public:
  FileSource(Fd fd, fs::path path) : fd_(std::move(fd)), path_(std::move(path)), block_(kStreamBlockBytes, '\0') {}
  Result<std::string_view> read(std::size_t most) override {
    for (;;) {
      const auto got = ::read(fd_.get(), block_.data(), std::min(most, block_.size()));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return fail_errno("read", path_);
      return std::string_view(block_.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  Fd fd_;
  fs::path path_;
  std::string block_;
};

class FileSink final : public ByteSink {
 public:
  FileSink(int fd, fs::path path) : fd_(fd), path_(std::move(path)) {}
  Result<void> write(std::string_view bytes) override { return write_fully(fd_, bytes, path_); }

 private:
  int fd_;
  fs::path path_;
};

// Passes bytes on and hashes them on the way.
class HashingSource final : public ByteSource {
 public:
  explicit HashingSource(ByteSource& source) : source_(source) {}
  Result<std::string_view> read(std::size_t most) override {
    const auto block = TRY(source_.read(most));
    hash.update(block);
    size_bytes += static_cast<std::int64_t>(block.size());
    return block;
  }
  Sha256 hash;
  std::int64_t size_bytes = 0;

 private:
  ByteSource& source_;
};

Result<Content> put_known(Store& store, std::string_view bytes) {
  Content content{sha256_hex(bytes), static_cast<std::int64_t>(bytes.size())};
  if (store.stat(content_key(content.sha256))) return content;
  StringSource source(bytes);
  TRY(store.put(content_key(content.sha256), source));
  return content;
}

Result<FileSource> open_file(const fs::path& file) {
  Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", file);
  return FileSource(std::move(fd), file);
}

}  // namespace

std::string content_key(std::string_view sha256) { return fmt::format("{}{}/{}", kContentPrefix, sha256.substr(0, 2), sha256.substr(2)); }

// Small content is named before it is stored. Large content goes through a scratch file, since its name comes last.
Result<Content> put_content(Store& store, ByteSource& source) {
  std::string head;
  for (;;) {
    const auto block = TRY(source.read());
    if (block.empty()) return put_known(store, head);
    head += block;
    if (head.size() > kWholeBytes) break;
  }
  const ScratchFolder scratch;
  const auto path = scratch.path() / "content";
  {
    Fd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!fd) return fail_errno("create", path);
    TRY(write_fully(fd.get(), head, path));
    for (;;) {
      const auto block = TRY(source.read());
      if (block.empty()) break;
      TRY(write_fully(fd.get(), block, path));
    }
  }
  return put_file_content(store, path);
}

Result<Content> put_file_content(Store& store, const fs::path& file) {
  auto first = TRY(open_file(file));
  HashingSource hashing(first);
  while (!TRY(hashing.read(kStreamBlockBytes)).empty()) {
  }
  Content content{hashing.hash.finish_hex(), hashing.size_bytes};
  if (store.stat(content_key(content.sha256))) return content;

  auto second = TRY(open_file(file));
  HashingSource again(second);
  TRY(store.put(content_key(content.sha256), again));
  if (again.hash.finish_hex() == content.sha256) return content;
  TRY(store.remove(content_key(content.sha256)));
  return fail(Code::conflict, fmt::format("'{}' changed while it was read", file.string()), {}, "try again when nothing writes to it");
}

Result<void> get_content(Store& store, std::string_view sha256, Range range, ByteSink& sink) {
  if (!is_sha256_hex(sha256)) return fail(Code::invalid, "a content's name is 64 lower-case hexadecimal digits");
  return store.get(content_key(sha256), range, sink);
}

Result<fs::path> content_file(Store& store, std::string_view sha256, const fs::path& cache) {
  if (!is_sha256_hex(sha256)) return fail(Code::invalid, "a content's name is 64 lower-case hexadecimal digits");
  if (auto local = store.local_path(content_key(sha256))) {
    TRY(store.stat(content_key(sha256)));
    return *local;
  }
  const auto path = cache / sha256;
  if (is_there(path)) return path;
  TRY(make_folders(cache));
  const auto temporary = cache / (make_hex_id() + ".tmp");
  {
    Fd fd(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644));
    if (!fd) return fail_errno("create", temporary);
    FileSink sink(fd.get(), temporary);
    TRY(store.get(content_key(sha256), {}, sink));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return fail_errno("rename", temporary);
  return path;
}

Result<void> verify_content(Store& store, std::string_view sha256) {
  HashSink sink;
  TRY(store.get(content_key(sha256), {}, sink));
  const auto found = sink.hash.finish_hex();
  if (found != sha256) return fail(Code::internal, fmt::format("object '{}' is damaged: its content has the hash {}", content_key(sha256), found));
  return {};
}

Result<Findings> verify_all_content(Store& store) {
  Findings findings;
  std::string after;
  for (;;) {
    const auto page = TRY(store.list(kContentPrefix, after, kMaxListed));
    for (const auto& object : page) {
      ++findings.checked;
      auto sha256 = object.key.substr(kContentPrefix.size());
      std::erase(sha256, '/');
      const auto good = verify_content(store, sha256);
      if (!good) findings.problems.push_back(good.error().message);
    }
    if (page.empty()) return findings;
    after = page.back().key;
  }
}

}  // namespace gyre::blob
