// Files of runs: where they are, up and down. Between the files of gyre run put and get.
#pragma once

#include <functional>

#include "app/cli/remote.h"

namespace gyre::cli {

Result<int> put_run_files(const Invocation& call);  // run put
Result<int> get_run_files(const Invocation& call);  // run get

constexpr std::string_view kArtifacts = "/api/2.0/mlflow-artifacts";

// Where the server takes and gives a run's files.
struct RunPlace {
  std::string run_id;
  std::string url;   // of the folder of all
  std::string root;  // the same folder, as its URI names it
};
Result<RunPlace> run_place(Remote& remote, const std::string& run_id);

// What a client would tidy up is another path than the one that was meant; what leaves the folder is none at all.
Result<void> check_path(std::string_view path);
// Whether the server can keep the file under just this path: told before anything is sent.
Result<void> check_new_path(const RunPlace& place, std::string_view path, std::string_view file);
Result<std::string> file_url(const RunPlace& place, std::string_view path);
// "model/weights.bin" in "model" is "model/weights.bin"; in "" as it is.
std::string joined_path(std::string_view folder, std::string_view name);

struct RunFile {
  std::string path;
  std::int64_t size_bytes = 0;
};
// All files below the folder, "" for the run's, page by page, so that memory holds one page. `each` may end it with an error.
Result<void> each_file(Remote& remote, const RunPlace& place, std::string_view folder, const std::function<Result<void>(const RunFile& file)>& each);

// What the server tells of a file. `sha256` is empty where it does not know.
struct FileHead {
  std::string etag, sha256;
  std::int64_t size_bytes = 0;
};
Result<FileHead> head_of(Remote& remote, const std::string& url);

std::string header(const net::ClientResponse& answer, std::string_view name);

// Of one file as its bytes move; false ends it with `cancelled`.
using Moved = std::function<void(std::int64_t bytes)>;
constexpr int kAttempts = 10;  // in a row without a byte that came through
constexpr int kPauseMs = 500;
bool worth_another_try(const Error& error);

// One file is as it was told, several are told together.
int print_moved_file(const Invocation& call, const std::string& path, std::int64_t bytes, const std::string& sha256);
struct MovedFiles {
  std::int64_t files = 0, bytes = 0;
  std::int64_t sent = 0;  // of them, for the others were there already
};
int print_moved_folder(const Invocation& call, const std::string& path, const MovedFiles& moved, std::string_view verb);

}  // namespace gyre::cli
