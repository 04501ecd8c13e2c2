#include "app/runs/facts.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cstdlib>

#include "app/runs/git_facts.h"
#include "app/runs/gpu.h"
#include "app/runs/packages.h"
#include "app/version.h"
#include "base/shell_word.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

using Tags = std::vector<std::pair<std::string, std::string>>;

constexpr std::size_t kMaxProcFileBytes = 4 << 20;

// The value behind the first "label : value" of a file, without quotes.
std::string value_in(const fs::path& file, std::string_view label) {
  const auto text = read_file(file, kMaxProcFileBytes).value_or("");
  const auto at = text.starts_with(label) ? 0 : text.find(fmt::format("\n{}", label));
  if (at == std::string::npos) return "";
  auto from = text.find_first_of(":=", at);
  if (from == std::string::npos) return "";
  from = text.find_first_not_of(" \t\"", from + 1);
  if (from == std::string::npos) return "";
  return text.substr(from, text.find_first_of("\n\"", from) - from);
}

std::string command_line(const std::vector<std::string>& argv) {
  std::string line;
  for (const auto& word : argv) line += (line.empty() ? "" : " ") + shell_word(word);
  return line;
}

// "train.py" of "python -u train.py --lr 1": the first word that is a file's and no interpreter's; else the command.
std::string script_of(const std::vector<std::string>& argv) {
  for (std::size_t i = 1; i < argv.size(); ++i) {
    if (argv[i].ends_with(".py") || argv[i].ends_with(".sh") || argv[i].ends_with(".R") || argv[i].ends_with(".jl")) return argv[i];
  }
  return argv.front();
}

void add_machine(Tags& tags) {
  utsname system{};
  ::uname(&system);
  const auto name = value_in("/etc/os-release", "PRETTY_NAME");
  tags.emplace_back("gyre.os", fmt::format("{}{}{} {} {}", name, name.empty() ? "" : ", ", system.sysname, system.release, system.machine));
  tags.emplace_back("gyre.cpu", fmt::format("{} x {}", ::sysconf(_SC_NPROCESSORS_ONLN), value_in("/proc/cpuinfo", "model name")));
  tags.emplace_back("gyre.memory", fmt::format("{} MB", ::sysconf(_SC_PHYS_PAGES) * (::sysconf(_SC_PAGESIZE) / 1000) / 1000));
  std::string names;
  if (const auto gpus = Gpus::open()) {
    for (const auto& gpu : gpus->read()) names += (names.empty() ? "" : ", ") + gpu.name;
  }
  if (!names.empty()) tags.emplace_back("gyre.gpu", names);
}

Result<void> add_code(const fs::path& where, Tags& tags, RunFolder& folder) {
  const auto git = git_facts(where);
  if (!git) return {};
  tags.emplace_back("mlflow.source.git.commit", git->commit);
  if (!git->branch.empty()) tags.emplace_back("mlflow.source.git.branch", git->branch);
  if (!git->remote.empty()) tags.emplace_back("mlflow.source.git.repoURL", git->remote);
  tags.emplace_back("mlflow.git.dirty", git->is_dirty() ? "true" : "false");
  if (!git->is_diff_whole) tags.emplace_back("gyre.git.diff", fmt::format("cut: the first {} bytes are in code/diff.patch", git->diff.size()));
  if (git->is_dirty()) TRY(folder.file("code/diff.patch", git->diff));
  if (!git->untracked.empty()) TRY(folder.file("code/untracked.txt", git->untracked));
  return {};
}

Result<void> add_packages(const FactsWish& wish, Tags& tags, RunFolder& folder) {
  const auto python = python_facts(wish.argv);
  if (!python) return {};
  tags.emplace_back("gyre.python", fmt::format("{} ({}, {} packages)", python->version, python->interpreter.string(), python->packages));
  if (!python->requirements.empty()) TRY(folder.file("environment/requirements.txt", python->requirements));
  if (!python->conda.empty()) TRY(folder.file("environment/conda.txt", python->conda));
  return {};
}

}  // namespace

std::string user_name() {
  for (const auto* name : {"LOGNAME", "USER"}) {
    if (const char* value = std::getenv(name); value && *value) return value;
  }
  const auto* entry = ::getpwuid(::geteuid());
  return entry ? entry->pw_name : std::to_string(::geteuid());
}

std::map<std::string, std::string> first_tags(const FactsWish& wish) {
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  return {{"mlflow.source.name", script_of(wish.argv)}, {"mlflow.source.type", "LOCAL"},       {"mlflow.user", user_name()},
          {"gyre.command", command_line(wish.argv)},    {"gyre.folder", wish.folder.string()}, {"gyre.host", host.data()},
          {"gyre.version", std::string(app::kVersion)}};
}

Result<void> note_facts(const FactsWish& wish, RunFolder& folder) {
  Tags tags;
  add_machine(tags);
  if (wish.code) TRY(add_code(wish.folder, tags, folder));
  if (wish.packages) TRY(add_packages(wish, tags, folder));
  return folder.tags(tags);
}

}  // namespace gyre::runs
