// gyre sync: what runs reported into folders, to a server.
#include <fmt/format.h>

#include <filesystem>

#include "app/cli/interrupt.h"
#include "app/cli/run.h"
#include "app/cli/run_spool.h"
#include "app/runs/sync.h"
#include "base/folder.h"

namespace gyre::cli {
namespace {

namespace fs = std::filesystem;

// A run's folder is itself; of another folder the runs that lie in it.
Result<std::vector<fs::path>> run_folders(const fs::path& folder) {
  if (is_there(folder / runs::kHeadFile)) return std::vector{folder};
  std::vector<fs::path> found;
  for (const auto& path : TRY(list_folder(folder))) {
    if (is_there(path / runs::kHeadFile)) found.push_back(path);
  }
  return found;
}

Result<std::vector<fs::path>> all_folders(const Invocation& call) {
  auto named = call.list("folders");
  const bool spool = named.empty();
  if (spool) named.push_back(TRY(spool_folder()).string());
  std::vector<fs::path> all;
  for (const auto& name : named) {
    const auto found = TRY(run_folders(name));
    if (found.empty() && !spool)
      return fail(Code::not_found, fmt::format("'{}' is no run, and holds none", name), {}, "name the folder that gyre run --offline was given");
    all.insert(all.end(), found.begin(), found.end());
  }
  return all;
}

// The sum of what was sent.
struct Tally {
  std::int64_t runs = 0, failed = 0;
  runs::Synced all = {};
  std::vector<std::string> troubles = {};

  void add(const runs::Synced& one) {
    ++runs;
    all.events += one.events, all.console_bytes += one.console_bytes, all.files += one.files, all.file_bytes += one.file_bytes;
    all.sent_events += one.sent_events, all.sent_console_bytes += one.sent_console_bytes, all.sent_files += one.sent_files;
    all.refused += one.refused;
  }
};

// What was kept for the server alone is not needed once it has it all; a run that goes on may still be written to.
bool may_go(const Invocation& call) { return call.list("folders").empty() || call.has("remove"); }

Result<void> remove_ended(Remote& remote, const fs::path& folder, const std::string& run_id) {
  if (TRY(remote.get(api("runs", run_id)))["state"].string_or("running") == "running") return {};
  std::error_code error;
  fs::remove_all(folder, error);
  return {};
}

// One that cannot be sent keeps no other from it, as long as the server answers.
Result<void> sync_one(const Invocation& call, Remote& remote, const fs::path& folder, Tally& tally) {
  runs::FolderSync sync(remote, folder);
  const auto done = sync.all();
  if (!done && (done.error().code == Code::unavailable || done.error().code == Code::cancelled)) return std::unexpected(done.error());
  if (!done) {
    constexpr std::size_t kMostTroubles = 20;
    ++tally.failed;
    if (tally.troubles.size() < kMostTroubles) tally.troubles.push_back(fmt::format("{}: {}", folder.string(), done.error().message));
    return {};
  }
  for (const auto& note : sync.synced().notes) tell(fmt::format("{}: {}", folder.string(), note));
  tally.add(sync.synced());
  return may_go(call) ? remove_ended(remote, folder, sync.synced().run_id) : Result<void>();
}

int print_tally(const Invocation& call, const Tally& tally) {
  const auto& all = tally.all;
  json::Value done = json::Object{};
  done.set("runs", tally.runs);
  done.set("events", all.events);
  done.set("console_bytes", all.console_bytes);
  done.set("files", all.files);
  done.set("file_bytes", all.file_bytes);
  done.set("sent", json::Object{{"events", all.sent_events}, {"console_bytes", all.sent_console_bytes}, {"files", all.sent_files}});
  done.set("refused", all.refused);
  if (call.json) return print_document(call, "sync/1", done);
  if (!call.quiet)
    fmt::print("{} run{} with the server, compared: {} events, {} of console, {} files; {} events, {} and {} files were new\n", grouped(tally.runs),
               tally.runs == 1 ? " is" : "s are", grouped(all.events), human_bytes(all.console_bytes), grouped(all.files), grouped(all.sent_events),
               human_bytes(all.sent_console_bytes), grouped(all.sent_files));
  return kDone;
}

Result<int> sync_all(const Invocation& call, Remote& remote) {
  const auto folders = TRY(all_folders(call));
  Tally tally;
  Progress progress(400);
  for (const auto& folder : folders) {
    if (interrupted())
      return fail(Code::cancelled, fmt::format("stopped; {} of {} runs are with the server", tally.runs, folders.size()), {},
                  "the same command goes on from there");
    progress.show(fmt::format("{} of {} runs", tally.runs + tally.failed + 1, folders.size()));
    if (const auto synced = sync_one(call, remote, folder, tally); !synced) {
      auto trouble = synced.error();
      trouble.message = fmt::format("{}; {} of {} runs are with the server", trouble.message, tally.runs, folders.size());
      trouble.fix = "the same command goes on from there";
      return std::unexpected(trouble);
    }
  }
  progress.clear();
  if (tally.failed > 0)
    return fail(Code::invalid, fmt::format("{} of {} runs could not be sent", tally.failed, folders.size()), fmt::format("{}", fmt::join(tally.troubles, "\n")),
                "mend what is said of each; the same command goes on");
  return print_tally(call, tally);
}

// Folders that come and grow, until ^C.
Result<int> watch_all(const Invocation& call, Remote& remote) {
  constexpr int kEachMs = 1000;
  std::map<fs::path, runs::FolderSync> syncs;
  while (!interrupted()) {
    for (const auto& folder : TRY(all_folders(call))) {
      const auto at = syncs.try_emplace(folder, remote, folder).first;
      const auto sent = at->second.step();
      if (!sent && sent.error().code != Code::unavailable) tell(fmt::format("{}: {}", folder.string(), sent.error().message));
      if (!sent && sent.error().code == Code::unavailable) break;
    }
    rest_ms(kEachMs);
  }
  return kDone;
}

}  // namespace

Result<int> sync_runs(const Invocation& call) {
  catch_interrupts();
  Remote remote(call);
  return call.has("watch") ? watch_all(call, remote) : sync_all(call, remote);
}

}  // namespace gyre::cli
