// Keeping secrets, and signing with them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace gyre {

// The 32 bytes of HMAC-SHA256 (RFC 2104).
std::string hmac_sha256(std::string_view key, std::string_view text);

// Encrypted and signed, as Fernet has it (github.com/fernet/spec, version 0x80): what MLflow keeps can be opened, too.
// The key is 32 bytes in URL-safe base 64; `invalid` when it is not.
class Vault {
 public:
  static Result<Vault> create(std::string_view key);
  static std::string make_key();

  std::string seal(std::string_view secret) const;
  // `denied` when it was sealed with another key or has been changed.
  Result<std::string> open(std::string_view token) const;

 private:
  Vault(std::string signing, std::string encrypting) : signing_(std::move(signing)), encrypting_(std::move(encrypting)) {}
  std::string signing_, encrypting_;
};

}  // namespace gyre
