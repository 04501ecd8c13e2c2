#include "base/hash.h"

#include <openssl/evp.h>

#include <cstdlib>
#include <utility>

namespace gyre {
namespace {

EVP_MD_CTX* as_evp(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void require(bool held) {
  if (!held) std::abort();  // only out of memory or a broken OpenSSL lead here
}

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
  static const EVP_MD* const kAlgorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  require(context_ != nullptr && EVP_DigestInit_ex(as_evp(context_), kAlgorithm, nullptr) == 1);
}
Sha256::~Sha256() { EVP_MD_CTX_free(as_evp(context_)); }
Sha256::Sha256(Sha256&& other) noexcept : context_(std::exchange(other.context_, nullptr)) {}
Sha256& Sha256::operator=(Sha256&& other) noexcept {
  std::swap(context_, other.context_);
  return *this;
}

void Sha256::update(std::string_view bytes) { require(EVP_DigestUpdate(as_evp(context_), bytes.data(), bytes.size()) == 1); }

std::string Sha256::finish_hex() {
  constexpr char kHex[] = "0123456789abcdef";
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(as_evp(context_), digest, &size) == 1);
  std::string text;
  text.reserve(2 * size);
  for (unsigned i = 0; i < size; ++i) {
    text += kHex[digest[i] >> 4];
    text += kHex[digest[i] & 15];
  }
  return text;
}

std::string sha256_hex(std::string_view bytes) {
  Sha256 hash;
  hash.update(bytes);
  return hash.finish_hex();
}

bool is_sha256_hex(std::string_view text) { return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos; }

std::uint64_t stable_hash(std::string_view bytes) {
  std::uint64_t h = 14695981039346656037ULL;
  for (const char c : bytes) h = (h ^ static_cast<unsigned char>(c)) * 1099511628211ULL;
  h ^= h >> 33;  // FNV's low bits are weak for short texts
  h *= 0xff51afd7ed558ccdULL;
  return h ^ (h >> 33);
}

}  // namespace gyre
