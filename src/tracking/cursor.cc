#include "tracking/cursor.h"

#include <fmt/format.h>

#include "base/hash.h"
#include "base/packed.h"

namespace gyre::tracking {
namespace {

enum class Kind : std::uint8_t { null, integer, real, text };

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) text += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return text;
}

std::optional<std::string> unhex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  if (text.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); i += 2) {
    if (digit(text[i]) < 0 || digit(text[i + 1]) < 0) return std::nullopt;
    bytes += static_cast<char>(digit(text[i]) * 16 + digit(text[i + 1]));
  }
  return bytes;
}

void pack(Packer& packer, const sql::Value& value) {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) {
    packer.number(Kind::integer);
    packer.number(*integer);
  } else if (const auto* real = std::get_if<double>(&value)) {
    packer.number(Kind::real);
    packer.number(*real);
  } else if (const auto* text = std::get_if<std::string_view>(&value)) {
    packer.number(Kind::text);
    packer.text(*text);
  } else {
    packer.number(Kind::null);
  }
}

std::optional<Bound> unpack(Unpacker& unpacker) {
  switch (unpacker.number<Kind>()) {
    case Kind::integer:
      return unpacker.number<std::int64_t>();
    case Kind::real:
      return unpacker.number<double>();
    case Kind::text:
      return unpacker.text();
    default:
      return std::nullopt;
  }
}

}  // namespace

std::string write_cursor(std::span<const sql::Value> values, std::string_view search) {
  std::string bytes;
  Packer packer(bytes);
  packer.number(stable_hash(search));
  for (const auto& value : values) pack(packer, value);
  return hex(bytes);
}

// The first key that differs decides. A missing value is the same for all rows whose flag, the key before it, is the same.
std::string behind(std::span<const OrderKey> keys, const CursorValues& values, const std::function<std::string(const Bound&)>& bind) {
  std::string text, equal;
  for (std::size_t i = 0; i < values.size(); ++i) {
    const auto& key = keys[i];
    if (!values[i]) {
      equal += fmt::format("{} IS NULL AND ", key.text);
      continue;
    }
    const auto place = bind(*values[i]);
    text += fmt::format("{}({}{} {} {})", text.empty() ? "" : " OR ", equal, key.text, key.descending ? "<" : ">", place);
    equal += fmt::format("{} = {} AND ", key.text, place);
  }
  return "(" + text + ")";
}

Result<CursorValues> read_cursor(std::string_view cursor, std::string_view search, std::size_t keys) {
  const auto bytes = unhex(cursor);
  if (!bytes) return fail(Code::invalid, "Invalid page token, could not base64-decode");
  Unpacker unpacker(*bytes);
  const bool same = unpacker.number<std::uint64_t>() == stable_hash(search);
  if (unpacker.good && !same)
    return fail(Code::invalid, "Invalid page token: it belongs to another search", {},
                "send the same filter, order and experiments with it, or begin without a token");
  CursorValues values;
  for (std::size_t i = 0; i < keys && unpacker.good; ++i) values.push_back(unpack(unpacker));
  if (!unpacker.good) return fail(Code::invalid, "Invalid page token, it ends too early");
  return values;
}

}  // namespace gyre::tracking
