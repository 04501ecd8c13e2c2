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
  EXPECT_NEAR(psi(a, b), (30.5 - 10.5) / 101.5 * std::log(30.5 / 10.5) + (30.5 - 20.5) / 101.5 * std::log(30.5 / 20.5) + (40.5 - 70.5) / 101.5 * std::log(40.5 / 70.5), 1e-12);
  EXPECT_EQ(js_distance(a, a), 0);
  EXPECT_NEAR(js_distance(counted({1, 0}), counted({0, 1})), std::sqrt(std::log(2.0)), 1e-12);
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
