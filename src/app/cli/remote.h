// The server that a command asks: JSON over HTTP, its refusals as our errors.
#pragma once

#include "app/cli/command.h"
#include "base/clock.h"
#include "base/json.h"
#include "net/client.h"

namespace gyre::cli {

// Parameters behind the `?`; one with an empty value is left out.
using Query = std::vector<std::pair<std::string, std::string>>;

// Not thread-safe; keeps one connection.
class Remote {
 public:
  explicit Remote(const Invocation& call);

  // `path` begins with "/". `unavailable` when the server cannot be reached or does not answer in time.
  Result<json::Value> get(std::string_view path, const Query& query = {});
  Result<json::Value> post(std::string_view path, const json::Value& body, const Query& query = {});
  Result<json::Value> post_text(std::string_view path, std::string text, std::string_view content_type, const Query& query = {});
  // For bodies that are no JSON: `request.url` is a path; an answer of 400 or more is an error.
  Result<net::ClientResponse> send(net::ClientRequest request, const Query& query = {});

  const std::string& url() const { return url_; }
  // The address of an object's page, from its member `url`.
  std::string page(const json::Value& object) const;
  // The server's clock, which may be a virtual one; asked once. Ours, when it does not tell.
  TimeMs now_ms();

 private:
  std::string url_;
  net::Client client_;
  TimeMs now_ms_ = 0;
};

// `text` as one segment of a path.
std::string segment(std::string_view text);
// "/api/v1" and its segments: api("repos", repo, "commits").
template <class... Parts>
std::string api(const Parts&... parts) {
  std::string path = "/api/v1";
  ((path += "/" + segment(parts)), ...);
  return path;
}

// What an answer of 400 or more says, in Gyre's own shape, MLflow's or none.
Error refusal(int status, std::string_view body, std::string_view url);

// A list and how much of it there is.
struct Rows {
  json::Array rows;
  std::int64_t total = 0;
  json::Value document;  // as the server told it, with these rows
};
// Follows the pages as far as --limit and --all say.
Result<Rows> list(Remote& remote, std::string_view path, Query query, const Invocation& call);

constexpr std::int64_t kDefaultLimit = 30, kMostRows = 1'000'000;
inline constexpr Option kLimit{"limit", "N", "rows at most (30)"}, kAll{"all", "", "all rows"};

}  // namespace gyre::cli
