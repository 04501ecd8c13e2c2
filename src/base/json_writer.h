// Writes JSON text front to back. Doubles come out in the shortest form that reads back to the same bits.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace gyre::json {

class Value;

// Not thread-safe. Commas are put by the writer; begin and end calls must match.
class Writer {
 public:
  // For a long text: room at once for about as much as it will take.
  void reserve(std::size_t bytes) { out_.reserve(bytes); }

  void begin_object() { open('{'); }
  void end_object() { close('}'); }
  void begin_array() { open('['); }
  void end_array() { close(']'); }
  void key(std::string_view name);

  void string(std::string_view text);
  void integer(std::int64_t number);
  // Not finite: the strings "NaN", "Infinity", "-Infinity".
  void number(double number);
  void boolean(bool truth);
  void null();
  void value(const Value& value);
  // Text that is JSON already.
  void raw(std::string_view json);

  void field(std::string_view name, std::string_view text) { key(name), string(text); }
  void field(std::string_view name, const char* text) { key(name), string(text); }
  void field(std::string_view name, const std::string& text) { key(name), string(text); }
  void field(std::string_view name, std::int64_t number) { key(name), integer(number); }
  void field(std::string_view name, int number) { key(name), integer(number); }
  void field(std::string_view name, double amount) { key(name), number(amount); }
  void field(std::string_view name, bool truth) { key(name), boolean(truth); }
  void field(std::string_view name, const Value& v) { key(name), value(v); }

  const std::string& text() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void open(char bracket);
  void close(char bracket);
  void separate();

  std::string out_;
  bool need_comma_ = false;
};

// `text` in quotes, escaped.
void append_quoted(std::string& out, std::string_view text);

}  // namespace gyre::json
