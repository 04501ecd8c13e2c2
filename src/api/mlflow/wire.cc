#include "api/mlflow/wire.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/base64.h"

namespace gyre::mlflow {
namespace {

const json::Array kNone;

constexpr std::string_view kSeeDocs = " See the API docs for more information about request parameters.";

// MLflow's server is written in Python and names its types.
std::string_view type_name(const json::Value& value) {
  if (value.if_string()) return "str";
  if (value.if_int()) return "int";
  if (value.if_double()) return "float";
  if (value.if_bool()) return "bool";
  if (value.if_array()) return "list";
  return value.if_object() ? "dict" : "NoneType";
}

bool is_texts(const json::Value& value) {
  const auto* items = value.if_array();
  return !items || std::ranges::all_of(*items, [](const json::Value& item) { return item.if_string() != nullptr; });
}

bool fits(const json::Value& value, const Expected& expected) {
  switch (expected.kind) {
    case Kind::text:
      return value.if_string();
    case Kind::whole:
      return to_integer(value, expected.name).has_value();
    case Kind::real:
      return to_number(value, expected.name).has_value();
    case Kind::truth:
      return value.if_bool();
    case Kind::list:
      return value.if_array();
    case Kind::texts:
      return value.if_array() && is_texts(value);
    case Kind::any:
      return true;
  }
  std::unreachable();
}

Result<void> check_content_type(const net::Request& request) {
  if (request.method != "POST" && request.method != "PUT") return {};
  const auto type = request.header("Content-Type");
  if (!type) return fail(Code::invalid, "Bad Request. Content-Type header is missing.");
  if (type->substr(0, type->find(';')) == "application/json") return {};
  return fail(Code::invalid, "Bad Request. Content-Type must be one of ['application/json'].");
}

std::string snake_case(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += '_';
    out += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  return out;
}

// Protobuf's JSON knows a field by two spellings.
Result<void> take_spellings(json::Value& value) {
  json::Object renamed;
  for (auto& [name, member] : *value.if_object()) {
    auto known = snake_case(name);
    if (known != name && value.find(known))
      return fail(Code::invalid, fmt::format("Request specifies both '{}' and '{}'; provide only one of them.", known, name));
    renamed.emplace_back(std::move(known), std::move(member));
  }
  value = std::move(renamed);
  return {};
}

Result<json::Value> read_body(const net::Request& request) {
  TRY(check_content_type(request));
  if (request.body.empty()) return json::Value(json::Object{});
  auto value = TRY(json::parse(request.body));
  if (const auto* inner = value.if_string()) value = TRY(json::parse(std::string(*inner)));  // old clients encode twice
  if (value.is_null()) value = json::Object{};
  if (!value.if_object()) return fail(Code::invalid, "the request body must be a JSON object");
  TRY(take_spellings(value));
  return value;
}

json::Value read_query(const net::Request& request) {
  json::Value value = json::Object{};
  for (const auto& [name, text] : request.query) {
    const auto* there = value.find(name);
    if (!there) {
      value.set(name, text);
      continue;
    }
    json::Array list = there->if_array() ? *there->if_array() : json::Array{*there};  // a repeated key is a list
    list.emplace_back(text);
    value.set(name, std::move(list));
  }
  return value;
}

// A query has no types: one text is also a list of one, and "true" a truth.
Result<void> give_types(json::Value& value, std::initializer_list<Expected> expected) {
  for (const auto& one : expected) {
    const auto* text = value[one.name].if_string();
    if (!text) continue;
    if (one.kind == Kind::list || one.kind == Kind::texts) {
      value.set(one.name, json::Array{*text});
    } else if (one.kind == Kind::truth) {
      auto small = *text;
      std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      if (small != "true" && small != "false") return fail(Code::invalid, fmt::format("Invalid boolean value: {}, must be 'true' or 'false'.", *text));
      value.set(one.name, small == "true");
    }
  }
  return {};
}

// The R client writes each number and truth of a body as a text: TRUE, and 100000 as 1e+05.
void read_truths_of_r(json::Value& value, std::initializer_list<Expected> expected) {
  for (const auto& one : expected) {
    const auto* text = one.kind == Kind::truth ? value[one.name].if_string() : nullptr;
    if (text && (*text == "TRUE" || *text == "FALSE")) value.set(one.name, *text == "TRUE");
  }
}

constexpr double kBeyond = 9'223'372'036'854'775'808.0;

std::optional<std::int64_t> whole(double real) {
  if (real >= -kBeyond && real < kBeyond && real == std::trunc(real)) return static_cast<std::int64_t>(real);
  return {};
}

std::optional<std::int64_t> read_scientific(std::string_view text) {
  if (text.find('e') == std::string_view::npos) return {};
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() ? whole(number) : std::nullopt;
}

}  // namespace

Result<std::int64_t> to_integer(const json::Value& value, std::string_view path) {
  if (const auto* number = value.if_int()) return *number;
  if (const auto* real = value.if_double()) {
    if (const auto number = whole(*real)) return *number;
  }
  if (const auto* text = value.if_string()) {
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
    if (error == std::errc() && end == text->data() + text->size()) return number;
    if (const auto scientific = read_scientific(*text)) return *scientific;
  }
  return wrong_type(value, path);
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
  return wrong_type(value, path);
}

std::unexpected<Error> wrong_type(const json::Value& value, std::string_view path) {
  return fail(Code::invalid, fmt::format("Invalid value {:.1000} for parameter '{}' supplied:  Hint: Value was of type '{}'.{}", json::to_text(value), path,
                                         type_name(value), kSeeDocs));
}

std::unexpected<Error> missing(std::string_view path) {
  return fail(Code::invalid, fmt::format("Missing value for required parameter '{}'.{}", path, kSeeDocs));
}

std::string plain_text(const json::Value& value) {
  if (const auto* text = value.if_string()) return *text;
  return value.is_null() ? "" : json::to_text(value);
}

Result<Args> Args::of(const net::Request& request, std::initializer_list<Expected> expected) {
  Args args;
  const bool by_query = request.method == "GET" || (request.body.empty() && !request.query.empty());
  args.value_ = by_query ? read_query(request) : TRY(read_body(request));
  if (by_query) TRY(give_types(args.value_, expected));
  if (!by_query) read_truths_of_r(args.value_, expected);
  for (const auto& [name, value] : request.path_parameters) args.value_.set(name, value);
  for (const auto& one : expected) {
    const auto& value = one.name == "run_id" && args.value_["run_id"].is_null() ? args.value_["run_uuid"] : args.value_[one.name];
    if (one.required && (value.is_null() || (value.if_string() && value.if_string()->empty()))) return missing(one.name);
    if (!value.is_null() && !fits(value, one)) return wrong_type(value, one.name);
  }
  return args;
}

Result<Args> Args::of(const net::Request& request) { return of(request, {}); }

std::string Args::text(std::string_view name) const { return plain_text(value_[name]); }

Result<std::string> Args::required_text(std::string_view name) const {
  const auto& value = value_[name];
  if (!value.is_null() && !value.if_string()) return wrong_type(value, name);
  auto found = value.string_or("");
  if (found.empty()) return missing(name);
  return found;
}

bool Args::truth(std::string_view name) const { return value_[name].bool_or(false); }

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
  if (!found || found->is_null()) return missing(name);
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
  if (error == std::errc() && end == given.data() + given.size() && number >= 1 && number <= names_from_1.size())
    return std::string(names_from_1.begin()[number - 1]);
  return given;
}

Result<std::string> Args::view(std::string_view name) const {
  auto chosen = choice(name, {"ACTIVE_ONLY", "DELETED_ONLY", "ALL"}, "ACTIVE_ONLY");
  if (chosen != "ACTIVE_ONLY" && chosen != "DELETED_ONLY" && chosen != "ALL") return wrong_type(value_[name], name);
  return chosen;
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
  const auto decoded = token.size() % 4 == 0 ? unbase64(token) : std::nullopt;
  if (!decoded) return fail(Code::invalid, "Invalid page token, could not base64-decode");
  const auto value = json::parse(*decoded);
  if (!value || !(*value)["offset"].if_int()) return fail(Code::invalid, fmt::format("Invalid page token, decoded value={}", *decoded));
  return std::max<std::int64_t>(0, (*value)["offset"].int_or(0));
}

Result<void> check_page_size(std::int64_t size, std::int64_t most) {
  if (size < 1) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be a positive integer", size));
  if (size > most) return fail(Code::invalid, fmt::format("Invalid value {} for parameter 'max_results' supplied. It must be at most {}", size, most));
  return {};
}

}  // namespace gyre::mlflow
