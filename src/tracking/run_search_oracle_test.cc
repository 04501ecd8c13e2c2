// Searches of random runs by random filters and orders, page by page while runs arrive, beside an oracle that looks at all of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <set>

#include "tracking/run_query.h"
#include "tracking/testing.h"

namespace gyre::tracking {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN(), kInf = std::numeric_limits<double>::infinity();
constexpr TimeMs kNow = 1'800'000'000'000;

struct Known {
  std::string id, experiment, name, status = "RUNNING";
  TimeMs start_ms = 0;
  bool deleted = false;
  std::map<std::string, double> metrics;
  std::map<std::string, std::string> params;
};

using Truth = std::optional<bool>;  // nothing: neither holds nor does its opposite

// A condition as text, and what it says of a run.
struct Filter {
  std::string text;
  std::function<Truth(const Known&)> holds;
};

// A key that runs are sorted by: 0 there, 1 no number, 2 missing; then its value.
struct Rank {
  int flag = 0;
  double number = 0;
  std::string text;
  friend bool operator==(const Rank&, const Rank&) = default;
};
struct Sorting {
  std::string text;
  bool descending = false;
  std::function<Rank(const Known&)> rank;
};

class Dice {
 public:
  explicit Dice(unsigned seed) : random_(seed) {}
  int up_to(int most) { return static_cast<int>(random_() % static_cast<unsigned>(most)); }
  template <class T>
  const T& one_of(const std::vector<T>& list) {
    return list[static_cast<std::size_t>(up_to(static_cast<int>(list.size())))];
  }

  double value() { return one_of(std::vector<double>{0, 1, 2, -1, 0.5, kNaN, kInf, -kInf, 1e308, -1e308, 1e-300}); }

  Filter filter(int depth) {
    const int kind = up_to(depth > 0 ? 8 : 5);
    if (kind == 0) return metric_test();
    if (kind == 1) return param_test();
    if (kind == 2) return null_test();
    if (kind == 3) return sum_test();
    if (kind == 4) return status_test();
    if (kind == 5) return inverted(filter(depth - 1));
    return joined(filter(depth - 1), filter(depth - 1), kind == 6);
  }

  Sorting sorting() {
    Sorting made;
    made.descending = up_to(2) == 0;
    const auto key = one_of(std::vector<std::string>{"a", "b"});
    if (const int kind = up_to(4); kind < 2) {
      made.text = "metrics." + key;
      made.rank = [key](const Known& run) { return rank_of(run.metrics, key); };
    } else if (kind == 2) {
      made.text = "params.p";
      made.rank = [](const Known& run) { return run.params.contains("p") ? Rank{0, 0, run.params.at("p")} : Rank{1, 0, {}}; };
    } else {
      made.text = "start_time";
      made.rank = [](const Known& run) { return Rank{0, static_cast<double>(run.start_ms), {}}; };
    }
    made.text += made.descending ? " DESC" : up_to(2) ? " ASC" : "";
    return made;
  }

 private:
  static Rank rank_of(const std::map<std::string, double>& metrics, const std::string& key) {
    const auto at = metrics.find(key);
    if (at == metrics.end()) return {2, 0, {}};
    return std::isnan(at->second) ? Rank{1, 0, {}} : Rank{0, at->second, {}};
  }
  static std::optional<double> metric(const Known& run, const std::string& key) {
    const auto at = run.metrics.find(key);
    return at == run.metrics.end() || std::isnan(at->second) ? std::nullopt : std::optional(at->second);
  }
  static Truth compare(const std::string& sign, std::optional<double> left, double right) {
    if (!left || std::isnan(*left)) return std::nullopt;
    if (sign == "<") return *left < right;
    if (sign == ">=") return *left >= right;
    return sign == "=" ? *left == right : *left != right;
  }
  std::string sign() { return one_of(std::vector<std::string>{"<", ">=", "=", "!="}); }
  std::string key() { return one_of(std::vector<std::string>{"a", "b"}); }

  Filter metric_test() {
    const auto k = key(), s = sign();
    const auto limit = one_of(std::vector<double>{0, 1, 0.5, 1e308});
    return {"metrics." + k + " " + s + " " + (limit == 1e308 ? "1e308" : std::to_string(limit)),
            [=](const Known& run) { return compare(s, metric(run, k), limit); }};
  }
  Filter sum_test() {
    const auto op = one_of(std::vector<std::string>{"+", "-", "*", "/"}), s = sign();
    return {"metrics.a " + op + " metrics.b " + s + " 1", [=](const Known& run) -> Truth {
              const auto a = metric(run, "a"), b = metric(run, "b");
              if (!a || !b || (op == "/" && *b == 0)) return std::nullopt;
              return compare(s, op == "+" ? *a + *b : op == "-" ? *a - *b : op == "*" ? *a * *b : *a / *b, 1);
            }};
  }
  Filter param_test() {
    if (up_to(2)) {
      return {"params.p >= 0.1", [](const Known& run) -> Truth {
                if (!run.params.contains("p")) return std::nullopt;
                const auto& text = run.params.at("p");
                return text == "auto" ? Truth() : Truth(std::stod(text) >= 0.1);
              }};
    }
    return {"params.p IN ('0.1', 'auto')",
            [](const Known& run) { return run.params.contains("p") ? Truth(run.params.at("p") == "0.1" || run.params.at("p") == "auto") : Truth(); }};
  }
  Filter null_test() {
    const auto k = key();
    const bool there = up_to(2);
    return {"metrics." + k + (there ? " IS NOT NULL" : " IS NULL"), [=](const Known& run) -> Truth { return run.metrics.contains(k) == there; }};
  }
  Filter status_test() {
    return {"status = 'FINISHED'", [](const Known& run) -> Truth { return run.status == "FINISHED"; }};
  }
  static Filter inverted(const Filter& inner) {
    return {"NOT (" + inner.text + ")", [inner](const Known& run) -> Truth {
              const auto got = inner.holds(run);
              return got ? Truth(!*got) : Truth();
            }};
  }
  static Filter joined(const Filter& left, const Filter& right, bool both) {
    return {"(" + left.text + (both ? " AND " : " OR ") + right.text + ")", [=](const Known& run) -> Truth {
              const auto a = left.holds(run), b = right.holds(run);
              if (a == Truth(!both) || b == Truth(!both)) return !both;
              return a && b ? Truth(both) : Truth();
            }};
  }

  std::mt19937 random_;
};

class SearchOracleTest : public ServiceTest {
 protected:
  SearchOracleTest() : ServiceTest(kNow) {}
  void SetUp() override {
    ServiceTest::SetUp();
    if (IsSkipped() || HasFatalFailure()) return;
    for (int i = 0; i < 2; ++i) experiments_.push_back(service_.create_experiment("e" + std::to_string(i), "", {}).value());
    experiments_.push_back("0");
  }

  void arrive() {
    Known run{.id = {},
              .experiment = dice_.one_of(experiments_),
              .name = "r" + std::to_string(runs_.size()),
              .start_ms = kNow + dice_.up_to(6),
              .metrics = {},
              .params = {}};
    Batch batch;
    for (const auto* key : {"a", "b"}) {
      if (dice_.up_to(5) == 0) continue;
      run.metrics[key] = dice_.value();
      batch.metrics.push_back({key, run.metrics[key], 1, 1});
    }
    if (dice_.up_to(4)) {
      run.params["p"] = dice_.one_of(std::vector<std::string>{"0.1", "auto", "1e-3", "2"});
      batch.params.push_back({"p", run.params["p"]});
    }
    run.id = service_.create_run({run.experiment, run.name, "me", run.start_ms, {}}).value().info.id;
    ASSERT_TRUE(service_.log_batch(run.id, batch));
    if (dice_.up_to(3) == 0) {
      run.status = "FINISHED";
      ASSERT_TRUE(service_.update_run(run.id, {"FINISHED", {}, kNow + 10}));
    }
    if (dice_.up_to(8) == 0) {
      run.deleted = true;
      ASSERT_TRUE(service_.set_run_deleted(run.id, true));
    }
    runs_.push_back(std::move(run));
  }

  static bool sorts_before(const Known& a, const Known& b, const std::vector<Sorting>& order) {
    for (const auto& key : order) {
      const auto x = key.rank(a), y = key.rank(b);
      if (x.flag != y.flag) return x.flag < y.flag;
      if (x == y) continue;
      return std::tie(x.number, x.text) < std::tie(y.number, y.text) ? !key.descending : key.descending;
    }
    return a.start_ms != b.start_ms ? a.start_ms > b.start_ms : a.id < b.id;
  }

  std::vector<std::string> oracle(const Search& search, const Filter& filter, const std::vector<Sorting>& order) {
    std::vector<const Known*> left;
    for (const auto& run : runs_) {
      const bool seen = search.view == "ALL" || run.deleted == (search.view == "DELETED_ONLY");
      if (seen && std::ranges::find(search.experiment_ids, run.experiment) != search.experiment_ids.end() && filter.holds(run) == Truth(true))
        left.push_back(&run);
    }
    std::ranges::sort(left, [&](const Known* a, const Known* b) { return sorts_before(*a, *b, order); });
    std::vector<std::string> names;
    for (const auto* run : left) names.push_back(run->name);
    return names;
  }

  // All pages; `between` happens behind each.
  std::vector<std::string> paged(Search search, const std::function<void()>& between) {
    std::vector<std::string> names;
    do {
      search.limit = 1 + dice_.up_to(9);
      const auto page = service_.search_runs(search);
      if (!page) return {page.error().message + " " + page.error().detail};
      for (const auto& run : page->rows) names.push_back(run.info.name);
      search.after = page->next;
      between();
    } while (!search.after.empty() && names.size() < 1000);
    return names;
  }

  Dice dice_{20261127};
  std::vector<std::string> experiments_;
  std::vector<Known> runs_;
};

TEST_P(SearchOracleTest, FindsWhatTheOracleFindsInItsOrder) {
  constexpr int kRounds = 120;
  for (int i = 0; i < 80; ++i) arrive();
  RunQueries queries(*db_, clock_);
  for (int round = 0; round < kRounds; ++round) {
    const auto filter = dice_.filter(2);
    std::vector<Sorting> order;
    Search search{.experiment_ids = dice_.up_to(2) ? experiments_ : std::vector{experiments_[0]}, .filter = filter.text};
    search.view = dice_.one_of(std::vector<std::string>{"ACTIVE_ONLY", "ACTIVE_ONLY", "DELETED_ONLY", "ALL"});
    for (int i = dice_.up_to(3); i > 0; --i) order.push_back(dice_.sorting());
    for (const auto& key : order) search.order_by.push_back(key.text);
    const auto wanted = oracle(search, filter, order);
    EXPECT_EQ(paged(search, [] {}), wanted) << filter.text << " by " << testing::PrintToString(search.order_by);
    EXPECT_EQ(queries.count(search).value_or(-1), static_cast<std::int64_t>(wanted.size())) << filter.text;
  }
}

TEST_P(SearchOracleTest, NeitherSkipsNorRepeatsWhileRunsArrive) {
  constexpr int kRounds = 12;
  for (int i = 0; i < 40; ++i) arrive();
  for (int round = 0; round < kRounds; ++round) {
    const auto filter = round % 3 ? dice_.filter(1) : Filter{"", [](const Known&) -> Truth { return true; }};
    std::vector<Sorting> order{dice_.sorting()};
    const Search search{.experiment_ids = experiments_, .filter = filter.text, .order_by = {order[0].text}};
    const auto before = oracle(search, filter, order);
    const std::set<std::string> old(before.begin(), before.end());
    auto seen = paged(search, [&] { arrive(); });
    EXPECT_EQ(std::set<std::string>(seen.begin(), seen.end()).size(), seen.size()) << "repeated";
    std::erase_if(seen, [&](const std::string& name) { return !old.contains(name); });
    EXPECT_EQ(seen, before) << filter.text << " by " << order[0].text;
  }
}

INSTANTIATE_TEST_SUITE_P(Backends, SearchOracleTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::tracking
