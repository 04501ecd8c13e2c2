#include "app/cli/remote.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/interrupt.h"
#include "app/cli/paging.h"

namespace gyre::cli {
namespace {

constexpr net::ClientOptions kPatience{
    .connect_timeout_ms = 3'000, .total_timeout_ms = 0, .stall_timeout_ms = 120'000, .retries = 2, .max_answer_bytes = 256 << 20};
constexpr std::int64_t kPage = 500;  // rows that a server gives at a time

Code code_of(std::string_view name, int status) {
  for (const auto code : {Code::invalid, Code::unauthenticated, Code::denied, Code::not_found, Code::conflict, Code::exhausted, Code::unavailable,
                          Code::cancelled, Code::internal}) {
    if (to_string(code) == name) return code;
  }
  switch (status) {
    case 401:
      return Code::unauthenticated;
    case 403:
      return Code::denied;
    case 404:
      return Code::not_found;
    case 409:
      return Code::conflict;
    case 413:
    case 429:
      return Code::exhausted;
    case 502:
    case 503:
    case 504:
    case 507:
      return Code::unavailable;
    default:
      return status < 500 ? Code::invalid : Code::internal;
  }
}

std::string with_query(std::string_view path, const Query& query) {
  std::string url(path);
  char separator = url.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : query) {
    if (value.empty()) continue;
    url += fmt::format("{}{}={}", separator, name, segment(value));
    separator = '&';
  }
  return url;
}

// One server speaks of a request that it did not understand in a page of HTML, another in plain text.
std::string plain_beginning(std::string_view body) {
  std::string text(body.substr(0, 200));
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return text;
}

// Of a refused scoring request: "unknown category: row 3 origin XYZ, row 9 origin ...". The message names the first cell.
std::string cells_at_fault(const json::Value& document) {
  constexpr std::size_t kNamed = 5;
  const auto* cells = document["details"].if_array();
  if (!cells || cells->size() < 2) return "";
  auto why = document["reason"].string_or("");
  for (std::size_t i = 0; i < std::min(cells->size(), kNamed); ++i) {
    why += fmt::format("{} row {} {} {}", i == 0 ? ":" : ",", (*cells)[i]["row"].int_or(0), (*cells)[i]["column"].string_or(""),
                       (*cells)[i]["value"].string_or(""));
  }
  return cells->size() > kNamed ? fmt::format("{} and {} more", why, cells->size() - kNamed) : why;
}

}  // namespace

std::string segment(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.' || c == '~';
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

Error refusal(int status, std::string_view body, std::string_view url) {
  const auto document = json::parse(body);
  if (document && (*document)["error"].if_object()) {
    const auto& told = (*document)["error"];
    auto why = told["why"].string_or("");
    const auto code = code_of(told["code"].string_or(""), status);
    if (code == Code::internal) why += fmt::format("{}request {}", why.empty() ? "" : " · ", told["request_id"].string_or("without an id"));
    return {code, told["what"].string_or(""), why, told["fix"].string_or("")};
  }
  if (document && (*document)["message"].if_string()) {
    return {code_of("", status), (*document)["message"].string_or(""), cells_at_fault(*document), (*document)["fix"].string_or("")};
  }
  return {code_of("", status), fmt::format("{} answered {}", url, status), plain_beginning(body), "is a Gyre server of this version behind that address?"};
}

Remote::Remote(const Invocation& call) : url_(call.server), client_(kPatience) {
  if (url_.find("://") == std::string::npos) url_ = "http://" + url_;
  while (url_.ends_with('/')) url_.pop_back();
}

Result<net::ClientResponse> Remote::send(net::ClientRequest request, const Query& query) {
  request.url = url_ + with_query(request.url, query);
  const bool reads = request.method == "GET" || request.method == "HEAD";  // what writes is ended by who knows what is half-done then
  if (reads && !request.progress) request.progress = [](std::int64_t, std::int64_t) { return !interrupted(); };
  auto answer = client_.send(request);
  if (!answer && answer.error().code == Code::unavailable) {
    return fail(Code::unavailable, fmt::format("no server answers at {}", url_), answer.error().message,
                "start one with gyre server, or name another with --server or GYRE_SERVER");
  }
  if (!answer) return answer;
  if (answer->status >= 300) return std::unexpected(refusal(answer->status, answer->body, request.url));
  return answer;
}

namespace {

Result<json::Value> read_answer(const net::ClientResponse& answer, std::string_view url) {
  auto document = json::parse(answer.body);
  if (document) return document;
  return fail(Code::internal, fmt::format("{} did not answer in JSON", url), plain_beginning(answer.body),
              "is a Gyre server of this version behind that address?");
}

}  // namespace

Result<json::Value> Remote::get(std::string_view path, const Query& query) {
  return read_answer(TRY(send({.method = "GET", .url = std::string(path), .headers = {{"Accept", "application/json"}}, .body = {}}, query)), url_);
}

Result<json::Value> Remote::post(std::string_view path, const json::Value& body, const Query& query) {
  return post_text(path, json::to_text(body), "application/json", query);
}

Result<json::Value> Remote::post_text(std::string_view path, std::string text, std::string_view content_type, const Query& query) {
  net::ClientRequest request{.method = "POST", .url = std::string(path), .headers = {{"Content-Type", std::string(content_type)}}, .body = std::move(text)};
  return read_answer(TRY(send(std::move(request), query)), url_);
}

std::string Remote::page(const json::Value& object) const { return url_ + object["url"].string_or(""); }

TimeMs Remote::now_ms() {
  if (now_ms_ != 0) return now_ms_;
  now_ms_ = RealClock().now_ms();
  if (const auto clock = get("/api/v1/clock")) now_ms_ = from_iso((*clock)["now"].string_or("")).value_or(now_ms_);
  return now_ms_;
}

Result<std::int64_t> wanted_rows(const Invocation& call) {
  if (call.has("all")) return kMostRows;
  if (!call.has("limit")) return kDefaultLimit;
  const auto text = call.option("limit");
  std::int64_t limit = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), limit);
  if (error == std::errc() && end == text.data() + text.size() && limit >= 1 && limit <= kMostRows) return limit;
  return fail(Code::invalid, fmt::format("--limit '{}' is no number of rows", text), {}, fmt::format("1 to {}, or --all", kMostRows));
}

Result<Rows> list_posted(Remote& remote, std::string_view path, json::Value question, const Invocation& call) {
  const auto wanted = TRY(wanted_rows(call));
  question.set("limit", std::min(wanted, kPage));
  Rows all;
  std::string cursor;
  do {
    auto page = TRY(remote.post(path, question));
    const auto rows = page["rows"].if_array() ? *page["rows"].if_array() : json::Array();
    all.rows.insert(all.rows.end(), rows.begin(), rows.end());
    if (cursor.empty()) all.total = page["total"].int_or(static_cast<std::int64_t>(rows.size()));
    cursor = rows.empty() ? "" : page["cursor"].string_or("");
    question.set("cursor", cursor);
    question.set("count", false);
    all.document = std::move(page);
  } while (!cursor.empty() && static_cast<std::int64_t>(all.rows.size()) < wanted);
  if (static_cast<std::int64_t>(all.rows.size()) > wanted) all.rows.resize(static_cast<std::size_t>(wanted));
  all.document.set("rows", all.rows);
  all.document.set("total", all.total);
  return all;
}

Result<Rows> list(Remote& remote, std::string_view path, Query query, const Invocation& call) {
  const auto wanted = TRY(wanted_rows(call));
  query.emplace_back("limit", std::to_string(std::min(wanted, kPage)));
  Rows all;
  std::string cursor;
  do {
    auto page_query = query;
    page_query.emplace_back("cursor", cursor);
    auto page = TRY(remote.get(path, page_query));
    if (!page.if_object()) page = json::Object{};
    const auto* rows = page["rows"].if_array();
    if (rows) all.rows.insert(all.rows.end(), rows->begin(), rows->end());
    all.total = page["total"].int_or(static_cast<std::int64_t>(all.rows.size()));
    cursor = rows && !rows->empty() ? page["cursor"].string_or("") : "";
    all.document = std::move(page);
  } while (!cursor.empty() && static_cast<std::int64_t>(all.rows.size()) < wanted);
  if (static_cast<std::int64_t>(all.rows.size()) > wanted) all.rows.resize(static_cast<std::size_t>(wanted));
  all.document.set("rows", all.rows);
  return all;
}

}  // namespace gyre::cli
