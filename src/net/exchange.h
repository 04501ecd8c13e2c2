// Turning bytes into Requests and Responses into bytes; no sockets. Inside net/ only.
#pragma once

#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include "net/message.h"

namespace gyre::net {

using Head = boost::beast::http::header<true, boost::beast::http::fields>;

// Method, path, query, headers, ids; no body. `invalid` when the target cannot be understood.
Result<Request> to_request(const Head& head);

// Status line and headers. `length` nothing: the body is sent in chunks.
std::string head_text(const Response& response, const Request& request, std::optional<std::int64_t> length, bool keep_alive, std::string_view extra = "");

// For troubles that no route answers.
Response plain_error(int status, const Error& error, const Request& request);

bool wants_gzip(const Request& request, const Response& response, std::size_t size_bytes);

}  // namespace gyre::net
