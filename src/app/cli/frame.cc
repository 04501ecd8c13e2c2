#include "app/cli/frame.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "base/file.h"

namespace gyre::cli {
namespace {

constexpr std::size_t kMaxInputBytes = 1 << 30;

Result<Frame> frame_of_csv(std::string_view text) {
  auto lines = TRY(parse_csv(text));
  if (lines.empty()) return fail(Code::invalid, "the file is empty", {}, "CSV begins with a line of column names");
  Frame frame{std::move(lines.front()), {}};
  for (std::size_t i = 1; i < lines.size(); ++i) {
    if (lines[i].size() != frame.columns.size()) {
      return fail(Code::invalid, fmt::format("row {} has {} fields, the header has {}", i, lines[i].size(), frame.columns.size()));
    }
    auto& row = frame.rows.emplace_back();
    for (auto& field : lines[i]) row.emplace_back(std::move(field));
  }
  return frame;
}

Result<Frame> frame_of_records(const json::Array& records) {
  Frame frame;
  std::map<std::string, std::size_t> places;
  for (const auto& record : records) {
    const auto* fields = record.if_object();
    if (!fields)
      return fail(Code::invalid, fmt::format("row {} is {}, not an object", frame.rows.size() + 1, record.kind()), {},
                  R"(a row is written {"column": value, ...})");
    auto& row = frame.rows.emplace_back(frame.columns.size());
    for (const auto& [name, value] : *fields) {
      const auto place = places.try_emplace(name, frame.columns.size()).first->second;
      if (place == frame.columns.size()) frame.columns.push_back(name);
      if (place >= row.size()) row.resize(place + 1);
      row[place] = value;
    }
  }
  for (auto& row : frame.rows) row.resize(frame.columns.size());
  return frame;
}

// A whole document, or one a line.
Result<Frame> frame_of_json(std::string_view text) {
  const auto whole = json::parse(text);
  if (whole && whole->if_array()) return frame_of_records(*whole->if_array());
  if (whole) return frame_of_records({*whole});
  json::Array records;
  for (std::size_t from = 0; from < text.size();) {
    const auto end = std::min(text.find('\n', from), text.size());
    const auto line = text.substr(from, end - from);
    from = end + 1;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
    auto record = json::parse(line);
    if (!record) return records.empty() ? std::unexpected(whole.error()) : within(fmt::format("line {}", records.size() + 1), record.error());
    records.push_back(std::move(*record));
  }
  return frame_of_records(records);
}

}  // namespace

Result<std::string> read_input(const std::string& file) {
  if (file != "-") return read_file(file, kMaxInputBytes);
  std::string all, block(1 << 16, '\0');
  while (true) {
    const auto got = ::read(STDIN_FILENO, block.data(), block.size());
    if (got < 0) return fail_errno("reading", "standard input");
    if (got == 0) return all;
    all.append(block, 0, static_cast<std::size_t>(got));
    if (all.size() > kMaxInputBytes) return fail(Code::exhausted, fmt::format("standard input has more than {} bytes", kMaxInputBytes));
  }
}

Result<std::vector<std::vector<std::string>>> parse_csv(std::string_view text) {
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  std::vector<std::vector<std::string>> lines;
  std::vector<std::string> line(1);
  std::size_t number = 1, quoted_from = 0;
  bool begun = false;
  const auto end_line = [&] {
    if (begun || line.size() > 1 || !line[0].empty()) lines.push_back(std::move(line));
    line.assign(1, "");
    begun = false;
  };
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    number += c == '\n';
    if (quoted_from > 0) {
      if (c != '"') {
        line.back() += c;
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        line.back() += text[++at];
      } else {
        quoted_from = 0;
      }
    } else if (c == '"' && line.back().empty()) {
      quoted_from = number, begun = true;
    } else if (c == ',') {
      line.emplace_back();
    } else if (c == '\n') {
      end_line();
    } else if (c != '\r' || (at + 1 < text.size() && text[at + 1] != '\n')) {
      line.back() += c;
    }
  }
  if (quoted_from > 0) return fail(Code::invalid, fmt::format("line {}: a quote is opened and never closed", quoted_from));
  end_line();
  return lines;
}

Result<Frame> read_frame(std::string_view text) {
  const auto first = text.find_first_not_of(" \t\r\n");
  if (first == std::string_view::npos) return fail(Code::invalid, "the file is empty");
  return text[first] == '[' || text[first] == '{' ? frame_of_json(text) : frame_of_csv(text);
}

json::Value numeric(const json::Value& field) {
  const auto* text = field.if_string();
  if (!text || text->empty()) return field;
  const auto* end = text->data() + text->size();
  std::int64_t whole = 0;
  if (const auto [stop, error] = std::from_chars(text->data(), end, whole); error == std::errc() && stop == end) return whole;
  double real = 0;
  if (const auto [stop, error] = std::from_chars(text->data(), end, real); error == std::errc() && stop == end) return real;
  return field;
}

}  // namespace gyre::cli
