#include "bench/path/scoring.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "api/inference/decode.h"
#include "api/inference/encode.h"
#include "api/inference/routes.h"
#include "bench/path/caller.h"
#include "bench/path/stopwatch.h"

namespace gyre::bench {
namespace {

constexpr int kRowsASample = 1000;  // so that each sample takes about a millisecond

// {"dataframe_split": {"columns": ["f0", ...], "data": [[...], ...]}}: what MLflow's own client sends.
std::string request_body(int rows) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::string body = R"({"dataframe_split": {"columns": [)";
  for (int i = 0; i < kWidth; ++i) body += fmt::format("{}\"f{}\"", i == 0 ? "" : ", ", i);
  body += R"(], "data": [)";
  for (int row = 0; row < rows; ++row) {
    for (int i = 0; i < kWidth; ++i) body += fmt::format("{}{:.4f}", i == 0 ? (row == 0 ? "[" : ", [") : ", ", normal(random));
    body += ']';
  }
  return body + "]}}";
}

// What is measured of requests of one size. All samples are of `calls` requests.
class Stages {
 public:
  static Result<std::unique_ptr<Stages>> prepare(ScoringHouse& house, int rows) {
    const auto body = request_body(rows);
    auto shape = TRY(house.rooms().serving.shape(kEndpoint));
    auto batch = inference::decode_mlflow(body, {shape.signature, shape.id_column});
    if (!batch) return std::unexpected(batch.error().error);
    serving::Scored scored{1, 1, TRY(house.rooms().serving.evaluate("gbm", 1, *batch))};
    auto caller = TRY(Caller::connect(house.house().port()));
    return std::unique_ptr<Stages>(new Stages(house, rows, body, std::move(shape), *std::move(batch), std::move(scored), std::move(caller)));
  }

  Result<std::vector<double>> measure() {
    const auto one = [](auto work) -> Sample { return [=]() -> Result<std::vector<double>> { return std::vector{TRY(work())}; }; };
    return medians({one([this] { return parse(); }), one([this] { return infer(); }), one([this] { return log(); }), one([this] { return encode(); }),
                    one([this] { return handler(); }), one([this] { return served(); }), one([this] { return profile(); })});
  }

 private:
  Stages(ScoringHouse& house, int rows, const std::string& body, serving::Shape shape, serving::Batch batch, serving::Scored scored, Caller caller)
      : serving_(house.rooms().serving),
        monitoring_(house.rooms().monitoring),
        clock_(house.clock()),
        shape_(std::move(shape)),
        batch_(std::move(batch)),
        scored_(std::move(scored)),
        caller_(std::move(caller)),
        calls_(std::clamp(kRowsASample / rows, 2, 100)) {
    inference::add_routes(router_, serving_);
    request_.method = "POST";
    request_.path = fmt::format("/endpoints/{}/invocations", kEndpoint);
    request_.body = body;
    request_.path_parameters = router_.match(request_.method, request_.path)->parameters;
    bytes_ = post(request_.path, body);
  }

  Result<double> parse() {
    return thread_us(calls_, [&] { (void)inference::decode_mlflow(request_.body, {shape_.signature, shape_.id_column}); });
  }
  Result<double> infer() {
    return thread_us(calls_, [&] { (void)serving_.evaluate("gbm", 1, batch_); });
  }
  Result<double> encode() {
    return thread_us(calls_, [&] { (void)inference::encode_mlflow(scored_, inference::Form::records); });
  }

  // Making the frames is left out. Each has an id of its own, as a request seen before is not logged again.
  Result<double> log() {
    std::vector<std::vector<serving::Frame>> frames;
    for (int i = 0; i < calls_; ++i) frames.push_back({fresh_frame()});
    Result<void> outcome;
    auto next = frames.begin();
    const double us = thread_us(calls_, [&] {
      if (const auto logged = serving_.log().append(kEndpoint, *next++, false); !logged) outcome = std::unexpected(logged.error());
    });
    TRY(std::move(outcome));
    return us;
  }

  // All that the route's handler does, without sockets.
  Result<double> handler() {
    const auto match = router_.match(request_.method, request_.path);
    bool good = true;
    const double us = thread_us(calls_, [&] {
      request_.request_id = fmt::format("bench-{}", numbered_++);
      const auto response = (*match->handler)(request_);
      good &= response && response->status == 200;
    });
    if (!good) return fail(Code::internal, "a request of the bench was refused");
    return us;
  }

  // The whole server, with this thread as its client.
  Result<double> served() {
    Result<void> outcome;
    const double us = others_us(calls_, [&] {
      if (outcome) outcome = caller_.call(bytes_);
    });
    TRY(std::move(outcome));
    return us;
  }

  // What the monitor spends behind the answers: reading the log back, profiles, storing them. The other stages' requests
  // were logged too, and are put out of the way first.
  Result<double> profile() {
    TRY(consume());
    for (int i = 0; i < calls_; ++i) TRY(serving_.log().append(kEndpoint, {fresh_frame()}, false));
    const auto from = process_cpu_ns();
    TRY(consume());
    return static_cast<double>(process_cpu_ns() - from) / 1e3 / calls_;
  }

  Result<void> consume() {
    while (TRY(monitoring_.run_due(clock_.now_ms())).worked) continue;
    return {};
  }

  serving::Frame fresh_frame() {
    serving::Frame frame{.request_id = fmt::format("bench-{}", numbered_++),
                         .role = "primary",
                         .at_ms = clock_.now_ms(),
                         .revision = 1,
                         .version = 1,
                         .rows = static_cast<std::int64_t>(batch_.rows),
                         .latency_ns = 1,
                         .ids = {},
                         .inputs = batch_.columns,
                         .outputs = scored_.outputs};
    return frame;
  }

  serving::Service& serving_;
  monitoring::Service& monitoring_;
  const Clock& clock_;
  const serving::Shape shape_;
  const serving::Batch batch_;
  const serving::Scored scored_;
  Caller caller_;
  const int calls_;
  net::Router router_;
  net::Request request_;
  std::string bytes_;
  inline static int numbered_ = 0;
};

}  // namespace

Result<Section> scoring(ScoringHouse& house, const std::vector<int>& row_counts) {
  enum { kParse, kInfer, kLog, kEncode, kHandler, kServed, kProfile };
  Section section{"Scoring: gradient boosting of 100 trees on 28 columns, over HTTP", "CPU µs a request", {}, {}};
  std::vector<std::vector<double>> all;
  for (const int rows : row_counts) {
    section.columns.push_back(fmt::format("{} row{}", rows, rows == 1 ? "" : "s"));
    all.push_back(TRY(TRY(Stages::prepare(house, rows))->measure()));
  }
  const auto line = [&](std::string stage, auto value, std::string remark = {}) {
    Line made{std::move(stage), {}, std::move(remark)};
    for (const auto& us : all) made.values.push_back(value(us));
    section.lines.push_back(std::move(made));
  };
  line("parse", [](const auto& us) { return us[kParse]; });
  line("infer", [](const auto& us) { return us[kInfer]; });
  line("log", [](const auto& us) { return us[kLog]; });
  line("encode", [](const auto& us) { return us[kEncode]; });
  line("rest of the handler", [](const auto& us) { return us[kHandler] - us[kParse] - us[kInfer] - us[kLog] - us[kEncode]; }, "ids, routes, counters");
  line("HTTP", [](const auto& us) { return us[kServed] - us[kHandler]; }, "sockets, threads, headers, fsync of the log");
  line("= a request", [](const auto& us) { return us[kServed]; });
  line("profile", [](const auto& us) { return us[kProfile]; }, "by the monitor, behind the answer");
  return section;
}

}  // namespace gyre::bench
