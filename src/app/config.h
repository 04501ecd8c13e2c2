// What the server is told: by flags, by GYRE_… in the environment, by a YAML file, in this order of strength.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "api/page/frames.h"
#include "base/result.h"

namespace gyre::app {

struct Listen {
  std::string host = "127.0.0.1";  // brackets of IPv6 stay off
  std::uint16_t port = 7070;
};

struct Config {
  std::filesystem::path data_dir = "gyre-data";
  Listen listen;
  std::string database;       // URL; empty: sqlite in the data folder
  std::string artifact_root;  // folder; empty: blobs/ in the data folder
  std::string log_level = "info";
  std::vector<std::string> allowed_hosts;    // names besides this machine's by which browsers and proxies may ask
  std::vector<std::string> allowed_origins;  // whose pages may ask: "https://app.example.org"
  page::Frames frames = page::Frames::none;
  std::string static_prefix;  // of every path; empty: none
  bool artifacts_only = false;
  std::filesystem::path project_file;  // a gyre.yaml that is applied at the start
};

// "127.0.0.1:7070", "[::1]:0". `denied` for what is not loopback: told before anything is opened.
Result<Listen> read_listen(const std::string& text);

// `flags` are those that stood on the command line, by long name without dashes ("data-dir", "listen", …).
Result<Config> read_config(const std::map<std::string, std::string>& flags);

}  // namespace gyre::app
