// The summary on a terminal.
#pragma once

#include "app/demo/summary.h"

namespace gyre::demo {

void print(const Plan& plan, const Summary& summary);
// One JSON document, for scripts.
void print_json(const Plan& plan, const Summary& summary, const std::vector<std::string>& missing);
// Where the page tells which part of the story.
void print_places(const std::string& url);

}  // namespace gyre::demo
