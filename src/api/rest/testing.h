// A house of real rooms in a scratch folder, for tests of the routes. Only the launcher is a fake: jobs go as the test says.
#pragma once

#include <gtest/gtest.h>

#include "api/rest/routes.h"
#include "base/decode.h"
#include "base/file.h"
#include "exec/fake.h"
#include "storage/sql/outbox.h"
#include "storage/sql/sqlite.h"

namespace gyre::rest {

struct Answer {
  int status = 0;
  json::Value body;  // of JSON
  std::string text;
  net::Headers headers;
  std::string code() const { return body["error"]["code"].string_or(""); }
  std::string what() const { return body["error"]["what"].string_or(""); }
};

class RestTest : public testing::Test {
 protected:
  void SetUp() override {
    for (const auto all : {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), datasets::migrations(),
                           pipelines::migrations(), serving::migrations(), monitoring::migrations(), policy::migrations()}) {
      ASSERT_TRUE(sql::migrate(*db_, all));
    }
    ASSERT_TRUE(tracking_.prepare());
    ASSERT_TRUE(serving_.open());
    add_routes(router_, rooms_);
  }

  // As the server calls a handler, without sockets. `target` is a path behind /api/v1 with an encoded query.
  Answer call(std::string_view method, std::string_view target, std::string body = "", net::Headers headers = {}) {
    net::Request request;
    request.method = method;
    request.request_id = "req_test";
    request.headers = std::move(headers);
    const auto mark = std::min(target.find('?'), target.size());
    request.path = "/api/v1" + std::string(target.substr(0, mark));
    for (auto rest = target.substr(std::min(mark + 1, target.size())); !rest.empty();) {
      const auto end = std::min(rest.find('&'), rest.size());
      const auto pair = rest.substr(0, end);
      const auto equals = std::min(pair.find('='), pair.size());
      request.query.emplace(pair.substr(0, equals), pair.substr(std::min(equals + 1, pair.size())));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    return answer(std::move(request), std::move(body));
  }
  Answer get(std::string_view target, net::Headers headers = {}) { return call("GET", target, "", std::move(headers)); }
  Answer post(std::string_view target, std::string body) { return call("POST", target, std::move(body)); }

  // Until nothing is left to do.
  void settle() {
    for (int i = 0; i < 200; ++i) {
      bool worked = false;
      for (Duty* duty : std::initializer_list<Duty*>{&pipelines_, &serving_, &monitoring_, &policy_}) {
        const auto state = duty->run_due(clock_.now_ms());
        ASSERT_TRUE(state) << state.error().message;
        worked |= state->worked || state->busy;
      }
      if (!worked) return;
    }
    ADD_FAILURE() << "it does not settle";
  }

  Answer answer(net::Request request, std::string body) {
    std::vector<std::string> allowed;
    const auto match = router_.match(request.method, request.path, &allowed);
    if (!match) return {.status = allowed.empty() ? 404 : 405, .body = {}, .text = {}, .headers = {}};
    request.path_parameters = match->parameters;
    StringSource stream(body);
    if (match->options->body == net::BodyMode::stream) request.stream = &stream;
    if (match->options->body == net::BodyMode::whole) request.body = body;
    auto response = (*match->handler)(request);
    return to_answer(response ? *std::move(response) : (*match->on_error)(response.error(), request));
  }

  static Answer to_answer(net::Response response) {
    Answer answer{.status = response.status, .body = {}, .text = {}, .headers = response.headers};
    StringSink sink;
    if (const auto* write = std::get_if<net::BodyWriter>(&response.body)) {
      EXPECT_TRUE((*write)(sink));
      answer.text = sink.text;
    } else if (const auto* text = std::get_if<std::string>(&response.body)) {
      answer.text = *text;
    }
    if (response.content_type.starts_with("application/json") && !answer.text.empty()) {
      const auto parsed = json::parse(answer.text);
      EXPECT_TRUE(parsed) << answer.text;
      if (parsed) answer.body = *parsed;
    }
    return answer;
  }

  const ScratchFolder folder_;
  VirtualClock clock_{from_iso("2001-04-01T00:00:00Z").value()};
  const std::unique_ptr<sql::Db> db_ = sql::open_sqlite(folder_.path() / "test.db").value();
  const std::unique_ptr<blob::Store> blobs_ = blob::open_local(folder_.path() / "blobs").value();
  const std::unique_ptr<query::Engine> engine_ = query::open({});
  const std::unique_ptr<infer::Runtime> runtime_ = infer::open({});
  std::function<exec::Script(const exec::Spec&)> script_ = [](const exec::Spec&) { return exec::Script{}; };
  exec::FakeLauncher launcher_{[this](const exec::Spec& spec) { return script_(spec); }};
  governance::Service governance_{*db_};
  tracking::Service tracking_{*db_, *blobs_, clock_};
  tracking::RunQueries run_queries_{*db_, clock_};
  tracking::ManyCurves many_curves_{*db_, clock_};
  registry::Service registry_{*db_, *blobs_, clock_, tracking_};
  datasets::Service datasets_{*db_, *blobs_, *engine_, clock_, folder_.path() / "cache"};
  pipelines::Service pipelines_{*db_, *blobs_, clock_, tracking_, registry_, datasets_, launcher_, {.folder = folder_.path() / "work", .tracking_uri = {}}};
  serving::Service serving_{*db_, clock_, registry_, *runtime_, *engine_, folder_.path() / "predictions"};
  monitoring::Service monitoring_{*db_, *blobs_, clock_, registry_, serving_, *engine_, folder_.path() / "monitoring"};
  policy::Service policy_{*db_, clock_, registry_, pipelines_, serving_, monitoring_};
  std::string applied_text_;
  Rooms rooms_{governance_,
               tracking_,
               run_queries_,
               many_curves_,
               registry_,
               datasets_,
               pipelines_,
               serving_,
               monitoring_,
               policy_,
               *blobs_,
               clock_,
               "0.1.0",
               [this](std::string_view text, const auto&, std::string_view) -> Result<Applied> {
                 applied_text_ = text;
                 if (text.contains("bad")) return fail(Code::invalid, "line 1: 'bad' is not a section of a project file");
                 return Applied{.repositories = {"flights"}, .pipelines = {}, .endpoints = {}, .monitors = {}, .policies = {}};
               }};
  net::Router router_;
};

}  // namespace gyre::rest
