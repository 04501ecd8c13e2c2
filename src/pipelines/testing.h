// The rooms below pipelines on an empty database, and a service on them. For tests of this room.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/yaml.h"
#include "exec/fake.h"
#include "governance/governance.h"
#include "pipelines/pipelines.h"
#include "storage/sql/sqlite.h"

namespace gyre::pipelines {

struct TestRooms {
  TestRooms() {
    for (const auto all :
         {outbox::migrations(), governance::migrations(), tracking::migrations(), registry::migrations(), datasets::migrations(), migrations()}) {
      EXPECT_TRUE(sql::migrate(*db, all));
    }
    EXPECT_TRUE(tracking.prepare());
    std::filesystem::create_directories(code());
  }
  std::filesystem::path code() const { return folder.path() / "code"; }
  std::unique_ptr<Service> open_service(exec::Launcher& launcher) {
    return std::make_unique<Service>(*db, *blobs, clock, tracking, registry, datasets, launcher,
                                     Options{.folder = folder.path() / "work", .tracking_uri = "http://127.0.0.1:1"});
  }

  const ScratchFolder folder;
  VirtualClock clock{1'000'000'000'000};
  std::unique_ptr<sql::Db> db = sql::open_sqlite(":memory:").value();
  std::unique_ptr<blob::Store> blobs = blob::open_local(folder.path() / "blobs").value();
  std::unique_ptr<query::Engine> engine = query::open({});
  tracking::Service tracking{*db, *blobs, clock};
  registry::Service registry{*db, *blobs, clock, tracking};
  datasets::Service datasets{*db, *blobs, *engine, clock, folder.path() / "cache"};
};

class PipelinesTest : public testing::Test {
 protected:
  void SetUp() override { open(); }
  void open() {
    launcher_ = exec::open_local(rooms_.folder.path() / "jobs", std::filesystem::read_symlink("/proc/self/exe")).value();
    open_on(*launcher_);
  }
  void open_on(exec::Launcher& launcher) { service_ = rooms_.open_service(launcher); }
  // Until nothing is left to do, jobs of the fake included.
  void settle() {
    for (int i = 0; i < 200; ++i) {
      const auto state = service_->run_due(rooms_.clock.now_ms());
      ASSERT_TRUE(state) << state.error().message;
      if (!state->worked && !state->busy) return;
    }
    ADD_FAILURE() << "it does not settle";
  }
  std::size_t entries(const char* name) const {
    std::error_code error;
    std::size_t n = 0;
    for (auto at = std::filesystem::directory_iterator(rooms_.folder.path() / name, error); !error && at != std::filesystem::directory_iterator(); ++at) ++n;
    return n;
  }
  std::string start(std::string_view yaml, std::map<std::string, json::Value> parameters = {}) {
    const auto applied = service_->apply("p", yaml::parse(yaml).value(), rooms_.code(), "user:test");
    EXPECT_TRUE(applied) << applied.error().message;
    return service_->start({"p", std::move(parameters), "by hand", ""}).value();
  }
  pipelines::Run finish(const std::string& id) {
    for (int i = 0; i < 1000; ++i) {
      EXPECT_TRUE(service_->run_due(rooms_.clock.now_ms()));
      auto run = service_->run(id).value();
      if (run.status != "running") return run;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
      rooms_.clock.advance_to(rooms_.clock.now_ms() + 500);
    }
    ADD_FAILURE() << "the run did not end";
    return {};
  }
  static const StepRun& step(const pipelines::Run& run, std::string_view name) { return *std::ranges::find(run.steps, name, &StepRun::name); }

  TestRooms rooms_;
  std::unique_ptr<exec::Launcher> launcher_;
  std::unique_ptr<Service> service_;
};

}  // namespace gyre::pipelines
