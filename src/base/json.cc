#include "base/json.h"

#include <fmt/format.h>
#include <simdjson.h>

#include "base/json_trouble.h"

namespace gyre::json {
namespace {

namespace dom = simdjson::dom;

// Memory that one thread keeps for the next document; a larger one gives it back.
constexpr std::size_t kKeptBytes = 4 << 20;
constexpr std::size_t kMaxTokens = 16'000'000;  // a value takes far more memory than the byte or two of its text

// Gives the memory of a large document back, however the parsing ends.
struct Trim {
  dom::parser& parser;
  const std::size_t bytes;
  ~Trim() {
    if (bytes > kKeptBytes) parser = dom::parser();
  }
};

Value convert(dom::element element) {
  switch (element.type()) {
    case dom::element_type::NULL_VALUE:
      return {};
    case dom::element_type::BOOL:
      return bool(element);
    case dom::element_type::INT64:
      return std::int64_t(element);
    case dom::element_type::UINT64:
      return static_cast<double>(std::uint64_t(element));
    case dom::element_type::DOUBLE:
      return double(element);
    case dom::element_type::STRING:
      return std::string_view(element);
    case dom::element_type::ARRAY: {
      const dom::array source = element;
      Array items;
      items.reserve(source.size());
      for (const auto item : source) items.push_back(convert(item));
      return items;
    }
    case dom::element_type::OBJECT: {
      const dom::object source = element;
      Object members;
      members.reserve(source.size());
      for (const auto [name, member] : source) members.emplace_back(name, convert(member));
      return members;
    }
  }
  std::unreachable();
}

}  // namespace

double Value::number_or(double otherwise) const {
  if (const auto* whole = if_int()) return static_cast<double>(*whole);
  return if_double() ? *if_double() : otherwise;
}

const Value* Value::find(std::string_view name) const {
  const auto* members = if_object();
  if (!members) return nullptr;
  for (auto at = members->rbegin(); at != members->rend(); ++at) {
    if (at->first == name) return &at->second;
  }
  return nullptr;
}

const Value& Value::operator[](std::string_view name) const {
  static const Value kNothing;
  const auto* found = find(name);
  return found ? *found : kNothing;
}

void Value::set(std::string_view name, Value value) {
  if (is_null()) data_ = Object{};
  auto& members = std::get<Object>(data_);
  for (auto& [present, member] : members) {
    if (present == name) {
      member = std::move(value);
      return;
    }
  }
  members.emplace_back(name, std::move(value));
}

std::string_view Value::kind() const {
  constexpr std::string_view kKinds[] = {"null", "true or false", "a whole number", "a number", "a string", "a list", "an object"};
  return kKinds[data_.index()];
}

Result<Value> parse(std::string_view text) {
  thread_local dom::parser parser;
  const Trim trim{parser, text.size()};
  if (const auto error = parser.allocate(std::max(text.size(), std::size_t{4096}), kMaxDepth)) {
    return fail(Code::exhausted, "the JSON text is too large", simdjson::error_message(error));
  }
  dom::element root;
  const auto error = parser.parse(text.data(), text.size()).get(root);
  if (error == simdjson::DEPTH_ERROR) return fail(Code::invalid, fmt::format("the JSON is nested deeper than {} levels", kMaxDepth));
  if (error) return fail(Code::invalid, fmt::format("not valid JSON: {}", describe_trouble(text, simdjson::error_message(error))));
  if (parser.implementation->n_structural_indexes > kMaxTokens) {
    return fail(Code::invalid, fmt::format("the JSON has more than {} values, names and marks between them", kMaxTokens), {}, "send it in parts");
  }
  return convert(root);
}

std::string to_text(const Value& value) {
  Writer writer;
  writer.value(value);
  return writer.take();
}

std::string unquoted(const Value& value) { return value.if_string() ? *value.if_string() : to_text(value); }

}  // namespace gyre::json
