#include "monitoring/measures.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "monitoring/quality.h"

namespace gyre::monitoring {
namespace {

Profile counted(std::vector<std::int64_t> counts) {
  Profile profile;
  for (const auto count : counts) profile.n += count;
  profile.counts = std::move(counts);
  return profile;
}

// scipy.spatial.distance.jensenshannon([.1,.2,.7],[.3,.3,.4]) and the sums by their definitions.
TEST(Measures, AgreeWithTheirDefinitions) {
  const auto a = counted({10, 20, 70}), b = counted({30, 30, 40});
  const auto kl = [](double p, double q) { return p * std::log(p / q); };
  const double jsd = (kl(.1, .2) + kl(.2, .25) + kl(.7, .55) + kl(.3, .2) + kl(.3, .25) + kl(.4, .55)) / 2;
  EXPECT_NEAR(js_distance(a, b), std::sqrt(jsd), 1e-12);
  EXPECT_NEAR(ks_distance(a, b), .3, 1e-12);
  EXPECT_NEAR(chi_square(a, b), 20 * 20 / 40. + 10 * 10 / 50. + 30 * 30 / 110., 1e-9);  // scipy.stats.chi2_contingency
  EXPECT_NEAR(psi(a, b),
              (30.5 - 10.5) / 101.5 * std::log(30.5 / 10.5) + (30.5 - 20.5) / 101.5 * std::log(30.5 / 20.5) + (40.5 - 70.5) / 101.5 * std::log(40.5 / 70.5),
              1e-12);
  EXPECT_EQ(js_distance(a, a), 0);
  EXPECT_NEAR(js_distance(counted({1, 0}), counted({0, 1})), std::sqrt(std::log(2.0)), 1e-12);
}

// Computed with numpy 2.4 and scipy 1.17 on the same rows and bins: jensenshannon, chi2_contingency, wasserstein_distance.
TEST(Measures, AgreeWithScipy) {
  std::vector<double> reference, current;
  for (int i = 0; i < 1000; ++i) reference.push_back((i * 37 % 1000) / 100.0);  // 0 to 9.99
  for (int i = 0; i < 400; ++i) current.push_back(2 + (i * 53 % 400) / 50.0);   // 2 to 9.98
  const auto layout = number_layout(reference);
  ASSERT_EQ(layout.edges.size(), 19u);
  EXPECT_EQ(layout.edges.front(), 0.5);
  auto before = empty_profile(layout, {}), now = before;
  add(before, layout, std::span<const double>(reference));
  add(now, layout, std::span<const double>(current));
  EXPECT_EQ(before.counts.front(), 51);
  EXPECT_EQ(before.counts.back(), 49);
  EXPECT_EQ(now.counts[3], 1);
  EXPECT_NEAR(js_distance(before, now), 0.26645715930229513, 1e-12);
  EXPECT_NEAR(psi(before, now), 0.7113382172134219, 1e-12);
  EXPECT_NEAR(chi_square(before, now), 91.25909213000268, 1e-9);
  EXPECT_NEAR(cramers_v(before, now), 0.2553136616147768, 1e-12);
  EXPECT_NEAR(w1_distance(before, now, layout), 0.34275397363602694, 1e-9);
  EXPECT_NEAR(w1_distance(before, now, layout), 0.3446886753554328, 0.005);  // row by row
  EXPECT_NEAR(ks_distance(before, now), 0.1985, 1e-12);
  EXPECT_NEAR(ks_distance(before, now), 0.2, 0.05);  // ks_2samp, row by row: at most a bin's share more
}

TEST(Measures, OneOutlierDoesNotStretchTheDistance) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i);
  const auto layout = number_layout(values);
  auto before = empty_profile(layout, {}), now = before;
  add(before, layout, std::span<const double>(values));
  values.back() = 1e12;
  add(now, layout, std::span<const double>(values));
  EXPECT_LT(w1_distance(before, now, layout), 0.01);
  EXPECT_NEAR(out_of_range_share(now), 0.001, 1e-12);
}

TEST(Profiles, MergingPartsIsTheWhole) {
  std::mt19937 random(3);
  std::vector<double> values(10'000);
  for (auto& value : values) value = random() % 10 == 0 ? 0 : std::normal_distribution(5.0, 2.0)(random);
  const auto layout = number_layout(values);
  const double watched[] = {0};
  auto whole = empty_profile(layout, watched), left = whole, right = whole;
  add(whole, layout, std::span<const double>(values));
  add(left, layout, std::span(values).first(3000));
  add(right, layout, std::span(values).subspan(3000));
  merge(left, right);
  EXPECT_EQ(left.counts, whole.counts);
  EXPECT_EQ(left.exact, whole.exact);
  EXPECT_DOUBLE_EQ(left.low, whole.low);
  EXPECT_NEAR(left.mean(), whole.mean(), 1e-12);
  const auto back = decode_profiles(encode(std::map<std::string, Profile>{{"x", whole}})).value().at("x");
  EXPECT_EQ(back.counts, whole.counts);
  EXPECT_EQ(back.exact, whole.exact);
}

TEST(Profiles, AnAtomHasABinOfItsOwn) {
  std::vector<double> values;
  for (int i = 0; i < 1000; ++i) values.push_back(i < 100 ? 0 : i);
  const auto layout = number_layout(values);
  auto profile = empty_profile(layout, {});
  add(profile, layout, std::span<const double>(values));
  EXPECT_EQ(profile.counts.front(), 100);
}

TEST(Profiles, UnseenAndMissingAreCounted) {
  const auto layout = category_layout(std::vector<std::string>{"a", "b", "a"});
  auto profile = empty_profile(layout, {});
  const std::vector<std::string> values{"a", "z", "", "b"};
  add(profile, layout, std::span<const std::string>(values));
  EXPECT_NEAR(unseen_share(profile, layout), 1 / 3., 1e-12);
  EXPECT_NEAR(missing_share(profile), .25, 1e-12);
}

TEST(Profiles, InfinitiesAreOutOfRangeAndLeaveTheMomentsAlone) {
  const std::vector<double> values{1, 2, 3}, odd{INFINITY, -INFINITY, NAN, 2};
  const auto layout = number_layout(values);
  auto profile = empty_profile(layout, {});
  add(profile, layout, std::span<const double>(odd));
  EXPECT_EQ(profile.n, 4);
  EXPECT_EQ(profile.missing, 1);
  EXPECT_EQ(profile.out_of_range, 2);
  EXPECT_EQ(profile.mean(), 2);
  EXPECT_EQ(profile.low, 2);
  EXPECT_EQ(profile.high, 2);
  EXPECT_EQ(profile.counts.front() + profile.counts.back(), 2 + (layout.edges.front() >= 2));
}

TEST(Profiles, DamagedBytesAreToldAndNotRead) {
  const std::vector<double> values{1, 2, 3};
  auto profile = empty_profile(number_layout(values), {});
  const auto bytes = encode(std::map<std::string, Profile>{{"x", profile}});
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) EXPECT_FALSE(decode_profiles(std::string_view(bytes).substr(0, cut))) << cut;
  EXPECT_FALSE(decode_profiles(std::string(40, '\xff')));
  EXPECT_FALSE(decode_sketch("x"));
}

TEST(Quality, TheLogLossOfARowIsFiniteAlsoWhereTheModelWasSureAndWrong) {
  EXPECT_NEAR(log_loss(.25, true), std::log(4.0), 1e-12);
  EXPECT_NEAR(log_loss(.25, false), std::log(4 / 3.0), 1e-12);
  EXPECT_TRUE(std::isfinite(log_loss(0, true)));
  EXPECT_TRUE(std::isfinite(log_loss(1, false)));
}

// Against the definitions computed row by row.
TEST(Quality, AgreesWithRowByRow) {
  std::mt19937 random(11);
  std::uniform_real_distribution<double> uniform;
  ScoreSketch sketch;
  std::vector<std::pair<double, bool>> rows;
  double loss = 0;
  for (int i = 0; i < 4000; ++i) {
    const double p = uniform(random) * uniform(random);
    const bool y = uniform(random) < p;
    rows.emplace_back(p, y);
    sketch.add(p, y);
    loss += y ? -std::log(p) : -std::log1p(-p);
  }
  double wins = 0, pairs = 0;
  for (const auto& [p, y] : rows) {
    for (const auto& [q, z] : rows) {
      if (y && !z) wins += p > q ? 1 : p == q ? .5 : 0, ++pairs;
    }
  }
  const auto quality = quality_of(sketch);
  EXPECT_NEAR(quality.log_loss, loss / 4000, 1e-9);
  EXPECT_NEAR(quality.auc, wins / pairs, 1e-3);
  EXPECT_LT(quality.ece, .03);
}

// Computed with scikit-learn 1.9 on the same rows: roc_auc_score, log_loss, brier_score_loss; ece over 20 parts of equal count.
TEST(Quality, AgreesWithSklearn) {
  ScoreSketch whole, left, right;
  for (int i = 0; i < 2000; ++i) {
    const double score = (i * 7919 % 1000 + .5) / 1000;
    const bool label = (static_cast<std::int64_t>(i) * 104729 + 37) % 997 / 997.0 < std::pow(score, 1.3);
    whole.add(score, label);
    (i < 700 ? left : right).add(score, label);
  }
  left.merge(right);
  for (const auto& quality : {quality_of(whole), quality_of(left), quality_of(decode_sketch(encode(whole)).value())}) {
    EXPECT_EQ(quality.n, 2000);
    EXPECT_EQ(quality.rate, 870 / 2000.0);
    EXPECT_NEAR(quality.auc, 0.8491892991557318, 1e-3);
    EXPECT_NEAR(quality.log_loss, 0.4862428022286333, 1e-9);
    EXPECT_NEAR(quality.skill, 0.2898176971155203, 1e-9);
    EXPECT_NEAR(quality.brier, 0.16168924999999998, 1e-9);
    EXPECT_NEAR(quality.ece, 0.0655, 2e-3);
  }
}

TEST(Quality, ScoresThatAreNoNumbersAreLeftOut) {
  ScoreSketch sketch;
  sketch.add(NAN, true);
  sketch.add(.5, true);
  sketch.add(INFINITY, false);
  sketch.add(-1, true);
  EXPECT_EQ(sketch.n(), 3);
  EXPECT_EQ(quality_of(ScoreSketch()).n, 0);
}

// By hand: of the reference's 0.2 three in ten are positive, of its 0.8 six in ten.
TEST(Quality, TheEstimateIsTheExpectationUnderTheReference) {
  ScoreSketch reference;
  for (int i = 0; i < 100; ++i) reference.add(.2, i < 30), reference.add(.8, i < 60);
  std::vector<std::int64_t> counts(kScoreBins, 0);
  counts[score_bin(.2)] = counts[score_bin(.8)] = 50;
  const auto quality = estimate(counts, Calibration::from(reference));
  EXPECT_EQ(quality.n, 100);
  EXPECT_NEAR(quality.rate, .45, 1e-3);
  EXPECT_NEAR(quality.auc, (30 * 35 + (30 * 20 + 15 * 35) / 2.0) / (45 * 55), 1e-3);
  EXPECT_NEAR(quality.log_loss, -(15 * std::log(.2) + 35 * std::log(.8) + 30 * std::log(.8) + 20 * std::log(.2)) / 100, 2e-3);
  EXPECT_NEAR(quality.brier, (15 * .64 + 35 * .04 + 30 * .04 + 20 * .64) / 100, 1e-3);
  EXPECT_EQ(estimate(counts, Calibration()).n, 0);  // nothing is known: nothing is estimated
}

TEST(Quality, TheEstimateIsRightWhileCalibrationHolds) {
  std::mt19937 random(5);
  std::uniform_real_distribution<double> uniform;
  ScoreSketch reference, current;
  std::vector<std::int64_t> counts(kScoreBins, 0);
  for (int i = 0; i < 60'000; ++i) {
    const double p = uniform(random);
    reference.add(p, uniform(random) < p * p);  // not calibrated: P(1 | p) = p^2
    const double q = std::sqrt(uniform(random));
    current.add(q, uniform(random) < q * q);
    ++counts[score_bin(q)];
  }
  const auto estimated = estimate(counts, Calibration::from(reference)), realised = quality_of(current);
  EXPECT_NEAR(estimated.auc, realised.auc, .01);
  EXPECT_NEAR(estimated.log_loss, realised.log_loss, .02);
}

}  // namespace
}  // namespace gyre::monitoring
