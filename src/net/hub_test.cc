#include "net/hub.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace gyre::net {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class HubTest : public testing::Test {
 protected:
  std::int64_t watch(std::vector<std::string> prefixes, std::int64_t after = -1) {
    return hub_.watch(std::move(prefixes), after, [this](const LiveEvent& event) {
      seen_.push_back(event.topic);
      last_ = event.id;
      return true;
    });
  }
  Hub hub_;
  std::vector<std::string> seen_;
  std::int64_t last_ = 0;
};

TEST_F(HubTest, AWatcherSeesWhatStartsAsItAsked) {
  const auto watcher = watch({"run.", "alert."});
  for (const char* topic : {"run.created", "model.created", "alert.opened", "runs"}) hub_.publish(topic, "{}");
  EXPECT_THAT(seen_, ElementsAre("run.created", "alert.opened"));
  hub_.leave(watcher);
  hub_.publish("run.created", "{}");
  EXPECT_EQ(seen_.size(), 2u);
}

TEST_F(HubTest, WhoComesBackGetsWhatWasMissed) {
  hub_.publish("run.1", "{}");
  const auto watcher = watch({"run."}, -1);
  hub_.publish("run.2", "{}");
  const auto at = last_;
  hub_.leave(watcher);
  hub_.publish("run.3", "{}");
  hub_.publish("model.1", "{}");
  seen_.clear();
  watch({"run."}, at);
  EXPECT_THAT(seen_, ElementsAre("run.3"));
}

TEST_F(HubTest, AGapIsToldAndNotFilledByHalf) {
  watch({""});
  hub_.publish("a", "{}");
  const auto first = last_;
  for (std::size_t i = 0; i < Hub::kMaxReplayed + 1; ++i) hub_.publish("b", "{}");
  seen_.clear();
  watch({""}, first);  // more was missed than is sent again
  EXPECT_THAT(seen_, ElementsAre(Hub::kResync));
  for (std::size_t i = 0; i < Hub::kKept; ++i) hub_.publish("c", "{}");
  seen_.clear();
  watch({"nothing."}, first);  // what was missed is not kept any more
  EXPECT_THAT(seen_, ElementsAre(Hub::kResync));
  seen_.clear();
  watch({""}, last_ + 1);  // of another process
  EXPECT_THAT(seen_, ElementsAre(Hub::kResync));
}

TEST_F(HubTest, AWatcherThatIsTooSlowIsLetGo) {
  int delivered = 0;
  hub_.watch({""}, -1, [&](const LiveEvent&) { return ++delivered < 3; });
  for (int i = 0; i < 5; ++i) hub_.publish("a", "{}");
  EXPECT_EQ(delivered, 3);
}

TEST_F(HubTest, WatchersAreBounded) {
  for (std::size_t i = 0; i < Hub::kMaxWatchers; ++i) ASSERT_NE(watch({"x"}), 0);
  EXPECT_EQ(watch({"x"}), 0);
}

}  // namespace
}  // namespace gyre::net
