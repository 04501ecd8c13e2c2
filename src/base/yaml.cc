#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <set>

namespace gyre::yaml {
namespace {

using json::Position;
using json::Value;

Position position_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

std::unexpected<Error> fail_at(Position at, std::string_view what) {
  return fail(Code::invalid, fmt::format("line {}, column {}: {}", at.line, at.column, what));
}

template <class Number>
bool whole_text_is(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

Value plain_scalar(const std::string& text) {
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return {};
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  if (text == ".nan" || text == ".NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == ".inf" || text == "+.inf") return std::numeric_limits<double>::infinity();
  if (text == "-.inf") return -std::numeric_limits<double>::infinity();
  const std::string_view digits = text.front() == '+' ? std::string_view(text).substr(1) : std::string_view(text);
  const bool numeric = !digits.empty() && (std::isdigit(static_cast<unsigned char>(digits.front())) || digits.front() == '-' || digits.front() == '.');
  std::int64_t whole = 0;
  double real = 0;
  if (numeric && whole_text_is(digits, whole)) return whole;
  if (numeric && whole_text_is(digits, real)) return real;
  return text;
}

class Reader {
 public:
  Result<Value> read(const YAML::Node& node, int depth) {
    const auto at = position_of(node.Mark());
    if (depth > json::kMaxDepth) return fail_at(at, fmt::format("nested deeper than {} levels", json::kMaxDepth));
    if (++nodes_ > kMaxNodes) return fail_at(at, fmt::format("more than {} values", kMaxNodes));
    auto value = TRY(convert(node, depth));
    value.position = at;
    return value;
  }

 private:
  Result<Value> convert(const YAML::Node& node, int depth) {
    switch (node.Type()) {
      case YAML::NodeType::Undefined:
      case YAML::NodeType::Null:
        return Value();
      case YAML::NodeType::Scalar:
        return node.Tag() == "!" ? Value(node.Scalar()) : plain_scalar(node.Scalar());
      case YAML::NodeType::Sequence: {
        json::Array items;
        for (const auto& item : node) items.push_back(TRY(read(item, depth + 1)));
        return Value(std::move(items));
      }
      case YAML::NodeType::Map:
        return read_map(node, depth);
    }
    std::unreachable();
  }

  Result<Value> read_map(const YAML::Node& node, int depth) {
    json::Object members;
    std::set<std::string> names;
    for (const auto& entry : node) {
      if (!entry.first.IsScalar()) return fail_at(position_of(entry.first.Mark()), "a key must be a plain word");
      if (!names.insert(entry.first.Scalar()).second)
        return fail_at(position_of(entry.first.Mark()), fmt::format("'{}' stands here twice", entry.first.Scalar()));
      auto value = TRY(read(entry.second, depth + 1));
      if (value.position.line <= 0) value.position = position_of(entry.first.Mark());
      members.emplace_back(entry.first.Scalar(), std::move(value));
    }
    return Value(std::move(members));
  }

  std::size_t nodes_ = 0;
};

}  // namespace

Result<Value> parse(std::string_view text) try {
  if (text.size() > kMaxBytes) return fail(Code::invalid, fmt::format("the YAML text has {} bytes; at most {} are read", text.size(), kMaxBytes));
  return Reader().read(YAML::Load(std::string(text)), 0);
} catch (const YAML::ParserException& error) {
  return fail_at(position_of(error.mark), error.msg);
} catch (const YAML::Exception& error) {
  return fail(Code::invalid, "not valid YAML", error.what());
}

}  // namespace gyre::yaml
