// What is asked of curves, from JSON.
#pragma once

#include "api/rest/routes.h"
#include "api/rest/run_wire.h"
#include "tracking/many_curves.h"

namespace gyre::rest {

struct SelectBody {
  std::vector<std::string> experiments = {}, sort = {};
  std::string filter = {}, view = "ACTIVE_ONLY";
  std::optional<std::int64_t> top = {};
};
BOOST_DESCRIBE_STRUCT(SelectBody, (), (experiments, sort, filter, view, top))

// Either of them. `top_otherwise` of a search that does not say how many.
Result<tracking::RunChoice> run_choice(const Rooms& rooms, const std::optional<std::vector<std::string>>& runs, const std::optional<SelectBody>& select,
                                       std::size_t top_otherwise);

// "step", "time", "relative" or {"metric": KEY}.
Result<tracking::CurveAxis> curve_axis(const json::Value& x);

// `invalid` where it is negative.
Result<std::size_t> size_of(std::int64_t number, std::string_view name);

}  // namespace gyre::rest
