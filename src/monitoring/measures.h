// How far one profile is from another of the same layout: effect sizes, each with the n that it rests on.
#pragma once

#include <array>

#include "monitoring/profile.h"

namespace gyre::monitoring {

// Jensen-Shannon distance, square root of the divergence in nats: 0 .. sqrt(ln 2). Endres and Schindelin 2003.
double js_distance(const Profile& reference, const Profile& current);
// Population stability index; half a count is added to each bin, so that an empty one does not make it infinite.
double psi(const Profile& reference, const Profile& current);
// Kolmogorov-Smirnov distance at the bins' edges: at most the largest bin's share below the exact one. Numbers only.
double ks_distance(const Profile& reference, const Profile& current);
// Wasserstein-1 distance over the bins' middles, in standard deviations of the reference; what lies beyond the reference's
// range counts as if it lay at its end (out_of_range tells of it). Numbers only.
double w1_distance(const Profile& reference, const Profile& current, const Layout& layout);
// Cramer's V of the two samples by bin: the effect size of the chi-square test, 0 .. 1.
double cramers_v(const Profile& reference, const Profile& current);
// The chi-square statistic itself.
double chi_square(const Profile& reference, const Profile& current);

double missing_share(const Profile& profile);
double unseen_share(const Profile& profile, const Layout& layout);  // of categories outside the reference
double out_of_range_share(const Profile& profile);
// Share of rows with exactly that value; 0 when it was not watched.
double value_share(const Profile& profile, double value);

// Its standard error by Agresti and Coull 1998, so that a share of 0 has one too.
double share_error(double share, std::int64_t n);

// How a watched value's share is called among a window's measures: "share:0".
std::string share_name(double value);

// What `measure` knows by name; a watched value's share comes besides.
inline constexpr std::array<std::string_view, 8> kMeasures = {"js", "psi", "ks", "w1", "chi2", "missing", "unseen", "out_of_range"};
// Nothing where the measure is not for such columns, or its name is none of kMeasures.
std::optional<double> measure(std::string_view name, const Profile& reference, const Profile& current, const Layout& layout);

}  // namespace gyre::monitoring
