#include "serving/segment.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace gyre::serving {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t kMagic = 0x31504C47;  // "GLP1"
constexpr std::size_t kReadBytes = 1 << 20;

struct Header {
  std::uint32_t magic = kMagic, size = 0, crc = 0, reserved = 0;
};

std::uint32_t checksum(std::string_view bytes) { return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size())); }

}  // namespace

fs::path segment_path(const fs::path& folder, std::int64_t segment) { return folder / fmt::format("{:010}.log", segment); }

std::vector<std::int64_t> segments_in(const fs::path& folder) {
  std::vector<std::int64_t> segments;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    if (entry.path().extension() == ".log") segments.push_back(std::atoll(entry.path().stem().c_str()));
  }
  std::ranges::sort(segments);
  return segments;
}

void append_framed(std::string& out, const Frame& frame) {
  const auto at = out.size();
  out.append(sizeof(Header), '\0');
  append_encoded(out, frame);
  const auto payload = std::string_view(out).substr(at + sizeof(Header));
  const Header header{kMagic, static_cast<std::uint32_t>(payload.size()), checksum(payload), 0};
  std::memcpy(out.data() + at, &header, sizeof header);
}

Result<SegmentReader> SegmentReader::open(const fs::path& path, std::int64_t from) {
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", path);
  return SegmentReader(std::move(fd), path, from);
}

// Makes `bytes` behind `at_` available; false when the file has fewer.
Result<bool> SegmentReader::have(std::size_t bytes) {
  if (buffer_.size() - at_ >= bytes) return true;
  buffer_.erase(0, at_);
  base_ += static_cast<std::int64_t>(std::exchange(at_, 0));
  while (buffer_.size() < bytes) {
    const auto old = buffer_.size();
    buffer_.resize(old + std::clamp(bytes - old, kReadBytes, 64 * kReadBytes));  // a damaged size does not allocate more than the file has
    const auto got = ::pread(fd_.get(), buffer_.data() + old, buffer_.size() - old, base_ + static_cast<std::int64_t>(old));
    buffer_.resize(old + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got < 0 && errno != EINTR) return fail_errno("read", path_);
    if (got == 0) return false;
  }
  return true;
}

Result<std::optional<std::string_view>> SegmentReader::next() {
  for (;;) {
    Header header;
    if (!TRY(have(sizeof header))) return std::nullopt;
    std::memcpy(&header, buffer_.data() + at_, sizeof header);
    const auto whole = sizeof header + header.size;
    if (header.magic != kMagic || !TRY(have(whole))) return std::nullopt;
    const auto payload = std::string_view(buffer_).substr(at_ + sizeof header, header.size);
    if (checksum(payload) == header.crc) {
      at_ += whole;
      return std::string_view(buffer_).substr(at_ - header.size, header.size);
    }
    std::uint32_t magic_behind = 0;
    if (!TRY(have(whole + sizeof magic_behind))) return std::nullopt;
    std::memcpy(&magic_behind, buffer_.data() + at_ + whole, sizeof magic_behind);
    if (magic_behind != kMagic) return std::nullopt;
    at_ += whole;
    ++damaged_;
  }
}

}  // namespace gyre::serving
