#include "base/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <cstdlib>
#include <utility>

#include "base/base64.h"

namespace gyre {
namespace {

EVP_MD_CTX* as_evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void require(bool held) {
  if (!held) std::abort();  // only out of memory or a broken OpenSSL lead here
}

const EVP_MD* algorithm_of(DigestKind kind) {
  switch (kind) {
    case DigestKind::md5:
      return EVP_md5();
    case DigestKind::sha256:
      return EVP_sha256();
    case DigestKind::sha512:
      return EVP_sha512();
  }
  std::unreachable();
}

}  // namespace

std::string_view to_string(DigestKind kind) {
  constexpr std::string_view kNames[] = {"md5", "sha-256", "sha-512"};
  return kNames[static_cast<std::size_t>(kind)];
}

std::size_t digest_bytes(DigestKind kind) {
  constexpr std::size_t kBytes[] = {16, 32, 64};
  return kBytes[static_cast<std::size_t>(kind)];
}

Digester::Digester(DigestKind kind) : context_(EVP_MD_CTX_new()) {
  require(context_ != nullptr && EVP_DigestInit_ex(as_evp(context_), algorithm_of(kind), nullptr) == 1);
}
Digester::~Digester() { EVP_MD_CTX_free(as_evp(context_)); }
Digester::Digester(Digester&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}

void Digester::update(std::string_view bytes) { require(EVP_DigestUpdate(as_evp(context_), bytes.data(), bytes.size()) == 1); }

std::string Digester::finish() {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned size = 0;
  require(EVP_DigestFinal_ex(as_evp(context_), reinterpret_cast<unsigned char*>(digest.data()), &size) == 1);
  digest.resize(size);
  return digest;
}

CheckedSource::CheckedSource(ByteSource& source, std::vector<AnnouncedDigest> announced) : source_(source) {
  for (auto& one : announced) {
    Digester digester(one.kind);
    checks_.push_back({std::move(one), std::move(digester)});
  }
}

Result<std::string_view> CheckedSource::read(std::size_t most) {
  const auto block = TRY(source_.read(most));
  if (block.empty() && !std::exchange(compared_, true)) TRY(compare());
  for (auto& check : checks_) check.digester.update(block);
  return block;
}

Result<void> CheckedSource::compare() {
  for (auto& check : checks_) {
    const auto found = check.digester.finish();
    if (found == check.announced.bytes) continue;
    return fail(Code::invalid,
                fmt::format("{} says that the body's {} is {}, but it is {}: nothing was kept", check.announced.field, to_string(check.announced.kind),
                            base64(check.announced.bytes), base64(found)),
                {}, "send the body again: it was changed on its way, or another one was announced");
  }
  checks_.clear();
  return {};
}

Result<std::string_view> HashedSource::read(std::size_t most) {
  const auto block = TRY(source_.read(most));
  hash_.update(block);
  size_bytes_ += static_cast<std::int64_t>(block.size());
  return block;
}

}  // namespace gyre
