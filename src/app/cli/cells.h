// Values of the server's answers as they stand in a cell: rounded for people, whole for programs (see human()).
#pragma once

#include <optional>

#include "app/cli/terminal.h"
#include "base/json.h"

namespace gyre::cli {

// The elements of a list and the members of an object; none of anything else.
const json::Array& items(const json::Value& list);
const json::Object& members(const json::Value& object);

// What is not there: a dash for people, nothing for programs.
std::string nothing();

// Text of others on a terminal: control characters are shown and do nothing.
std::string safe(std::string_view text);
std::string text(const json::Value& value);
// A path on standard output: as it is for programs.
std::string shown_path(std::string_view path);
// Lines of a log or a file: what moves the cursor or changes the terminal is taken out, colours stay.
std::string printable(std::string_view lines);
std::string joined_texts(const json::Value& list, std::string_view separator = ", ");

std::string count(const json::Value& value);  // 12,345
std::string bytes(const json::Value& value);  // 12.4 MiB
std::string duration(const json::Value& ms);  // 2 h 14 m
// A number that may be non-finite, in the server's words for units: none share ms s bytes rows count days per_second.
std::string figure(const json::Value& value, std::string_view unit = "none");
std::optional<double> number(const json::Value& value);  // also of "NaN", "Infinity"
std::vector<double> numbers(const json::Value& list);    // NaN where there is none

// "3 h ago" by the clock that says `now_ms`; ISO 8601 for programs.
std::string age(const json::Value& iso, TimeMs now_ms);
std::string age_ms(TimeMs at_ms, TimeMs now_ms);
// "2026-11-23 07:12:04 UTC", in UTC or the machine's zone.
std::string moment(const json::Value& iso);
// A day for people: "1 Apr 2001"; ISO 8601 for programs.
std::string day(const json::Value& iso);

// What the command line takes for an object: its `ref`.
std::string reference(const json::Value& link);
// The same with the glyph of its kind, for people: short where the command line takes it short.
std::string label(const json::Value& link);
std::string labels(const json::Value& links, std::string_view separator = ", ");
// Links from cause to effect, with arrows.
std::string chain(const json::Value& links);
// Status and state of an object that has both.
std::string state_of(const json::Value& object);

// The id in "run:amber-fox", "amber-fox": the kind in front is optional.
std::string without_kind(std::string_view reference, std::string_view kind);

}  // namespace gyre::cli
