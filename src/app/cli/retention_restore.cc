// gyre retention restore: back from the bin, by reference or name, by rule, or all of it.
#include <fmt/format.h>

#include <algorithm>

#include "app/cli/retention.h"
#include "app/cli/view.h"
#include "base/id.h"

namespace gyre::cli {
namespace {

bool is_id(std::string_view text) { return is_hex_id(text.starts_with("m-") ? text.substr(2) : text); }

// Asks as often as there is more.
Result<int> restore_many(const Invocation& call, Remote& remote, const json::Value& what) {
  std::int64_t restored = 0, calls = 0;
  json::Value done;
  do {
    done = TRY(remote.post(retention_path("/restore"), what));
    restored += done["restored"].int_or(0);
    ++calls;
  } while (done["more"].bool_or(false));
  done.set("restored", restored);
  if (calls > 1) done.set("text", fmt::format("back from the bin: {} things", grouped(restored)));
  if (const auto rule = what["rule"].string_or(""); !rule.empty()) {
    for (const auto& row : TRY(list(remote, retention_path("/rules"), {}, {})).rows) {
      if (row["name"].string_or("") == rule) tell(fmt::format("the rule stands, and takes what matches again within 10 minutes: gyre retention rm {}", rule));
    }
  }
  if (!call.quiet) return print_done(call, done);
  return kDone;
}

}  // namespace

Result<json::Value> thing_in_bin(Remote& remote, const std::string& given) {
  auto thing = thing_of(given);
  const auto id = thing["id"].string_or("");
  const bool is_run = thing["kind"].string_or("") == "run";
  if (!is_run || is_id(id)) return thing;
  Invocation every;
  every.options["all"] = "1";
  std::vector<json::Value> found;
  for (const auto& row : TRY(list(remote, retention_path("/bin"), {}, every)).rows) {
    const bool meant = given.starts_with("run:") ? row["kind"].string_or("") == "run" : true;
    if (meant && row["name"].string_or("") == id) found.push_back(row);
  }
  if (found.empty()) return fail(Code::not_found, fmt::format("there is no '{}' in the bin", id), {}, "gyre retention bin lists what there is");
  if (found.size() == 1) return json::Object{{"kind", found[0]["kind"]}, {"id", found[0]["id"]}};
  std::string refs;
  for (std::size_t i = 0; i < std::min<std::size_t>(found.size(), 5); ++i) refs += fmt::format("{}{}", i == 0 ? "" : "\n", reference(found[i]));
  return fail(Code::invalid, fmt::format("{} things in the bin are called '{}'", found.size(), id), refs, "name them by these, or --all");
}

Result<int> restore_from_bin(const Invocation& call) {
  Remote remote(call);
  const auto refs = call.list("refs");
  if (!refs.empty() + call.has("rule") + call.has("all") != 1)
    return fail(Code::invalid, "what is to be restored is not told", {},
                "gyre retention restore REF..., --rule NAME for what it took, or --all for all that the bin holds");
  if (call.has("since") && !call.has("rule")) return fail(Code::invalid, "--since goes with --rule", {}, "gyre retention restore --rule NAME --since TIME");
  if (call.has("all")) return restore_many(call, remote, json::Object{{"everything", true}});
  if (call.has("rule")) return restore_many(call, remote, json::Object{{"rule", call.option("rule")}, {"since", call.option("since")}});
  std::vector<json::Value> things;
  for (const auto& ref : refs) things.push_back(TRY(thing_in_bin(remote, ref)));  // a name that is wrong is told before anything is changed
  json::Value done;
  for (const auto& thing : things) {
    done = TRY(remote.post(retention_path("/restore"), thing));
    if (things.size() > 1 && !call.json && !call.quiet) fmt::print("{}\n", text(done["text"]));
  }
  if (things.size() == 1) return print_done(call, done);
  done = json::Object{{"text", fmt::format("{} things are restored", things.size())}, {"restored", std::ssize(things)}};
  return call.json ? print_done(call, done) : static_cast<int>(kDone);
}

}  // namespace gyre::cli
