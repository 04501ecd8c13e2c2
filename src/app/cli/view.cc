#include "app/cli/view.h"

#include <fmt/format.h>

#include <algorithm>

namespace gyre::cli {
namespace {

const json::Value& member(const json::Value& object, std::string_view path) {
  const auto dot = path.find('.');
  const auto& found = object[path.substr(0, dot)];
  return dot == std::string_view::npos || object.find(path) ? object[object.find(path) ? path : path.substr(0, dot)] : member(found, path.substr(dot + 1));
}

json::Value only(const json::Value& object, const std::vector<std::string>& fields) {
  json::Value some = json::Object{};
  for (const auto& field : fields) some.set(field, member(object, field));
  return some;
}

json::Value chosen(const json::Value& document, const std::vector<std::string>& fields) {
  if (fields.empty()) return document;
  const auto* rows = document["rows"].if_array();
  if (!rows || std::ranges::find(fields, "rows") != fields.end()) return only(document, fields);
  json::Array some;
  for (const auto& row : *rows) some.push_back(only(row, fields));
  json::Value list = json::Object{};
  list.set("total", document["total"]);
  list.set("rows", std::move(some));
  return list;
}

json::Value named(std::string_view schema, const json::Value& document) {
  json::Value whole = json::Object{};
  whole.set("schema", schema);
  if (const auto* members = document.if_object()) {
    for (const auto& [name, value] : *members) whole.set(name, value);
  }
  return whole;
}

}  // namespace

int print_document(const Invocation& call, std::string_view schema, const json::Value& document) {
  print_line(schema, chosen(document, call.fields));
  return kDone;
}

void print_line(std::string_view schema, const json::Value& document) { fmt::print("{}\n", json::to_text(named(schema, document))); }

namespace detail {

bool show_plainly(const Invocation& call, const Rows& all, const ListView& view) {
  if (call.json) {
    print_document(call, view.schema, all.document);
  } else if (call.quiet) {
    for (const auto& row : all.rows) fmt::print("{}\n", reference(row));
  } else if (all.rows.empty()) {
    tell(view.empty);
  } else {
    return false;
  }
  return true;
}

void end_list(const Rows& all, const ListView& view) {
  const auto shown = static_cast<std::int64_t>(all.rows.size());
  if (shown < all.total) tell(fmt::format("{} of {} {} · --all", grouped(shown), grouped(all.total), view.noun));
}

}  // namespace detail

void Facts::add(std::string_view label, std::string value) {
  if (!value.empty() || !human()) facts_.emplace_back(label, std::move(value));
}

void Facts::print(std::size_t indent) const {
  constexpr std::size_t kGap = 2;
  std::size_t width = 0;
  for (const auto& [label, value] : facts_) width = std::max(width, display_width(label));
  for (const auto& [label, value] : facts_) {
    if (!human()) {
      fmt::print("{}\t{}\n", paint(label, Tone::dim), value);
    } else {
      const auto left = indent + width + kGap;
      const auto lines = wrapped(value, terminal_width() - std::min(terminal_width() / 2, left));
      fmt::print("{:{}}{}{}\n", "", indent, paint(pad_right(label, width + kGap), Tone::dim), lines.front());
      for (std::size_t i = 1; i < lines.size(); ++i) fmt::print("{:{}}{}\n", "", left, lines[i]);
    }
  }
}

void heading(std::string_view title) {
  if (human()) fmt::print("\n{}\n", paint(title, Tone::bold));
}

void tell_page(const Remote& remote, const json::Value& object) {
  if (object["url"].if_string()) tell(safe(remote.page(object)));
}

void tell(std::string_view line) {
  std::fflush(stdout);
  fmt::print(stderr, "{}\n", paint(line, Tone::dim, Stream::err));
}

void print_wrapped(std::string_view line, std::string_view indent, std::string_view tag) {
  const std::string end = tag.empty() ? "" : fmt::format("  {}", tag);
  if (!stderr_is_terminal()) return fmt::print(stderr, "{}{}\n", line, end);
  const auto beginning = line.substr(0, line.find_first_not_of(' '));
  const auto width = terminal_width() - indent.size();
  auto lines = wrapped(line.substr(beginning.size()), width);
  if (display_width(lines.back()) + display_width(end) > width) lines.emplace_back();
  lines.back() += lines.back().empty() ? tag : std::string_view(end);
  fmt::print(stderr, "{}{}\n", beginning, fmt::join(lines, fmt::format("\n{}", indent)));
}

int answer_no(const Invocation& call, std::string_view what, std::string_view why, std::string_view fix) {
  if (call.json) {
    json::Value answer = json::Object{};
    answer.set("answer", "no");
    answer.set("what", what);
    answer.set("why", why);
    answer.set("fix", fix);
    print_line("answer/1", answer);
    return kAnswerIsNo;
  }
  print_wrapped(fmt::format("{} {}", paint("no:", Tone::critical, Stream::err), what), "    ", paint("[exit 6]", Tone::dim, Stream::err));
  if (!why.empty()) print_wrapped(fmt::format("  why  {}", why), "       ");
  if (!fix.empty()) fmt::print(stderr, "  fix  {}\n", fix);
  return kAnswerIsNo;
}

int print_done(const Invocation& call, const json::Value& done, std::string_view undo) {
  if (call.json) {
    auto document = done;
    if (!undo.empty()) document.set("undo", undo);
    return print_document(call, "done/1", document);
  }
  if (call.quiet) {
    fmt::print("{}\n", reference(done["object"]));
  } else {
    fmt::print("{}\n", text(done["text"]));
  }
  if (!undo.empty()) tell(fmt::format("undo  {}", safe(undo)));
  return kDone;
}

}  // namespace gyre::cli
