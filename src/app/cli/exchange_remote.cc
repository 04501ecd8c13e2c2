// A server as the destination of a move.
#include <fmt/format.h>

#include "app/cli/exchange.h"
#include "app/cli/interrupt.h"
#include "app/cli/run_send.h"
#include "exchange/packing.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kSmallBytes = 1 << 20;  // of a file: what a cut costs at most

class RemoteDestination final : public exchange::Destination {
 public:
  explicit RemoteDestination(Remote& remote) : remote_(remote) {}

  Result<exchange::Answer> take(std::span<const exchange::Record> records) override {
    return exchange::unpack_answer(TRY(post("records", exchange::pack_records(records))));
  }

  Result<std::vector<std::optional<exchange::Digests>>> digests(std::span<const exchange::Name> names) override {
    return exchange::unpack_digests(TRY(post("digests", exchange::pack_names(names))));
  }

  Result<exchange::FileHere> put_file(const std::string& uri, const std::filesystem::path& file, std::int64_t size_bytes, const std::string& sha256) override {
    const auto url = fmt::format("{}/artifacts{}", kArtifacts, path_of(uri));
    const auto there = head_of(remote_, url);
    if (there && there->sha256 == sha256) return exchange::FileHere{true, sha256};
    if (there) return fail(Code::conflict, fmt::format("another file is at '{}'", uri));
    if (there.error().code != Code::not_found) return std::unexpected(there.error());
    Upload upload{.file = file, .size_bytes = size_bytes, .place = {}};
    if (size_bytes <= kSmallBytes) {
      TRY(send_whole(remote_, url, upload, sha256, [](std::int64_t) {}));
    } else {
      upload.place = TRY(begin_upload(remote_, url, upload, sha256));
      TRY(send_all(remote_, upload, [](std::int64_t) {}));
    }
    return exchange::FileHere{false, TRY(head_of(remote_, url)).sha256};
  }

 private:
  // Records that were taken are there when they come again, so a request whose answer was lost is made again.
  Result<std::string> post(std::string_view what, std::string body) {
    for (int failures = 1;; ++failures) {
      net::ClientRequest request{
          .method = "POST", .url = fmt::format("/api/v1/exchange/{}", what), .headers = {{"Content-Type", std::string(exchange::kRecordsType)}}, .body = body};
      request.progress = [](std::int64_t, std::int64_t) { return !interrupted(); };
      auto answer = remote_.send(std::move(request));
      if (answer) return std::move(answer->body);
      if (answer.error().code != Code::unavailable || interrupted() || failures >= kAttempts) return std::unexpected(answer.error());
      rest_ms(kPauseMs * failures);
    }
  }

  static std::string path_of(std::string_view uri) {
    uri.remove_prefix(std::string_view("mlflow-artifacts:").size());
    std::string path;
    for (const auto& part : split(uri, '/')) path += "/" + segment(part);
    return path;
  }

  Remote& remote_;
};

}  // namespace

std::unique_ptr<exchange::Destination> make_remote_destination(Remote& remote) { return std::make_unique<RemoteDestination>(remote); }

}  // namespace gyre::cli
