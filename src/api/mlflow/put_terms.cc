#include "api/mlflow/put_terms.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <functional>

#include "api/mlflow/files.h"
#include "api/mlflow/routes.h"
#include "storage/blob/known.h"

namespace gyre::mlflow {
namespace {

std::string_view trimmed(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

// Whether one of the tags of a list is the object's. "*" is any object that is there. A weak tag is compared where the field allows it.
bool names(std::string_view list, bool there, const std::optional<std::string>& tag, bool weakly) {
  if (trimmed(list) == "*") return there;
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    auto one = trimmed(list.substr(0, comma));
    if (weakly && one.starts_with("W/")) one.remove_prefix(2);
    if (tag && one == *tag) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

Result<void> check_whole(const net::Request& request) {
  if (!request.header("Content-Range")) return {};
  return fail(Code::invalid, "a PUT takes a file whole, and no Content-Range of it", {},
              "send the whole, or begin an upload that can be gone on with: PUT with Upload-Complete: ?0, then PATCH with Upload-Offset");
}

Result<std::optional<std::int64_t>> number_field(const net::Request& request, std::string_view name) {
  const auto value = request.header(name);
  if (!value) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(value->data(), value->data() + value->size(), number);
  if (error != std::errc() || end != value->data() + value->size() || number < 0)
    return fail(Code::invalid, fmt::format("{} must be a number of bytes, not '{:.40}'", name, *value));
  return number;
}

Result<void> check_preconditions(blob::Store& blobs, const net::Request& request, std::string_view key) {
  const auto match = request.header("If-Match"), none_match = request.header("If-None-Match");
  if (!match && !none_match) return {};
  const auto object = blobs.stat(key);
  if (!object && object.error().code != Code::not_found) return std::unexpected(object.error());
  const auto sha256 = object ? blob::known_sha256(blobs, key) : std::nullopt;
  const auto tag = sha256 ? std::optional(etag(*sha256)) : std::nullopt;
  const auto now = !object ? std::string("there is none") : tag ? fmt::format("it is {} now", *tag) : std::string("what is there has no ETag");
  if (match && !names(*match, object.has_value(), tag, false))
    return fail(Code::conflict, fmt::format("the file is not what If-Match names: {}", now), {}, "fetch it again, then decide");
  if (none_match && names(*none_match, object.has_value(), tag, true))
    return fail(Code::conflict, fmt::format("there is a file that If-None-Match rules out: {}", now), {},
                "choose another path, or leave the header out to replace it");
  return {};
}

std::unique_lock<std::mutex> writing_turn(std::string_view key) {
  static std::array<std::mutex, 64> turns;  // keys that share one wait for each other's rename, a moment
  return std::unique_lock(turns[std::hash<std::string_view>()(key) % turns.size()]);
}

Result<net::Response> precondition_answer(const Error& error) {
  if (error.code != Code::conflict) return std::unexpected(error);
  return refusal(412, "INVALID_STATE", fmt::format("{} ({})", error.message, error.fix));
}

Result<AnnouncedSource> AnnouncedSource::of(const net::Request& request, blob::Store& blobs, std::string_view key) {
  return AnnouncedSource(request, blobs, key, TRY(number_field(request, "Upload-Length")));
}

Result<std::string_view> AnnouncedSource::read(std::size_t most) {
  const auto block = TRY(request_.stream->read(most));
  read_ += std::ssize(block);
  if (length_ && (read_ > *length_ || (block.empty() && read_ < *length_)))
    return fail(Code::invalid,
                fmt::format("Upload-Length tells {} bytes, and {} came; nothing was kept", *length_, read_ > *length_ ? "more" : std::to_string(read_)), {},
                "send the whole, or Upload-Complete: ?0 where more follows");
  if (!block.empty() || turn_) return block;
  turn_ = writing_turn(key_);
  const auto stands = check_preconditions(blobs_, request_, key_);
  if (!stands) failed_precondition_ = stands.error();
  TRY(stands);
  return block;
}

}  // namespace gyre::mlflow
