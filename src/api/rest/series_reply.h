// Curves as JSON, and as columns of bytes.
#pragma once

#include "api/rest/routes.h"
#include "tracking/many_curves.h"

namespace gyre::rest {

constexpr std::string_view kColumnsType = "application/vnd.gyre.columns";

// The contract's word of a figure, and what it means; nothing: there is no such figure.
std::string_view word_of(tracking::CurveFigure figure);
std::optional<tracking::CurveFigure> figure_of(std::string_view word);

// `by`: the fields that runs were grouped by.
net::Response json_reply(const tracking::CurveSet& set, const std::vector<std::string>& by);
// "GYC1", the length of the header in four bytes, the header in JSON, padded with spaces until what follows begins at a multiple of
// eight bytes; then x as 64-bit floats and, line by line, the columns that the header names as 32-bit ones. All little-endian.
net::Response columns_reply(const tracking::CurveSet& set, const std::vector<std::string>& by);

}  // namespace gyre::rest
