// The flags that every command takes.
#pragma once

#include "app/cli/command.h"

namespace gyre::cli {

constexpr std::string_view kDefaultServer = "http://127.0.0.1:7070";

inline constexpr Option kCommonOptions[] = {
    {"json", "[=A,B.C]", "one JSON document; with names: only those members"},
    {"csv", "", "tables as comma-separated values with a header"},
    {"quiet", "", "references only", 'q'},
    {"server", "URL", "the server to ask (GYRE_SERVER, else http://127.0.0.1:7070)"},
    {"color", "WHEN", "auto, always or never; NO_COLOR turns it off too"},
    {"utc", "", "times in UTC instead of this machine's zone"},
    {"help", "", "what a command does and takes", 'h'},
};

}  // namespace gyre::cli
