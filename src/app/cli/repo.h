// What the commands on repositories share.
#pragma once

#include "app/cli/remote.h"

namespace gyre::cli {

// "flights@main~2/labels/x.csv" as the server's routes take it.
struct RepoPath {
  std::string repo;
  std::string ref;      // "main~2"
  std::string path;     // "labels/x.csv"; "" is the root
  bool folder = false;  // it was written with a slash at its end
  std::string text() const;
};
Result<RepoPath> repo_path(std::string_view text);

Result<int> list_repo(const Invocation& call);      // repo ls
Result<int> show_log(const Invocation& call);       // repo log
Result<int> show_diff(const Invocation& call);      // repo diff
Result<int> tag_commit(const Invocation& call);     // repo tag
Result<int> begin_branch(const Invocation& call);   // repo branch
Result<int> put_files(const Invocation& call);      // repo put
Result<int> remove_paths(const Invocation& call);   // repo rm
Result<int> get_files(const Invocation& call);      // repo get
Result<int> print_file(const Invocation& call);     // repo cat
Result<int> preview_table(const Invocation& call);  // repo preview

// The files at and below a path: what the server's tree tells, folder by folder.
struct RemoteFile {
  std::string path, relative;
  std::int64_t size_bytes = 0;
};
Result<std::vector<RemoteFile>> files_below(Remote& remote, const RepoPath& at);

}  // namespace gyre::cli
