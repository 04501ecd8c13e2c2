// How a command shows an answer: as a document, as references, as a table with how much of it is shown, as facts.
#pragma once

#include "app/cli/cells.h"
#include "app/cli/remote.h"

namespace gyre::cli {

// One JSON document on standard output, its schema's name first; only the members that --json=a,b.c names.
int print_document(const Invocation& call, std::string_view schema, const json::Value& document);
// One line of a stream of documents.
void print_line(std::string_view schema, const json::Value& document);

// A list in the form that was asked for. `add` puts a row's cells into the table.
struct ListView {
  std::string_view schema;  // "repo-list/1"
  std::string_view empty;   // said when there is nothing: one sentence and the command that changes it
  std::string_view noun;    // "repositories"
  Table table;
};
template <class Add>
int show_list(const Invocation& call, const Rows& all, ListView view, Add&& add);

// Labels and values. Aligned and dim on a terminal, tab-separated else; `indent` blanks in front on a terminal.
class Facts {
 public:
  void add(std::string_view label, std::string value);
  void print(std::size_t indent = 0) const;

 private:
  std::vector<std::pair<std::string, std::string>> facts_;
};

// A heading over a part of a view: on a terminal alone.
void heading(std::string_view title);
// The object's page, and other talk on standard error for people.
void tell_page(const Remote& remote, const json::Value& object);
void tell(std::string_view line);
// The same as it is, in lines of the terminal's width; those behind the first begin with `indent`.
// `tag` is never torn.
void print_wrapped(std::string_view line, std::string_view indent, std::string_view tag = {});

// The answer is no: told as an error is, but exit 6 and no failure.
int answer_no(const Invocation& call, std::string_view what, std::string_view why, std::string_view fix);

// A write that took effect: what the server says, and how to take it back.
int print_done(const Invocation& call, const json::Value& done, std::string_view undo = "");

namespace detail {
bool show_plainly(const Invocation& call, const Rows& all, const ListView& view);
void end_list(const Rows& all, const ListView& view);
}  // namespace detail

template <class Add>
int show_list(const Invocation& call, const Rows& all, ListView view, Add&& add) {
  if (detail::show_plainly(call, all, view)) return kDone;
  for (const auto& row : all.rows) add(view.table, row);
  view.table.print();
  detail::end_list(all, view);
  return kDone;
}

}  // namespace gyre::cli
