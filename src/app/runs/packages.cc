#include "app/runs/packages.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>

#include "app/runs/git_facts.h"
#include "base/case.h"
#include "base/file.h"
#include "base/folder.h"
#include "base/json.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxMetadataBytes = 1 << 20, kMaxPackages = 20'000;

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool is_folder(const fs::path& path) {
  std::error_code ignored;
  return fs::is_directory(path, ignored);
}

// As a shell finds it.
std::optional<fs::path> program(const std::string& name) {
  if (name.contains('/')) return ::access(name.c_str(), X_OK) == 0 ? std::optional(fs::path(name)) : std::nullopt;
  const auto path = environment("PATH");
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find(':', from), path.size());
    const auto candidate = fs::path(path.substr(from, end - from)) / name;
    if (::access(candidate.c_str(), X_OK) == 0 && !is_folder(candidate)) return candidate;
    from = end + 1;
  }
  return std::nullopt;
}

bool is_python(const fs::path& file) {
  const auto name = file.filename().string();
  return name.starts_with("python") || name.starts_with("pypy");
}

// "#!/env/bin/python -u" or "#!/usr/bin/env python3".
std::optional<fs::path> interpreter_of_script(const fs::path& script) {
  std::array<char, 512> head{};
  std::FILE* file = std::fopen(script.c_str(), "re");
  if (!file) return std::nullopt;
  const auto got = std::fread(head.data(), 1, head.size(), file);
  std::fclose(file);
  std::string_view line(head.data(), got);
  if (!line.starts_with("#!")) return std::nullopt;
  line = line.substr(2, line.find('\n') - 2);
  std::vector<std::string> words;
  for (std::size_t from = 0; from < line.size();) {
    const auto end = std::min(line.find_first_of(" \t\r", from), line.size());
    if (end > from) words.emplace_back(line.substr(from, end - from));
    from = end + 1;
  }
  if (words.size() > 1 && fs::path(words[0]).filename() == "env") words.erase(words.begin());
  if (words.empty() || !is_python(words[0])) return std::nullopt;
  return program(words[0]);
}

std::optional<fs::path> interpreter_of(const std::vector<std::string>& argv) {
  if (const auto file = argv.empty() ? std::nullopt : program(argv[0])) {
    if (is_python(*file)) return file;
    if (auto found = interpreter_of_script(*file)) return found;
  }
  for (const auto* prefix : {"VIRTUAL_ENV", "CONDA_PREFIX"}) {
    if (const auto folder = environment(prefix); !folder.empty()) {
      if (auto found = program(folder + "/bin/python")) return found;
    }
  }
  if (auto found = program("python3")) return found;
  return program("python");
}

struct Package {
  std::string name, version, direct_url;
};

std::string field(std::string_view metadata, std::string_view name) {
  const auto label = fmt::format("{}: ", name);
  for (std::size_t from = 0; from < metadata.size();) {
    const auto end = std::min(metadata.find('\n', from), metadata.size());
    auto line = metadata.substr(from, end - from);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) break;  // the description follows
    if (line.starts_with(label)) return std::string(line.substr(label.size()));
    from = end + 1;
  }
  return "";
}

// PEP 610: where it came from, when that is no index.
std::string origin_of(const fs::path& info) {
  const auto text = read_file(info / "direct_url.json", kMaxMetadataBytes);
  const auto told = text ? json::parse(*text) : Result<json::Value>(json::Value());
  const auto url = without_credentials(told ? (*told)["url"].string_or("") : "");
  if (url.empty()) return "";
  const auto commit = (*told)["vcs_info"]["commit_id"].string_or("");
  return commit.empty() ? url : fmt::format("{}+{}@{}", (*told)["vcs_info"]["vcs"].string_or("git"), url, commit);
}

void add_packages(const fs::path& folder, std::map<std::string, Package>& found) {
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator() && found.size() < kMaxPackages; at.increment(error)) {
    const auto name = at->path().filename().string();
    fs::path metadata;
    if (name.ends_with(".dist-info")) metadata = at->path() / "METADATA";
    if (name.ends_with(".egg-info")) metadata = is_folder(at->path()) ? at->path() / "PKG-INFO" : at->path();
    if (metadata.empty()) continue;
    const auto text = read_file(metadata, kMaxMetadataBytes);
    if (!text) continue;
    Package package{field(*text, "Name"), field(*text, "Version"), name.ends_with(".dist-info") ? origin_of(at->path()) : ""};
    if (!package.name.empty()) found.emplace(lower(package.name), std::move(package));  // a folder that is searched first wins
  }
}

// "3.11" of ".../lib/python3.11".
std::string version_in(const fs::path& prefix, const fs::path& interpreter) {
  std::error_code error;
  const auto real = fs::weakly_canonical(interpreter, error).filename().string();
  if (const auto digits = real.find("3."); real.starts_with("python") && digits != std::string::npos) return real.substr(digits);
  const auto folders = list_folder(prefix / "lib");
  for (const auto& folder : folders ? *folders : std::vector<fs::path>()) {
    if (folder.filename().string().starts_with("python3.")) return folder.filename().string().substr(6);
  }
  return "";
}

std::vector<fs::path> package_folders(const fs::path& prefix, const std::string& version) {
  const auto lib = "python" + version;
  std::vector<fs::path> folders{prefix / "lib" / lib / "site-packages", prefix / "lib64" / lib / "site-packages"};
  const auto config = read_file(prefix / "pyvenv.cfg", kMaxMetadataBytes);
  const bool is_venv = config.has_value();
  if (!is_venv || lower(*config).contains("include-system-site-packages = true")) {
    if (const auto home = environment("HOME"); !home.empty()) folders.push_back(fs::path(home) / ".local/lib" / lib / "site-packages");
    folders.insert(folders.end(), {fs::path("/usr/local/lib") / lib / "dist-packages", "/usr/lib/python3/dist-packages"});
  }
  return folders;
}

std::string conda_packages(const fs::path& prefix) {
  std::string text;
  const auto files = list_folder(prefix / "conda-meta");
  for (const auto& file : files ? *files : std::vector<fs::path>()) {
    if (file.extension() != ".json") continue;
    auto stem = file.stem().string();  // name-version-build
    const auto build = stem.rfind('-');
    const auto version = build == std::string::npos || build == 0 ? std::string::npos : stem.rfind('-', build - 1);
    if (version != std::string::npos) stem[build] = stem[version] = '=';
    text += stem + "\n";
  }
  return text;
}

}  // namespace

std::optional<PythonFacts> python_facts(const std::vector<std::string>& argv) {
  const auto interpreter = interpreter_of(argv);
  if (!interpreter) return std::nullopt;
  std::error_code error;
  const auto prefix = fs::absolute(*interpreter, error).parent_path().parent_path();  // not behind links: an environment is where its link stands
  PythonFacts facts{
      .interpreter = fs::absolute(*interpreter, error), .version = version_in(prefix, *interpreter), .requirements = {}, .conda = conda_packages(prefix)};
  std::map<std::string, Package> found;
  for (const auto& folder : package_folders(prefix, facts.version)) add_packages(folder, found);
  for (const auto& [key, package] : found)
    facts.requirements +=
        package.direct_url.empty() ? fmt::format("{}=={}\n", package.name, package.version) : fmt::format("{} @ {}\n", package.name, package.direct_url);
  facts.packages = std::ssize(found);
  return facts;
}

}  // namespace gyre::runs
