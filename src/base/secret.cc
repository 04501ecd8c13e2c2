#include "base/secret.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "base/base64.h"

namespace gyre {
namespace {

constexpr std::size_t kKeyBytes = 32, kHalfBytes = 16, kBlockBytes = 16, kMacBytes = 32, kHeaderBytes = 1 + 8 + kBlockBytes;
constexpr char kVersion = static_cast<char>(0x80);

void require(bool held) {
  if (!held) std::abort();  // only out of memory or a broken OpenSSL lead here
}

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }
unsigned char* bytes(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(RAND_bytes(bytes(out), static_cast<int>(count)) == 1);
  return out;
}

std::string url_safe(std::string text) {
  std::ranges::replace(text, '+', '-');
  std::ranges::replace(text, '/', '_');
  return text;
}

std::optional<std::string> from_url_safe(std::string_view text) {
  std::string plain(text);
  std::ranges::replace(plain, '-', '+');
  std::ranges::replace(plain, '_', '/');
  return unbase64(plain);
}

// AES-128 in CBC with PKCS 7; nothing where the padding is wrong.
std::optional<std::string> crypt(std::string_view key, std::string_view iv, std::string_view text, bool encrypt) {
  auto* context = EVP_CIPHER_CTX_new();
  require(context && EVP_CipherInit_ex(context, EVP_aes_128_cbc(), nullptr, bytes(key), bytes(iv), encrypt ? 1 : 0) == 1);
  std::string out(text.size() + kBlockBytes, '\0');
  int first = 0, last = 0;
  require(EVP_CipherUpdate(context, bytes(out), &first, bytes(text), static_cast<int>(text.size())) == 1);
  const bool sound = EVP_CipherFinal_ex(context, bytes(out) + first, &last) == 1;
  EVP_CIPHER_CTX_free(context);
  if (!sound) return std::nullopt;
  out.resize(static_cast<std::size_t>(first + last));
  return out;
}

std::string big_endian(std::uint64_t number) {
  std::string out;
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>(number >> shift & 255);
  return out;
}

}  // namespace

std::string hmac_sha256(std::string_view key, std::string_view text) {
  std::string out(kMacBytes, '\0');
  unsigned length = 0;
  require(HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), bytes(text), text.size(), bytes(out), &length) != nullptr && length == kMacBytes);
  return out;
}

Result<Vault> Vault::create(std::string_view key) {
  const auto raw = from_url_safe(key);
  if (!raw || raw->size() != kKeyBytes)
    return fail(Code::invalid, "the key for secrets is not 32 bytes in URL-safe base 64", {}, "make one: head -c 32 /dev/urandom | base64 | tr +/ -_");
  return Vault(raw->substr(0, kHalfBytes), raw->substr(kHalfBytes));
}

std::string Vault::make_key() { return url_safe(base64(random_bytes(kKeyBytes))); }

std::string Vault::seal(std::string_view secret) const {
  const auto iv = random_bytes(kBlockBytes);
  const auto now_s = std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  auto token = kVersion + big_endian(static_cast<std::uint64_t>(now_s)) + iv + *crypt(encrypting_, iv, secret, true);
  token += hmac_sha256(signing_, token);
  return url_safe(base64(token));
}

Result<std::string> Vault::open(std::string_view token) const {
  const auto refused = [] {
    return fail(Code::denied, "a secret cannot be read with this key", {}, "start the server with the key that it was kept with, or set the secret again");
  };
  const auto raw = from_url_safe(token);
  if (!raw || raw->size() < kHeaderBytes + kBlockBytes + kMacBytes || raw->front() != kVersion) return refused();
  const auto signed_part = std::string_view(*raw).substr(0, raw->size() - kMacBytes);
  const auto mac = hmac_sha256(signing_, signed_part);
  if (CRYPTO_memcmp(mac.data(), raw->data() + signed_part.size(), kMacBytes) != 0) return refused();
  auto secret = crypt(encrypting_, signed_part.substr(9, kBlockBytes), signed_part.substr(kHeaderBytes), false);
  if (!secret) return refused();
  return std::move(*secret);
}

}  // namespace gyre
