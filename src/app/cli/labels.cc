// gyre monitor labels: late truth, in batches that may be sent twice.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "app/cli/frame.h"
#include "app/cli/interrupt.h"
#include "app/cli/monitor.h"
#include "base/case.h"

namespace gyre::cli {
namespace {

constexpr std::int64_t kMaxBatch = 50'000;

Result<std::size_t> column_of(const Frame& frame, const std::string& wanted, std::string_view usual, std::size_t place) {
  const auto find = [&](std::string_view name) { return static_cast<std::size_t>(std::ranges::find(frame.columns, name) - frame.columns.begin()); };
  const auto at = find(wanted.empty() ? usual : std::string_view(wanted));
  if (at < frame.columns.size()) return at;
  if (wanted.empty() && place < frame.columns.size()) return place;
  return fail(Code::invalid, wanted.empty() ? "the file has one column; labels need an id and a label" : fmt::format("the file has no column '{}'", wanted), {},
              fmt::format("its columns: {}", fmt::join(frame.columns, ", ")));
}

// Whatever people write for yes and no.
Result<json::Value> label_of(const json::Value& cell, std::size_t row) {
  const auto value = numeric(cell);
  if (value.if_bool()) return value;
  if (value.is_number() && (value.number_or(-1) == 0 || value.number_or(-1) == 1)) return value.number_or(0) == 1;
  const auto word = lower(cell.string_or(""));
  if (word == "true" || word == "false") return word == "true";
  return fail(Code::invalid, fmt::format("row {}: '{}' is no label", row + 1, text(cell)), {}, "true, false, 1 or 0; --label names another column");
}

struct Labels {
  json::Array ids, labels;
};

Result<Labels> labels_of(const Invocation& call, const Frame& frame) {
  const auto id = TRY(column_of(frame, call.option("id"), "id", 0));
  const auto label = TRY(column_of(frame, call.option("label"), "label", 1));
  if (id == label) return fail(Code::invalid, fmt::format("'{}' cannot be both id and label", frame.columns[id]), {}, "--id and --label name the columns");
  Labels all;
  for (std::size_t row = 0; row < frame.rows.size(); ++row) {
    const auto& name = frame.rows[row][id];
    if (name.is_null() || (name.if_string() && name.if_string()->empty())) return fail(Code::invalid, fmt::format("row {}: the id is missing", row + 1));
    all.ids.emplace_back(name.if_string() ? *name.if_string() : json::to_text(name));
    all.labels.push_back(TRY(label_of(frame.rows[row][label], row)));
  }
  return all;
}

Result<std::size_t> batch_size(const Invocation& call) {
  const auto text = call.option("batch", "20000");
  std::int64_t size = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error == std::errc() && end == text.data() + text.size() && size >= 1 && size <= kMaxBatch) return static_cast<std::size_t>(size);
  return fail(Code::invalid, fmt::format("--batch '{}' is no number of labels", text), {}, fmt::format("1 to {}", kMaxBatch));
}

}  // namespace

Result<int> send_labels(const Invocation& call) {
  Remote remote(call);
  const auto batch = TRY(batch_size(call));
  const auto monitor = TRY(remote.get(api("monitors", without_kind(call.positional("monitor"), "monitor"))));
  const auto frame = read_frame(TRY(read_input(call.positional("file"))));
  if (!frame) return within(call.positional("file"), frame.error());
  const auto all = TRY(labels_of(call, *frame));
  catch_interrupts();
  Progress progress(400);
  std::int64_t sent = 0, fresh = 0;
  for (std::size_t from = 0; from < all.ids.size() && !interrupted(); from += batch) {
    const auto to = static_cast<std::ptrdiff_t>(std::min(from + batch, all.ids.size()));
    const auto begin = static_cast<std::ptrdiff_t>(from);
    json::Value body = json::Object{};
    body.set("ids", json::Array(all.ids.begin() + begin, all.ids.begin() + to));
    body.set("labels", json::Array(all.labels.begin() + begin, all.labels.begin() + to));
    const auto answer = TRY(remote.post(api("endpoints", monitor["endpoint"]["name"].string_or(""), "labels"), body));
    sent += answer["received"].int_or(0), fresh += answer["new"].int_or(0);
    progress.show(
        fmt::format("labels  {}  {} of {}", bar(static_cast<double>(to) / static_cast<double>(all.ids.size()), 12), grouped(to), grouped(std::ssize(all.ids))));
  }
  progress.clear();
  json::Value document = json::Object{};
  document.set("endpoint", monitor["endpoint"]["name"]);
  document.set("received", sent);
  document.set("new", fresh);
  if (interrupted())
    return fail(Code::cancelled, fmt::format("stopped; {} of {} labels were sent and are kept", sent, all.ids.size()), {},
                "the same command again sends the rest; those sent twice change nothing");
  if (call.json) return print_document(call, "labels/1", document);
  fmt::print("{}\n", human() ? fmt::format("{} labels sent{}", grouped(sent),
                                           fresh < sent ? fmt::format(", {} of them in batches that were there already", grouped(sent - fresh)) : "")
                             : fmt::format("{}\t{}", sent, fresh));
  return kDone;
}

}  // namespace gyre::cli
