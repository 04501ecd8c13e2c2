#include "api/rest/series_wish.h"

#include <algorithm>

namespace gyre::rest {

Result<std::size_t> size_of(std::int64_t number, std::string_view name) {
  if (number < 0) return fail(Code::invalid, fmt::format("'{}' must not be below 0, and is {}", name, number));
  return static_cast<std::size_t>(number);
}

Result<tracking::RunChoice> run_choice(const Rooms& rooms, const std::optional<std::vector<std::string>>& runs, const std::optional<SelectBody>& select,
                                       std::size_t top_otherwise) {
  if (runs.has_value() == select.has_value())
    return fail(Code::invalid, "either 'runs' or 'select' says which runs", {}, R"({"runs": ["ID"]} or {"select": {"experiments": ["1"], "top": 10}})");
  if (runs) return tracking::RunChoice{*runs, std::nullopt};
  TRY(check_view(select->view));
  const auto top = select->top ? TRY(size_of(*select->top, "select.top")) : top_otherwise;
  if (top == 0) return fail(Code::invalid, "'select.top' must not be 0", {}, "how many runs, in the order of 'select.sort'");
  return tracking::RunChoice{{},
                             tracking::Search{.experiment_ids = ids_of(TRY(experiments_of(rooms.tracking, select->experiments))),
                                              .filter = select->filter,
                                              .view = select->view,
                                              .order_by = select->sort,
                                              .limit = static_cast<std::int64_t>(top)}};
}

Result<tracking::CurveAxis> curve_axis(const json::Value& x) {
  const auto word = x.is_null() ? std::string("step") : x.string_or("");
  if (word == "step") return tracking::CurveAxis{tracking::Axis::step};
  if (word == "time") return tracking::CurveAxis{tracking::Axis::time};
  if (word == "relative") return tracking::CurveAxis{tracking::Axis::relative};
  const auto* members = x.if_object();
  const auto* metric = x["metric"].if_string();
  if (members && members->size() == 1 && metric && !metric->empty()) return tracking::CurveAxis{.axis = tracking::Axis::step, .metric = *metric};
  return fail(Code::invalid, fmt::format("'x' cannot be {:.80}", json::to_text(x)), {}, R"("step", "time", "relative" or {"metric": "epoch"})");
}

}  // namespace gyre::rest
