// gyre retention bin, purge, window: what is deleted, and when it goes for good.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/confirm.h"
#include "app/cli/retention.h"
#include "app/cli/view.h"

namespace gyre::cli {
namespace {

std::string order_line(const json::Value& order) {
  return fmt::format("{} runs, {} logged models and {} experiments are being taken out", count(order["runs"]), count(order["models"]),
                     count(order["experiments"]));
}

}  // namespace

Result<int> show_bin(const Invocation& call) {
  Remote remote(call);
  const auto all = TRY(list(remote, retention_path("/bin"), {}, call));
  const auto now = human() ? remote.now_ms() : 0;
  ListView view{"bin-list/1", "the bin is empty", "in the bin",
                Table({{"DELETED"}, {"KIND"}, {"SINCE"}, {"LEFT", true}, {"KEPT", false, 1, Table::Cut::end}, {"REF", false, 2}})};
  return show_list(call, all, std::move(view), [&](Table& table, const json::Value& row) {
    const auto purged = from_iso(row["purged_at"].string_or(""));
    const auto left = !human()                             ? text(row["purged_at"])
                      : !row["kept"].string_or("").empty() ? nothing()
                                                           : duration(json::Value(std::max<std::int64_t>(0, purged.value_or(now) - now)));
    table.add({text(row["name"]), text(row["kind"]), age(row["deleted_at"], now), left, text(row["kept"]), reference(row)});
  });
}

Result<int> purge_bin(const Invocation& call) {
  Remote remote(call);
  const auto ref = call.positional("ref");
  if (ref.empty() != call.has("everything"))
    return fail(Code::invalid, "what is to be purged is not told", {}, "gyre retention purge REF --yes, or --everything for all that the bin holds");
  const auto what = ref.empty() ? json::Value(json::Object{{"everything", true}}) : TRY(thing_in_bin(remote, ref));
  const auto named = ref.empty() ? std::string("all that the bin holds") : fmt::format("{} {}", what["kind"].string_or(""), what["id"].string_or(""));
  TRY(confirm(call, fmt::format("a purge of {} cannot be undone", named)));
  const auto order = TRY(remote.post(retention_path("/purge"), what));
  if (call.json) return print_document(call, "purge/1", order);
  fmt::print("{}\n", order_line(order));
  tell_kept(order);
  if (order["more"].bool_or(false)) tell("there is more than one call takes: do it again");
  return kDone;
}

Result<int> undo_window(const Invocation& call) {
  Remote remote(call);
  if (call.positional("duration").empty()) {
    const auto found = TRY(remote.get(retention_path()));
    if (call.json) return print_document(call, "retention/1", found);
    fmt::print("{}\n", duration(found["undo_window_ms"]));
    return kDone;
  }
  return print_done(call, TRY(remote.post(retention_path(), json::Object{{"undo_window", call.positional("duration")}})));
}

}  // namespace gyre::cli
