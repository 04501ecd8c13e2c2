// What joining costs: predictions of a month, then their labels a month later and in random order, 50,000 a batch.
//   GYRE_BENCH_PREDICTIONS=5000000 GYRE_BENCH_BATCHES=100 GYRE_LIB_DIR=... GYRE_TEST_DATA=... monitoring_bench
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "monitoring/testing.h"

namespace gyre::monitoring {
namespace {

constexpr std::string_view kMonthly = "{endpoint: e, window: 1d, prediction: p, label: y, label_horizon: 90d, quality: {min_labelled: 10}}";
constexpr std::int64_t kDays = 30;
constexpr std::size_t kRequestRows = 5'000;

double cpu_seconds() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return seconds(used.ru_utime) + seconds(used.ru_stime);
}

long peak_mib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss / 1024;
}

std::size_t wanted(const char* name, std::size_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<std::size_t>(std::atoll(text)) : otherwise;
}

std::string id_of(std::size_t i) { return fmt::format("{:016x}", i * 0x9e3779b97f4a7c15ULL); }  // as a random id: it tells no time

// An endpoint that answers, watched by a monitor of days.
class Watched : public WatchedRooms {
 public:
  Watched() : WatchedRooms("SqliteMemory") {
    add_version("model", "logistic.onnx");
    put_reference("model", 1, 1);
    EXPECT_TRUE(serving->apply("e", yaml::parse("{model: model, id_column: id}").value(), "user:bench"));
    serve({{1, 1, "primary"}});
    apply_monitor(kMonthly);
    start_ms = clock.now_ms();
  }
  // In requests of kRequestRows; the log of the day is sealed.
  void predict_day(std::int64_t day, std::size_t rows) {
    for (std::size_t i = 0; i < rows; i += kRequestRows) {
      std::vector<float> x;
      std::vector<std::string> ids;
      for (auto k = i; k < std::min(i + kRequestRows, rows); ++k) {
        x.push_back(static_cast<float>(k % 1000) / 250 - 2);
        ids.push_back(id_of(static_cast<std::size_t>(day) * rows + k));
      }
      ASSERT_TRUE(serving->score("e", serving::TestRooms::batch(std::move(x), ids), {fmt::format("{}-{}", day, i)}));
    }
    settle_at(start_ms + (day + 1) * kDayMs);
  }
  TimeMs start_ms = 0;
};

TEST(LateLabels, InRandomOrder) {
  const auto rows = wanted("GYRE_BENCH_PREDICTIONS", 5'000'000), batches = wanted("GYRE_BENCH_BATCHES", 20);
  Watched rooms;
  auto before = cpu_seconds();
  const auto a_day = rows / kDays;
  for (std::int64_t day = 0; day < kDays; ++day) rooms.predict_day(day, a_day);
  fmt::print("{} predictions scored, sealed and profiled: {:.1f} s of CPU\n", a_day * kDays, cpu_seconds() - before);

  std::vector<std::size_t> order(a_day * kDays);
  std::iota(order.begin(), order.end(), 0);
  std::ranges::shuffle(order, std::mt19937_64(1));
  rooms.clock.advance_to(rooms.start_ms + 2 * kDays * kDayMs);
  before = cpu_seconds();
  double taking = 0;
  std::size_t sent = 0;
  for (std::size_t batch = 0; batch < batches && sent < order.size(); ++batch) {
    LabelBatch made{{}, {}, fmt::format("batch-{}", batch)};
    for (; made.ids.size() < kMaxLabelBatch && sent < order.size(); ++sent) {
      made.ids.push_back(id_of(order[sent]));
      made.labels.push_back(order[sent] % 3 == 0);
    }
    const auto here = cpu_seconds();
    ASSERT_TRUE(rooms.monitoring->put_labels("e", made));
    taking += cpu_seconds() - here;
    const auto put = cpu_seconds();
    rooms.settle();
    if (batch % 5 == 0) {
      fmt::print("batch {}: joined with {:.2f} s of CPU, peak {} MiB\n", batch, cpu_seconds() - put, peak_mib());
      std::fflush(stdout);
    }
  }
  const auto all = cpu_seconds() - before;
  fmt::print("{} labels in batches of {}: {:.1f} s of CPU to take them, {:.1f} s to join them; peak {} MiB\n", sent, kMaxLabelBatch, taking, all - taking,
             peak_mib());
  const auto summary = rooms.monitoring->summary("m");
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->labelled, static_cast<std::int64_t>(sent));
}

// As the flights: a batch a day, two days late, a few of its ids never predicted.
TEST(LateLabels, DayByDay) {
  constexpr std::size_t kRows = 15'000, kNeverPredicted = 30;
  Watched rooms;
  double joining = 0;
  for (std::int64_t day = 0; day < kDays; ++day) {
    rooms.predict_day(day, kRows);
    if (day < 2) continue;
    LabelBatch made{{}, {}, fmt::format("day-{}", day - 2)};
    for (std::size_t i = 0; i < kRows; ++i) made.ids.push_back(id_of(static_cast<std::size_t>(day - 2) * kRows + i)), made.labels.push_back(i % 3 == 0);
    for (std::size_t i = 0; i < kNeverPredicted; ++i) made.ids.push_back(fmt::format("{}-{}", day, i)), made.labels.push_back(true);
    ASSERT_TRUE(rooms.monitoring->put_labels("e", made));
    const auto here = cpu_seconds();
    rooms.settle();
    joining += cpu_seconds() - here;
  }
  fmt::print("{} days of {} predictions, labels two days late: {:.0f} ms of CPU a day to join them\n", kDays, kRows,
             1000 * joining / static_cast<double>(kDays - 2));
}

}  // namespace
}  // namespace gyre::monitoring
