#include "api/mlflow/wire.h"

#include <charconv>
#include <cmath>

namespace gyre::mlflow {
namespace {

constexpr char kBase64[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

std::string base64(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); i += 3) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; ++k) bits = bits << 8 | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0);
    for (int k = 0; k < 4; ++k) out += i + static_cast<std::size_t>(k) > text.size() ? '=' : kBase64[bits >> (18 - 6 * k) & 63];
  }
  return out;
}

std::optional<std::string> unbase64(std::string_view text) {
  std::string out;
  std::uint32_t bits = 0;
  int held = 0;
  for (const char c : text) {
    if (c == '=') break;
    const auto place = std::string_view(kBase64, 64).find(c);
    if (place == std::string_view::npos) return std::nullopt;
    bits = bits << 6 | static_cast<std::uint32_t>(place);
    held += 6;
    if (held >= 8) {
      held -= 8;
      out += static_cast<char>(bits >> held & 255);
    }
  }
  return out;
}

const json::Array kNone;

}  // namespace

Result<std::int64_t> to_integer(const json::Value& value, std::string_view path) {
  if (const auto* whole = value.if_int()) return *whole;
  constexpr double kBeyond = 9'223'372'036'854'775'808.0;
  if (const auto* real = value.if_double(); real && *real >= -kBeyond && *real < kBeyond && *real == std::trunc(*real)) return static_cast<std::int64_t>(*real);
  if (const auto* text = value.if_string()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) return number;
  }
  return fail(Code::invalid, fmt::format("Invalid value {} for parameter '{}' supplied: expected a whole number. See the API docs for more information about request parameters.", json::to_text(value), path));
}

Result<double> to_number(const json::Value& value, std::string_view path) {
  if (value.is_number()) return value.number_or(0);
  if (const auto* text = value.if_string()) {
    if (*text == "NaN") return std::numeric_limits<double>::quiet_NaN();
    if (*text == "Infinity") return std::numeric_limits<double>::infinity();
    if (*text == "-Infinity") return -std::numeric_limits<double>::infinity();
    double number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) return number;
  }
  return fail(Code::invalid, fmt::format("Invalid value {} for parameter '{}' supplied: expected a number. See the API docs for more information about request parameters.", json::to_text(value), path));
}

std::unexpected<Error> wrong_type(const json::Value& value, std::string_view path) {
  return fail(Code::invalid, fmt::format("Invalid value {:.200} for parameter '{}' supplied. Hint: Value was {}. See the API docs for more information about request parameters.",
                                         json::to_text(value), path, value.kind()));
}

std::string plain_text(const json::Value& value) {
  if (const auto* text = value.if_string()) return *text;
  return value.is_null() ? "" : json::to_text(value);
}

Result<Args> Args::of(const net::Request& request) {
  Args args;
  if (request.method == "GET" || (request.body.empty() && !request.query.empty())) {
    for (const auto& [name, value] : request.query) {
      const auto* there = args.value_.find(name);
      if (!there) {
        args.value_.set(name, value);
      } else {  // a repeated key is a list
        json::Array list = there->if_array() ? *there->if_array() : json::Array{*there};
        list.emplace_back(value);
        args.value_.set(name, std::move(list));
      }
    }
  } else if (!request.body.empty()) {
    args.value_ = TRY(json::parse(request.body));
    if (const auto* inner = args.value_.if_string()) args.value_ = TRY(json::parse(std::string(*inner)));  // old clients encode twice
    if (!args.value_.if_object()) return fail(Code::invalid, "the request body must be a JSON object");
  }
  for (const auto& [name, value] : request.path_parameters) args.value_.set(name, value);
  return args;
}

std::string Args::text(std::string_view name) const { return plain_text(value_[name]); }

Result<std::string> Args::required_text(std::string_view name) const {
  const auto& value = value_[name];
  if (!value.is_null() && !value.if_string()) return wrong_type(value, name);
  auto found = value.string_or("");
  if (found.empty()) return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'. See the API docs for more information about request parameters.", name));
  return found;
}

std::optional<std::string> Args::optional_text(std::string_view name) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return std::nullopt;
  return plain_text(*found);
}

Result<std::int64_t> Args::integer(std::string_view name, std::int64_t otherwise) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return otherwise;
  return to_integer(*found, name);
}

Result<double> Args::number(std::string_view name) const {
  const auto* found = value_.find(name);
  if (!found || found->is_null()) return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'. See the API docs for more information about request parameters.", name));
  return to_number(*found, name);
}

std::vector<std::string> Args::texts(std::string_view name) const {
  const auto& found = value_[name];
  std::vector<std::string> out;
  if (const auto* items = found.if_array()) {
    for (const auto& item : *items) out.push_back(plain_text(item));
  } else if (!found.is_null()) {
    out.push_back(plain_text(found));
  }
  return out;
}

Result<const json::Array*> Args::list(std::string_view name) const {
  const auto& value = value_[name];
  if (value.is_null()) return &kNone;
  if (const auto* items = value.if_array()) return items;
  return wrong_type(value, name);
}

std::string Args::choice(std::string_view name, std::initializer_list<std::string_view> names_from_1, std::string_view otherwise) const {
  const auto given = text(name);
  if (given.empty()) return std::string(otherwise);
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(given.data(), given.data() + given.size(), number);
  if (error == std::errc() && end == given.data() + given.size() && number >= 1 && number <= names_from_1.size()) return std::string(names_from_1.begin()[number - 1]);
  return given;
}

std::string Args::run_id() const {
  auto id = text("run_id");
  return id.empty() ? text("run_uuid") : id;
}

net::Response reply(Writer& writer) { return net::json_response(writer.take()); }
net::Response empty_reply() { return net::json_response("{}"); }

std::string page_token(std::int64_t offset) { return base64(fmt::format(R"({{"offset": {}}})", offset)); }

Result<std::int64_t> page_offset(const Args& args) {
  const auto token = args.text("page_token");
  if (token.empty()) return 0;
  const auto decoded = unbase64(token);
  if (!decoded) return fail(Code::invalid, "Invalid page token, could not base64-decode");
  const auto value = json::parse(*decoded);
  if (!value || !(*value)["offset"].if_int()) return fail(Code::invalid, fmt::format("Invalid page token, decoded value={}", *decoded));
  return std::max<std::int64_t>(0, (*value)["offset"].int_or(0));
}

}  // namespace gyre::mlflow
