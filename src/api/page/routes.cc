#include "api/page/routes.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/hash.h"

namespace gyre::page {
namespace {

constexpr std::string_view kPolicy =
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; object-src 'none'; form-action 'self'; base-uri 'none'";
constexpr std::string_view kForEver = "public, max-age=31536000, immutable", kAskAgain = "no-cache";
constexpr std::size_t kHashDigits = 8;  // that the bundler puts before a name's extension

constexpr std::string_view kNotBuilt = R"(<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Gyre</title>
<h1>Gyre runs, but its page was not built into this binary.</h1>
<p>Build both:</p>
<pre>./gyre-dev build</pre>
<p>All that the page does is on the command line too: <code>gyre help</code>. The API is at <a href="/api/v1/clock">/api/v1</a>.</p>
</html>
)";

// One file in each packing that there is.
struct Served {
  std::string_view plain, gzip, brotli;
  std::string type, tag;
  bool hashed = false;
  std::string rewritten;  // what `plain` shows, where it is not as it was built
};
using ServedFiles = std::map<std::string, Served, std::less<>>;

std::string_view type_of(std::string_view path) {
  constexpr std::pair<std::string_view, std::string_view> kTypes[] = {{".html", "text/html; charset=utf-8"},
                                                                      {".js", "text/javascript; charset=utf-8"},
                                                                      {".css", "text/css; charset=utf-8"},
                                                                      {".svg", "image/svg+xml"},
                                                                      {".json", "application/json"},
                                                                      {".woff2", "font/woff2"},
                                                                      {".png", "image/png"},
                                                                      {".ico", "image/x-icon"},
                                                                      {".txt", "text/plain; charset=utf-8"}};
  for (const auto& [ending, type] : kTypes) {
    if (path.ends_with(ending)) return type;
  }
  return "application/octet-stream";
}

// "index-Bx3kq0aZ.js": a name that changes with its content.
bool carries_hash(std::string_view path) {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos || dot < kHashDigits + 1 || path[dot - kHashDigits - 1] != '-') return false;
  return std::ranges::all_of(path.substr(dot - kHashDigits, kHashDigits), [](unsigned char c) { return std::isalnum(c) || c == '_' || c == '-'; });
}

std::string replaced(std::string text, std::string_view what, const std::string& with) {
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + with.size())) text.replace(at, what.size(), with);
  return text;
}

// The index names its files from the root, and tells the scripts where to ask. A prefix needs no escape: see config.cc.
void put_under(std::string_view prefix, Served& index) {
  auto text = replaced(std::string(index.plain), "\"/assets/", fmt::format("\"{}/assets/", prefix));
  index.rewritten = replaced(std::move(text), "<head>", fmt::format("<head><meta name=\"gyre-prefix\" content=\"{}\">", prefix));
  index.plain = index.rewritten;
  index.gzip = index.brotli = {};
  index.tag = fmt::format("\"{}\"", sha256_hex(index.plain).substr(0, 32));
}

ServedFiles serve(std::string_view prefix, std::span<const EmbeddedFile> files) {
  ServedFiles served;
  for (const auto& file : files) {
    const bool brotli = file.path.ends_with(".br"), gzip = file.path.ends_with(".gz");
    const auto path = brotli || gzip ? file.path.substr(0, file.path.size() - 3) : file.path;
    auto& one = served[std::string(path)];
    (brotli ? one.brotli : gzip ? one.gzip : one.plain) = file.bytes();
    one.type = type_of(path);
    one.hashed = carries_hash(path);
    if (!brotli && !gzip) one.tag = fmt::format("\"{}\"", sha256_hex(file.bytes()).substr(0, 32));
  }
  if (const auto index = served.find("index.html"); !prefix.empty() && index != served.end()) put_under(prefix, index->second);
  return served;
}

// Whether the client takes this packing; "br;q=0" is a no.
bool takes(const net::Request& request, std::string_view packing) {
  const auto accepted = request.header("Accept-Encoding").value_or("");
  const auto at = accepted.find(packing);
  return at != std::string_view::npos && !accepted.substr(at + packing.size()).starts_with(";q=0");
}

void tell_frames(Frames frames, net::Headers& headers) {
  if (frames == Frames::any) {
    headers.emplace("Content-Security-Policy", kPolicy);
    return;
  }
  const bool own = frames == Frames::same_origin;
  headers.emplace("Content-Security-Policy", fmt::format("{}; frame-ancestors '{}'", kPolicy, own ? "self" : "none"));
  headers.emplace("X-Frame-Options", own ? "SAMEORIGIN" : "DENY");
}

net::Response answer(const Served& file, Frames frames, const net::Request& request) {
  net::Response response;
  response.content_type = file.type;
  response.headers.emplace("Cache-Control", file.hashed ? kForEver : kAskAgain);
  response.headers.emplace("ETag", file.tag);
  response.headers.emplace("Vary", "Accept-Encoding");
  response.headers.emplace("Referrer-Policy", "same-origin");
  tell_frames(frames, response.headers);
  if (request.header("If-None-Match") == file.tag) {
    response.status = 304;
    response.body = std::string();
    return response;
  }
  const bool brotli = !file.brotli.empty() && takes(request, "br"), gzip = !brotli && !file.gzip.empty() && takes(request, "gzip");
  if (brotli || gzip) response.headers.emplace("Content-Encoding", brotli ? "br" : "gzip");
  response.body = std::string(brotli ? file.brotli : gzip ? file.gzip : file.plain);
  return response;
}

net::Response not_built(const std::string& prefix) {
  net::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.headers.emplace("Cache-Control", "no-store");
  response.headers.emplace("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'");
  response.body = replaced(std::string(kNotBuilt), "\"/api", "\"" + prefix + "/api");
  return response;
}

net::Response to_response(const Error& error, const net::Request&) {
  return net::text_response(error.message + "\n", error.code == Code::not_found ? 404 : 500);
}

}  // namespace

void add_routes(net::Router& router, std::string_view prefix, Frames frames, std::span<const EmbeddedFile> files) {
  const auto served = std::make_shared<const ServedFiles>(serve(prefix, files));
  const auto page = [served, frames, prefix = std::string(prefix)](const net::Request& request) -> Result<net::Response> {
    const auto index = served->find("index.html");
    return index == served->end() ? not_built(prefix) : answer(index->second, frames, request);
  };
  for (const char* path : {"/", "/p", "/p/*rest"}) router.add("GET", path, page, to_response);
  router.add(
      "GET", "/assets/*name",
      [served, frames](const net::Request& request) -> Result<net::Response> {
        const auto file = served->find(fmt::format("assets/{}", request.parameter("name")));
        if (file == served->end()) return fail(Code::not_found, fmt::format("There is no file assets/{:.200}.", request.parameter("name")));
        return answer(file->second, frames, request);
      },
      to_response);
}

}  // namespace gyre::page
