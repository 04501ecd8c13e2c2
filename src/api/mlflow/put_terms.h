// What a PUT of a file says beside its bytes: how long it is, and what must stand, or not stand, where it goes.
#pragma once

#include <mutex>
#include <optional>
#include <string>

#include "net/message.h"
#include "storage/blob/store.h"

namespace gyre::mlflow {

// `invalid` where a header asks for what a PUT of a whole file, or of a whole part, is not: a Content-Range (RFC 9110, 14.5).
Result<void> check_whole(const net::Request& request);

// The number of bytes in a header, where it is sent.
Result<std::optional<std::int64_t>> number_field(const net::Request& request, std::string_view name);

// If-Match and If-None-Match (RFC 9110, 13.1) of the object `key` as it stands now; `conflict` where they do not hold.
Result<void> check_preconditions(blob::Store& blobs, const net::Request& request, std::string_view key);
// Held from the last look at the preconditions until the object is written: of requests to this server that write one key, one at a time.
std::unique_lock<std::mutex> writing_turn(std::string_view key);
// What they fail with as an answer: 412 for a `conflict`.
Result<net::Response> precondition_answer(const Error& error);

// The bytes of a PUT that ends as it was announced: `invalid` where Upload-Length told another length, `conflict` where another one has
// written the file meanwhile and a precondition of the request holds no more. Fails at its end, so that the store keeps nothing.
class AnnouncedSource final : public ByteSource {
 public:
  static Result<AnnouncedSource> of(const net::Request& request, blob::Store& blobs, std::string_view key);
  Result<std::string_view> read(std::size_t most) override;
  const std::optional<Error>& failed_precondition() const { return failed_precondition_; }

 private:
  AnnouncedSource(const net::Request& request, blob::Store& blobs, std::string_view key, std::optional<std::int64_t> length)
      : request_(request), blobs_(blobs), key_(key), length_(length) {}

  const net::Request& request_;
  blob::Store& blobs_;
  const std::string key_;
  const std::optional<std::int64_t> length_;
  std::int64_t read_ = 0;
  std::unique_lock<std::mutex> turn_;  // from the end of the body
  std::optional<Error> failed_precondition_;
};

}  // namespace gyre::mlflow
