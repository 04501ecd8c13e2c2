#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "exchange/destination.h"

namespace gyre::exchange {
namespace {

class FileSource final : public ByteSource {
 public:
  FileSource(const Fd& fd, std::filesystem::path path) : fd_(fd), path_(std::move(path)), block_(kStreamBlockBytes, '\0') {}
  Result<std::string_view> read(std::size_t most) override {
    const auto got = ::read(fd_.get(), block_.data(), std::min(most, block_.size()));
    if (got < 0) return fail_errno("read", path_);
    return std::string_view(block_.data(), static_cast<std::size_t>(got));
  }

 private:
  const Fd& fd_;
  const std::filesystem::path path_;
  std::string block_;
};

class HashSink final : public ByteSink {
 public:
  Result<void> write(std::string_view bytes) override {
    hash.update(bytes);
    return {};
  }
  Sha256 hash;
};

class Local final : public Destination {
 public:
  Local(Intake& intake, blob::Store& blobs) : intake_(intake), blobs_(blobs) {}

  Result<Answer> take(std::span<const Record> records) override { return intake_.take(records); }
  Result<std::vector<std::optional<Digests>>> digests(std::span<const Name> names) override { return intake_.digests(names); }

  Result<FileHere> put_file(const std::string& uri, const std::filesystem::path& file, std::int64_t size_bytes, const std::string& sha256) override {
    const auto key = TRY(tracking::artifact_key(uri));
    const auto there = blobs_.stat(key);
    if (there) {
      const auto hash = TRY(hash_of(key));
      if (there->size_bytes == size_bytes && hash == sha256) return FileHere{true, hash};
      return fail(Code::conflict, fmt::format("another file is at '{}'", uri));
    }
    if (there.error().code != Code::not_found) return std::unexpected(there.error());
    const Fd fd(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd) return fail_errno("open", file);
    FileSource source(fd, file);
    TRY(blobs_.put(key, source));
    return FileHere{false, TRY(hash_of(key))};
  }

 private:
  Result<std::string> hash_of(const std::string& key) {
    HashSink sink;
    TRY(blobs_.get(key, {}, sink));
    return sink.hash.finish_hex();
  }

  Intake& intake_;
  blob::Store& blobs_;
};

}  // namespace

std::unique_ptr<Destination> make_local(Intake& intake, blob::Store& blobs) { return std::make_unique<Local>(intake, blobs); }

}  // namespace gyre::exchange
