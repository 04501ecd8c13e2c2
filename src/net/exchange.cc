#include "net/exchange.h"

#include <fmt/format.h>

#include <boost/beast/core/string.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <ctime>

#include "base/clock.h"
#include "base/id.h"
#include "base/utf8.h"

namespace gyre::net {
namespace {

constexpr std::size_t kMaxRequestIdBytes = 128;
constexpr std::size_t kWorthGzipBytes = 1024;

bool is_sane_id(std::string_view id) {
  if (id.empty() || id.size() > kMaxRequestIdBytes) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._:/-") == std::string_view::npos;
}

bool is_traceparent(std::string_view text) {
  if (text.size() != 55 || text.substr(0, 3) != "00-" || text[35] != '-' || text[52] != '-') return false;
  return text.find_first_not_of("0123456789abcdef-") == std::string_view::npos;
}

// The trace is the caller's, the span is ours: W3C Trace Context, section 4.
std::string continue_trace(std::string_view incoming) {
  const auto fresh = make_hex_id();
  if (is_traceparent(incoming)) return fmt::format("00-{}-{}-{}", incoming.substr(3, 32), fresh.substr(0, 16), incoming.substr(53, 2));
  return fmt::format("00-{}-{}-01", make_hex_id(), fresh.substr(0, 16));
}

// A coding that is not understood hides where the request ends: what comes next would be read as another request.
Result<void> check_coding(const Head& head) {
  const auto coding = head.find(boost::beast::http::field::transfer_encoding);
  if (coding == head.end() || boost::beast::iequals(coding->value(), "chunked")) return {};
  return fail(Code::invalid, fmt::format("the transfer coding '{:.80}' is not known here", std::string_view(coding->value())), {},
              "send the body in chunks or with its length");
}

std::string_view reason_of(int status) { return boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(status)); }

}  // namespace

Result<Request> to_request(const Head& head) {
  Request request;
  request.method = std::string(head.method_string());
  const auto target = boost::urls::parse_origin_form(head.target());
  if (!target) return fail(Code::invalid, "the request's target is not a valid path");
  request.path = std::string(target->path());
  if (!is_utf8(request.path)) return fail(Code::invalid, "the request's path is not UTF-8");
  if (request.path.find('\0') != std::string::npos) return fail(Code::invalid, "the request's path holds a zero byte");
  if (head.count(boost::beast::http::field::host) > 1) return fail(Code::invalid, "the request names more than one host");
  TRY(check_coding(head));
  for (const auto& parameter : target->params()) {
    if (!is_utf8(parameter.key) || !is_utf8(parameter.value)) return fail(Code::invalid, "the request's query is not UTF-8");
    request.query.emplace(parameter.key, parameter.value);
  }
  for (const auto& field : head) request.headers.emplace(std::string(field.name_string()), std::string(field.value()));
  const auto id = request.header("X-Request-Id").value_or("");
  request.request_id = is_sane_id(id) ? std::string(id) : make_id("req");
  if (const auto incoming = request.header("traceparent")) request.traceparent = continue_trace(*incoming);
  return request;
}

std::string head_text(const Response& response, const Request& request, std::optional<std::int64_t> length, bool keep_alive, std::string_view extra) {
  std::string text;
  text.reserve(320);
  auto out = std::back_inserter(text);
  fmt::format_to(out, "HTTP/1.1 {} {}\r\n", response.status, reason_of(response.status));
  if (!response.content_type.empty() && response.status != 204 && response.status != 304) fmt::format_to(out, "Content-Type: {}\r\n", response.content_type);
  if (length) {
    fmt::format_to(out, "Content-Length: {}\r\n", *length);
  } else {
    text += "Transfer-Encoding: chunked\r\n";
  }
  fmt::format_to(out, "X-Request-Id: {}\r\n", request.request_id);
  if (!request.traceparent.empty()) fmt::format_to(out, "traceparent: {}\r\n", request.traceparent);
  for (const auto& [name, value] : response.headers) fmt::format_to(out, "{}: {}\r\n", name, value);
  text += "X-Content-Type-Options: nosniff\r\n";
  text += extra;
  text += keep_alive ? "\r\n" : "Connection: close\r\n\r\n";
  return text;
}

Response plain_error(int status, const Error& error, const Request& request) {
  json::Writer writer;
  writer.begin_object();
  writer.key("error");
  writer.begin_object();
  writer.field("code", to_string(error.code));
  writer.field("what", error.message);
  writer.field("why", error.code == Code::internal ? "" : error.detail);
  writer.field("fix", error.fix);
  writer.field("request_id", request.request_id);
  writer.end_object();
  writer.end_object();
  return json_response(writer.take(), status);
}

bool wants_gzip(const Request& request, const Response& response, std::size_t size_bytes) {
  if (size_bytes < kWorthGzipBytes || response.headers.contains("Content-Encoding")) return false;
  const std::string_view type = response.content_type;
  if (!type.starts_with("text/") && !type.starts_with("application/json") && !type.contains("javascript") && !type.contains("svg")) return false;
  return request.header("Accept-Encoding").value_or("").contains("gzip");
}

}  // namespace gyre::net
