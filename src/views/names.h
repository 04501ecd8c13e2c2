// What a view may look like, and how it is named. Inside views/ only.
#pragma once

#include "views/views.h"

namespace gyre::views {

// `invalid` with what is wrong of it.
Result<void> check_kind(std::string_view kind);
Result<void> check_subject(std::string_view subject);
Result<void> check_name(std::string_view name);
// The state as it is kept.
Result<std::string> state_text(const json::Value& state);

// Of what a link stands for: members of objects in the order of their names, since that order says nothing.
std::string digest_of(std::string_view kind, std::string_view subject, const json::Value& state);
// The first characters of a digest in lower-case base 32, at most 51.
std::string short_id(std::string_view digest, std::size_t characters);

}  // namespace gyre::views
