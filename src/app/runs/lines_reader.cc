#include "app/runs/lines_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>

#include "app/runs/lines_file.h"
#include "base/folder.h"

namespace gyre::runs {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxLineBytes = 8 << 20;

// N of "PREFIX-NNNNNN.ndjson"; 0 where it is none.
int number_in(std::string_view name, std::string_view prefix) {
  constexpr std::string_view kEnd = ".ndjson";
  if (!name.starts_with(prefix) || !name.ends_with(kEnd) || name.size() <= prefix.size() + 1 + kEnd.size() || name[prefix.size()] != '-') return 0;
  const auto digits = name.substr(prefix.size() + 1, name.size() - prefix.size() - 1 - kEnd.size());
  int number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size() && number > 0 ? number : 0;
}

}  // namespace

Result<std::vector<int>> LinesReader::segments() const {
  std::vector<int> numbers;
  for (const auto& path : TRY(list_folder(folder_))) {
    if (const auto number = number_in(path.filename().string(), prefix_); number > 0) numbers.push_back(number);
  }
  std::ranges::sort(numbers);
  return numbers;
}

Result<bool> LinesReader::open(int number) {
  const auto path = folder_ / segment_name(prefix_, number);
  Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno("open", path);
  fd_ = std::move(fd);
  number_ = number;
  at_ = 0;
  return true;
}

Result<bool> LinesReader::open_next() {
  for (const auto number : TRY(segments())) {
    if (number > number_) return open(number);
  }
  return false;
}

Result<std::size_t> LinesReader::fill(std::size_t most) {
  buffer_.resize(most);
  std::size_t got = 0;
  while (got < most) {
    const auto read = ::pread(fd_.get(), buffer_.data() + got, most - got, at_ + static_cast<std::int64_t>(got));
    if (read < 0 && errno == EINTR) continue;
    if (read < 0) return fail_errno("read", folder_ / segment_name(prefix_, number_));
    if (read == 0) break;
    got += static_cast<std::size_t>(read);
  }
  const auto last = std::string_view(buffer_.data(), got).rfind('\n');
  if (last != std::string_view::npos) return last + 1;
  if (got < most) return 0;
  if (most < kMaxLineBytes) return fill(kMaxLineBytes);
  return fail(Code::invalid, fmt::format("{}: a line is longer than {} bytes", place(), kMaxLineBytes), {},
              "docs/formats/offline-run.md tells what lines hold");
}

std::string LinesReader::place() const { return fmt::format("{}, byte {}", (folder_ / segment_name(prefix_, number_)).string(), at_); }

Result<std::int64_t> LinesReader::number_of(std::string_view line) const {
  const auto parsed = json::parse(line);
  if (!parsed) return within(place(), parsed.error());
  const auto number = (*parsed)[counter_].int_or(-1);
  if (number < 0)
    return fail(Code::invalid, fmt::format("{}: the line has no '{}'", place(), counter_), {}, "docs/formats/offline-run.md tells what lines hold");
  return number;
}

Result<LinesReader::Batch> LinesReader::peek(const BatchLimits& limits) {
  Batch batch;
  std::size_t whole = 0;
  do {
    if (number_ > 0) whole = TRY(fill(limits.bytes));
  } while (whole == 0 && TRY(open_next()));
  peeked_ = 0;
  std::size_t members = 0;
  for (auto rest = std::string_view(buffer_).substr(0, whole); !rest.empty() && batch.lines.size() < limits.lines;) {
    const auto end = rest.find('\n');
    const auto line = rest.substr(0, end);
    members += static_cast<std::size_t>(std::ranges::count(line, ':'));
    if (!batch.lines.empty() && members > limits.members) break;
    batch.lines.push_back(line);
    peeked_ += static_cast<std::int64_t>(end + 1);
    rest.remove_prefix(end + 1);
  }
  if (!batch.lines.empty()) batch.first = TRY(number_of(batch.lines.front()));
  return batch;
}

void LinesReader::accept() { at_ += std::exchange(peeked_, 0); }

Result<void> LinesReader::seek(std::int64_t wanted) {
  int found = 0;
  for (const auto number : TRY(segments())) {
    TRY(open(number));
    const auto head = TRY(peek({.lines = 1}));
    if (number_ != number || head.lines.empty()) break;  // an empty one is the last
    if (found > 0 && head.first > wanted) break;
    found = number;
  }
  number_ = 0;
  at_ = 0;
  if (found == 0) return {};
  TRY(open(found));
  std::int64_t place = 0;
  for (bool before = true; before;) {
    const auto batch = TRY(peek());
    if (batch.lines.empty() || number_ != found) break;
    auto at = at_;
    for (const auto& line : batch.lines) {
      before = TRY(number_of(line)) <= wanted;
      if (!before) break;
      place = at;
      at += static_cast<std::int64_t>(line.size()) + 1;
    }
    accept();
  }
  TRY(open(found));
  at_ = place;
  return {};
}

}  // namespace gyre::runs
