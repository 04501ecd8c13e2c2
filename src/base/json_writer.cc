#include "base/json_writer.h"

#include <fmt/compile.h>
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "base/json.h"
#include "base/utf8.h"

namespace gyre::json {

constexpr unsigned kReplacement = 0xfffd;  // for a byte that is no UTF-8: what we write is JSON whatever we were given

constexpr std::size_t kMaxDoubleCharacters = 32;  // the longest are 24: "-1.7976931348623157e+308"

// ASCII that stands for itself.
constexpr auto kPlain = [] {
  std::array<bool, 256> plain{};
  for (unsigned c = 0x20; c < 0x80; ++c) plain[c] = c != '"' && c != '\\';
  return plain;
}();

void append_quoted(std::string& out, std::string_view text) {
  out += '"';
  std::size_t clean_from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (kPlain[c]) [[likely]]
      continue;
    if (const auto length = c >= 0x80 ? utf8_length(text.substr(i)) : 0; length > 0) {
      i += length - 1;
      continue;
    }
    out.append(text, clean_from, i - clean_from);
    clean_from = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        fmt::format_to(std::back_inserter(out), "\\u{:04x}", c >= 0x80 ? kReplacement : c);
    }
  }
  out.append(text, clean_from, text.size() - clean_from);
  out += '"';
}

void Writer::separate() {
  if (need_comma_) out_ += ',';
  need_comma_ = true;
}

void Writer::open(char bracket) {
  separate();
  out_ += bracket;
  need_comma_ = false;
}

void Writer::close(char bracket) {
  out_ += bracket;
  need_comma_ = true;
}

void Writer::key(std::string_view name) {
  separate();
  append_quoted(out_, name);
  out_ += ':';
  need_comma_ = false;
}

void Writer::string(std::string_view text) {
  separate();
  append_quoted(out_, text);
}

void Writer::integer(std::int64_t number) {
  separate();
  const fmt::format_int digits(number);
  out_.append(digits.data(), digits.size());
}

void Writer::number(double number) {
  separate();
  if (std::isnan(number)) {
    out_ += "\"NaN\"";
  } else if (std::isinf(number)) {
    out_ += number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  } else {
    std::array<char, kMaxDoubleCharacters> buffer;
    const std::string_view digits(buffer.data(), fmt::format_to(buffer.data(), FMT_COMPILE("{}"), number));
    out_ += digits;
    if (digits.find_first_of(".e") == std::string_view::npos) out_ += ".0";  // so that it is read back as a double
  }
}

void Writer::boolean(bool truth) {
  separate();
  out_ += truth ? "true" : "false";
}

void Writer::null() {
  separate();
  out_ += "null";
}

void Writer::raw(std::string_view json) {
  separate();
  out_ += json;
}

void Writer::value(const Value& value) {
  if (value.is_null()) return null();
  if (const auto* truth = value.if_bool()) return boolean(*truth);
  if (const auto* whole = value.if_int()) return integer(*whole);
  if (const auto* real = value.if_double()) return number(*real);
  if (const auto* text = value.if_string()) return string(*text);
  if (const auto* items = value.if_array()) {
    begin_array();
    for (const auto& item : *items) this->value(item);
    return end_array();
  }
  begin_object();
  for (const auto& [name, member] : *value.if_object()) field(name, member);
  end_object();
}

}  // namespace gyre::json
