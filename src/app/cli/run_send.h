// One file to a run. Behind gyre run put.
#pragma once

#include <filesystem>

#include "app/cli/run_files.h"

namespace gyre::cli {

struct Upload {
  std::filesystem::path file;
  std::int64_t size_bytes = 0;
  std::string place;  // of the upload at the server
};

// The place of a new upload.
Result<std::string> begin_upload(Remote& remote, const std::string& url, const Upload& upload, const std::string& sha256);
// Goes on from where the server stands, as long as that moves.
Result<void> send_all(Remote& remote, const Upload& upload, const Moved& moved);
// In one request, and from its beginning again where that is cut: for what is too small to be taken up.
Result<void> send_whole(Remote& remote, const std::string& url, const Upload& upload, const std::string& sha256, const Moved& moved);

}  // namespace gyre::cli
