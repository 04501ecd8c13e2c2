#include "exchange/mlruns_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <fstream>

#include "base/file.h"
#include "exchange/mlflow_tables.h"
#include "exchange/mlruns.h"

namespace gyre::exchange {

namespace fs = std::filesystem;

constexpr std::size_t kMaxValueBytes = 1 << 20;  // of a parameter or a tag
constexpr std::size_t kMaxLineBytes = 1 << 16;

std::vector<std::string> files_below(const fs::path& folder) {
  std::vector<std::string> paths;
  std::error_code error;
  for (auto at = fs::recursive_directory_iterator(folder, error); !error && at != fs::recursive_directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (at->is_regular_file(none)) paths.push_back(at->path().lexically_relative(folder).generic_string());
  }
  std::ranges::sort(paths);
  return paths;
}

std::vector<std::string> folders_in(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code error;
  for (auto at = fs::directory_iterator(folder, error); !error && at != fs::directory_iterator(); at.increment(error)) {
    std::error_code none;
    if (at->is_directory(none)) names.push_back(at->path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

std::vector<tracking::Tag> read_pairs(const fs::path& folder) {
  std::vector<tracking::Tag> pairs;
  for (const auto& path : files_below(folder)) {
    auto value = read_file(folder / path, kMaxValueBytes);
    if (!value) continue;
    pairs.push_back({clean(path), is_clean(*value) ? std::move(*value) : clean(*value)});
  }
  return pairs;
}

json::Value meta_of(const fs::path& folder, Sink& sink) {
  const auto bytes = read_file(folder / "meta.yaml", kMaxValueBytes);
  if (!bytes) return {};
  auto meta = read_meta(*bytes);
  if (!meta || !meta->if_object()) {
    sink.left("folders", "their meta.yaml cannot be read");
    return {};
  }
  return std::move(*meta);
}

json::Value read_meta_text(std::string_view text) {
  auto meta = read_meta(text);
  return meta && meta->if_object() ? std::move(*meta) : json::Value();
}

Result<void> each_line(const fs::path& file, const std::function<Result<void>(std::string_view line, bool ended)>& on_line) {
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return fail_errno("read", file);
  std::string rest, block(1 << 18, '\0');
  while (stream.read(block.data(), std::ssize(block)), stream.gcount() > 0) {
    rest.append(block, 0, static_cast<std::size_t>(stream.gcount()));
    std::size_t from = 0;
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n', from)) {
      TRY(on_line(std::string_view(rest).substr(from, end - from), true));
      from = end + 1;
    }
    rest.erase(0, from);
    if (rest.size() > kMaxLineBytes) return fail(Code::invalid, fmt::format("'{}' has a line of more than {} bytes", file.string(), kMaxLineBytes));
  }
  return rest.empty() ? Result<void>() : on_line(rest, false);
}

std::int64_t whole(const json::Value& value, std::int64_t otherwise) {
  if (value.is_number()) return value.if_int() ? *value.if_int() : static_cast<std::int64_t>(std::clamp(value.number_or(0), -9.2e18, 9.2e18));
  const auto text = value.string_or("");
  std::int64_t number = 0;
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc() ? number : otherwise;
}

std::string text(const json::Value& value) {
  if (value.is_null()) return {};
  const auto shown = json::unquoted(value);
  return is_clean(shown) ? shown : clean(shown);
}

}  // namespace gyre::exchange
