#include "base/file_hash.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "base/file.h"
#include "base/hash.h"

namespace gyre {
namespace {

constexpr std::size_t kPartBytes = 1 << 18;

}  // namespace

Result<std::string> file_sha256(const std::filesystem::path& path) {
  const Fd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail_errno("open", path);
  Sha256 hash;
  std::string part(kPartBytes, '\0');
  for (;;) {
    const auto got = ::read(file.get(), part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", path);
    if (got == 0) return hash.finish_hex();
    hash.update(std::string_view(part.data(), static_cast<std::size_t>(got)));
  }
}

}  // namespace gyre
