// gyre run get: a run's files, one or a folder, taken up again where they were cut.
#include <fmt/format.h>

#include <filesystem>

#include "app/cli/interrupt.h"
#include "app/cli/run_fetch.h"
#include "app/cli/run_ref.h"
#include "app/cli/view.h"
#include "base/file.h"
#include "base/nearest.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

Result<int> get_file(const Invocation& call, Remote& remote, const std::string& url, const std::string& path, const FileHead& whole) {
  const auto name = path.substr(path.rfind('/') + 1);
  std::error_code error;
  auto target = fs::path(call.option("output", name));
  if (fs::is_directory(target, error) || !target.has_filename()) target /= name;
  if (target.has_parent_path()) TRY(make_folders(target.parent_path()));
  Meter meter("download", whole.size_bytes);
  const auto sha256 = TRY(fetch_file(remote, url, whole, target, [&](std::int64_t bytes) { meter.at(bytes); }));
  meter.clear();
  return print_moved_file(call, target.string(), whole.size_bytes, sha256);
}

// How much there is below a folder.
Result<MovedFiles> counted(Remote& remote, const RunPlace& place, std::string_view folder) {
  MovedFiles all;
  TRY(each_file(remote, place, folder, [&](const RunFile& file) -> Result<void> {
    ++all.files;
    all.bytes += file.size_bytes;
    return {};
  }));
  return all;
}

Error not_there(const Invocation& call, Remote& remote, const RunPlace& place, const std::string& path) {
  constexpr std::size_t kNamesLooked = 10'000;
  std::vector<std::string> names;
  const auto looked = each_file(remote, place, "", [&](const RunFile& file) -> Result<void> {
    names.push_back(file.path);
    return names.size() < kNamesLooked ? Result<void>() : fail(Code::cancelled, "enough");
  });
  if (!looked && names.size() < kNamesLooked) return looked.error();
  const auto what = path.empty() ? std::string("the run has no files") : fmt::format("the run has no file '{}' and no such folder", path);
  return {Code::not_found,
          what,
          {},
          names.empty() ? "it has no files at all" : fmt::format("nearest: {} · gyre run show {} lists them", nearest(path, names), call.positional("run"))};
}

// A link below the folder may lead out of it.
Result<void> check_no_link(const fs::path& target, const fs::path& local) {
  std::error_code error;
  for (auto above = local.parent_path(); above != target && above.has_relative_path(); above = above.parent_path()) {
    if (fs::is_symlink(above, error))
      return fail(Code::conflict, fmt::format("'{}' is a link, and may lead elsewhere", above.string()), {},
                  "take it away, or get the files to another place: -o DEST");
  }
  return {};
}

// Where it lies below the folder here: with no way out of it, whatever the server says.
Result<fs::path> local_path(const fs::path& target, const std::string& folder, const std::string& path) {
  const auto relative = folder.empty() ? std::string_view(path) : std::string_view(path).substr(std::min(path.size(), folder.size() + 1));
  if (!path.starts_with(folder) || !check_path(relative))
    return fail(Code::internal, fmt::format("the server told of a file '{}'", path), {}, "it is not written; is that a Gyre server?");
  auto local = target / relative;
  TRY(check_no_link(target, local));
  return local;
}

// All files below a folder, one after the other; those that do not come are told at the end.
class FolderGet {
 public:
  FolderGet(const Invocation& call, Remote& remote, const RunPlace& place, std::string folder, fs::path target)
      : call_(call), remote_(remote), place_(place), folder_(std::move(folder)), target_(std::move(target)) {}

  Result<int> run() {
    all_ = TRY(counted(remote_, place_, folder_));
    if (all_.files == 0) return std::unexpected(not_there(call_, remote_, place_, folder_));
    Meter meter("download", all_.bytes);
    const auto got = each_file(remote_, place_, folder_, [&](const RunFile& file) { return take(file, meter); });
    meter.clear();
    if (!got && missed_ < kMostMissed) return stopped(got.error());
    if (missed_ > 0)
      return fail(Code::internal, fmt::format("{} file{} did not come, {}", missed_, missed_ == 1 ? "" : "s", how_far()), missed_lines_,
                  "the same command tries them again");
    return print_moved_folder(call_, target_.string(), done_, "fetched");
  }

 private:
  static constexpr std::int64_t kMostNamed = 20, kMostMissed = 100;  // that are named, and that are borne

  std::string how_far() const { return fmt::format("{} of {} files are in {}, each whole", done_.files, all_.files, target_.string()); }

  std::unexpected<Error> stopped(const Error& why) const {
    return fail(why.code, "stopped; " + how_far(), why.code == Code::cancelled ? missed_lines_ : why.message, "the same command goes on from there");
  }

  // One that does not come keeps no other from coming, as long as the server answers.
  Result<void> take(const RunFile& file, Meter& meter) {
    if (interrupted()) return fail(Code::cancelled, "stopped");
    const auto taken = take_one(file, meter);
    if (taken || taken.error().code == Code::cancelled || (taken.error().code == Code::unavailable && is_away())) return taken;
    miss(safe(file.path), taken.error());
    return missed_ < kMostMissed ? Result<void>() : taken;
  }

  void miss(const std::string& path, const Error& why) {
    ++missed_;
    if (missed_ <= kMostNamed) missed_lines_ += fmt::format("{}{}: {}", missed_ > 1 ? "\n" : "", path, why.message);
    if (missed_ == kMostNamed + 1) missed_lines_ += "\nand others";
  }

  Result<void> take_one(const RunFile& file, Meter& meter) {
    const auto local = TRY(local_path(target_, folder_, file.path));
    const auto url = TRY(file_url(place_, file.path));
    const auto whole = TRY(head_of(remote_, url));
    TRY(make_folders(local.parent_path()));
    if (!is_there(local, whole)) {
      TRY(fetch_file(remote_, url, whole, local,
                     [&](std::int64_t bytes) { meter.at(done_.bytes + bytes, fmt::format("{} of {}", done_.files + 1, all_.files)); }));
      ++done_.sent;
    }
    ++done_.files;
    done_.bytes += whole.size_bytes;
    return {};
  }

  bool is_away() {
    const auto clock = remote_.get("/api/v1/clock");
    return !clock && clock.error().code == Code::unavailable;
  }

  const Invocation& call_;
  Remote& remote_;
  const RunPlace& place_;
  const std::string folder_;
  const fs::path target_;
  MovedFiles all_, done_;
  std::int64_t missed_ = 0;
  std::string missed_lines_;
};

}  // namespace

Result<int> get_run_files(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  auto path = call.positional("path");
  const bool all = path == "." || path == "/", folder = all || path.ends_with('/');
  while (path.ends_with('/')) path.pop_back();
  if (all) path.clear();
  if (!all) TRY(check_path(path));
  if (all && !call.has("output")) return fail(Code::invalid, "where all files of the run are to go is not told", {}, "name a folder: -o FOLDER");
  const auto place = TRY(run_place(remote, TRY(run_id(remote, call, Several::take_newest))));
  if (!folder) {
    const auto url = TRY(file_url(place, path));
    const auto whole = head_of(remote, url);
    if (whole) return get_file(call, remote, url, path, *whole);
    if (whole.error().code != Code::not_found) return std::unexpected(whole.error());
  }
  return FolderGet(call, remote, place, path, fs::path(call.option("output", path.substr(path.rfind('/') + 1)))).run();
}

}  // namespace gyre::cli
