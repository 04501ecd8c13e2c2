#include "notify/notify.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "governance/governance.h"
#include "notify/messages.h"
#include "storage/sql/testing.h"

namespace gyre::notify {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Answers as told, and remembers what it was given.
class FakeCarrier final : public Carrier {
 public:
  Result<void> check(Kind, std::string_view url) override { return url.contains("inside") ? fail(Code::invalid, "not public") : Result<void>(); }
  Result<Answer> post(const Post& post) override {
    posts.push_back(post);
    return answer;
  }
  Result<void> mail(const Mail& mail) override {
    mails.push_back(mail);
    return answer ? Result<void>() : std::unexpected(answer.error());
  }
  std::vector<Post> posts;
  std::vector<Mail> mails;
  Result<Answer> answer = Answer{200, {}};
};

class NotifyTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {governance::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
  }
  void set(std::string name, std::string kind, std::string url, std::string secret = "s3cret") {
    Draft draft{.kind = std::move(kind), .url = std::move(url), .secret = std::move(secret), .from = {}, .user = {}, .tls = {}, .to = {}, .enabled = {}};
    if (draft.kind == "email") draft.from = "gyre@example.org", draft.to = std::vector<std::string>{"a@example.org", "b@example.org"}, draft.user = "gyre";
    const auto made = service_.set(name, draft, "u");
    ASSERT_TRUE(made) << made.error().message;
  }
  void tell(std::string matter, std::string state = "firing", std::vector<std::string> receivers = {}) {
    const Notice notice{.matter = std::move(matter),
                        .state = std::move(state),
                        .severity = "crit",
                        .title = "amber: loss above 10",
                        .text = "run amber",
                        .path = "/p/default/r/1",
                        .since_ms = 1'700'000'000'000,
                        .ended_ms = 0,
                        .labels = {{"alertname", "diverges"}, {"run", "1"}}};
    ASSERT_TRUE(db_->write([&](sql::Tx& tx) { return notify::tell(tx, receivers, notice, clock_.now_ms()); }));
  }
  // Sends all that becomes due in `ms` of time.
  void pass(TimeMs ms) {
    for (const auto end = clock_.now_ms() + ms;;) {
      while (service_.send_due(clock_.now_ms()).value() > 0) continue;
      const auto next = service_.due(clock_.now_ms())->next_due_ms;
      if (!next || *next > end) return clock_.advance_to(end);
      clock_.advance_to(*next);
    }
  }
  std::size_t count(std::string_view state) { return service_.deliveries("", state, 1000)->size(); }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  VirtualClock clock_{1'700'000'000'000};
  FakeCarrier carrier_;
  Service service_{*db_, clock_, carrier_, Vault::create(Vault::make_key()).value(), {.attempts = 3, .base_url = "http://gyre"}};
};

TEST_P(NotifyTest, AStormIsAFewMessagesAndNothingIsLost) {
  set("ops", "webhook", "https://hooks.example.org/secret/path");
  for (int i = 0; i < 120; ++i) tell(fmt::format("a{}", i));
  EXPECT_EQ(service_.send_due(clock_.now_ms()).value(), 0) << "it waits for others";
  pass(kGroupMs);
  EXPECT_THAT(carrier_.posts, SizeIs(1));
  pass(3 * kDistanceMs);
  EXPECT_THAT(carrier_.posts, SizeIs(3));
  EXPECT_EQ(count("delivered"), 120u);
  std::size_t told = 0;
  for (const auto& post : carrier_.posts) told += json::parse(post.body).value()["notices"].if_array()->size();
  EXPECT_EQ(told, 120u);
}

TEST_P(NotifyTest, WhatFailsIsTriedAgainAndDiesInTheEnd) {
  set("ops", "webhook", "https://hooks.example.org/secret/path");
  tell("a");
  carrier_.answer = Answer{503, {}};
  pass(kGroupMs);
  EXPECT_EQ(count("waiting"), 1u);
  carrier_.answer = fail(Code::unavailable, "cannot reach https://hooks.example.org/secret/path");
  pass(kMinuteMs);
  EXPECT_EQ(count("dead"), 1u);
  EXPECT_THAT(carrier_.posts, SizeIs(3));
  EXPECT_EQ(service_.deliveries("ops", "dead", 10)->at(0).trouble, "cannot reach https://hooks.example.org");
  carrier_.answer = Answer{200, {}};
  EXPECT_EQ(service_.redeliver("ops", "u").value(), 1);
  pass(kMinuteMs);
  EXPECT_EQ(count("delivered"), 1u);
  tell("b");
  carrier_.answer = Answer{404, {}};
  pass(kMinuteMs);
  EXPECT_EQ(count("dead"), 1u) << "another attempt would not mend it";
}

TEST_P(NotifyTest, WhatOneCannotSendAnotherDoes) {
  set("ops", "webhook", "https://hooks.example.org/");
  tell("a");
  clock_.advance_to(clock_.now_ms() + kGroupMs);
  Service other{*db_, clock_, carrier_, Vault::create(Vault::make_key()).value(), {}};
  const auto claimed = other.send_due(clock_.now_ms());  // it has another key, so that it claims and cannot send
  EXPECT_TRUE(claimed) << claimed.error().message;
  EXPECT_THAT(carrier_.posts, IsEmpty());
  pass(kClaimMs);
  EXPECT_EQ(count("delivered"), 1u);
}

TEST_P(NotifyTest, SecretsAreSealedAndNeverTold) {
  set("ops", "slack", "https://user:pw@hooks.example.org/services/T0/B0/token");
  set("am", "alertmanager", "https://am.example.org/base", "user:word");
  for (const auto& receiver : service_.receivers().value())
    EXPECT_THAT(receiver.shown_url, AllOf(Not(HasSubstr("token")), Not(HasSubstr("pw")), HasSubstr("example.org")));
  struct Row {
    std::string url, secret;
  };
  for (const auto& row : db_->read([](sql::Tx& tx) { return tx.select<Row>("SELECT url, secret FROM notice_receivers"); }).value()) {
    EXPECT_THAT(row.url, Not(HasSubstr("example")));
    EXPECT_THAT(row.secret, AllOf(Not(HasSubstr("s3cret")), Not(HasSubstr("word"))));
  }
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
  Draft moved{.kind = {}, .url = "https://evil.example.org", .secret = {}, .from = {}, .user = {}, .tls = {}, .to = {}, .enabled = {}};
  EXPECT_EQ(service_.set("am", moved, "u").error().code, Code::invalid) << "a secret does not go where it was not meant to";
  moved.url = "https://inside";
  moved.secret = "x";
  EXPECT_EQ(service_.set("am", moved, "u").error().message, "not public");
}

TEST_P(NotifyTest, EachKindSpeaksItsOwnLanguage) {
  set("slack", "slack", "https://slack.example.org/x");
  set("am", "alertmanager", "https://am.example.org/base", "user:word");
  set("mail", "email", "smtp://mail.example.org:587");
  set("hook", "webhook", "https://hook.example.org/x");
  tell("a");
  tell("a", "resolved", {"mail"});
  pass(kMinuteMs);
  ASSERT_THAT(carrier_.posts, SizeIs(3));
  std::map<std::string, Post> posts;
  for (const auto& post : carrier_.posts) posts[post.url] = post;
  const auto slack = json::parse(posts.at("https://slack.example.org/x").body).value();
  EXPECT_EQ(slack["attachments"].if_array()->at(0)["color"].string_or(""), "danger");
  EXPECT_EQ(slack["attachments"].if_array()->at(0)["title_link"].string_or(""), "http://gyre/p/default/r/1");
  const auto& am = posts.at("https://am.example.org/base/api/v2/alerts");
  const auto alert = json::parse(am.body).value().if_array()->at(0);
  EXPECT_EQ(alert["labels"]["alertname"].string_or(""), "diverges");
  EXPECT_EQ(alert["labels"]["severity"].string_or(""), "critical");
  EXPECT_GT(alert["endsAt"].string_or(""), "2024-06");
  EXPECT_THAT(am.headers, testing::Contains(std::pair<std::string, std::string>("Authorization", "Basic " + base64("user:word"))));
  const auto& hook = posts.at("https://hook.example.org/x");
  std::map<std::string, std::string> headers(hook.headers.begin(), hook.headers.end());
  EXPECT_EQ(headers["Gyre-Signature"], "v1," + base64(hmac_sha256("s3cret", headers["Gyre-Delivery"] + "." + headers["Gyre-Timestamp"] + "." + hook.body)));
  ASSERT_THAT(carrier_.mails, SizeIs(1));
  EXPECT_TRUE(carrier_.mails[0].password == "s3cret" && carrier_.mails[0].to.size() == 2 && carrier_.mails[0].tls == "always");
  EXPECT_THAT(carrier_.mails[0].message, AllOf(HasSubstr("To: a@example.org, b@example.org\r\n"), HasSubstr("\r\n\r\n"), HasSubstr("=?UTF-8?B?")));
  EXPECT_EQ(service_.test("hook").value(), std::nullopt);
  carrier_.answer = Answer{500, {}};
  EXPECT_EQ(service_.test("hook").value(), "answered 500");
}

TEST_P(NotifyTest, WhatCannotBeAReceiverIsRefused) {
  const Draft mail{
      .kind = "email", .url = "smtp://m:25", .secret = {}, .from = "a@b.c", .user = {}, .tls = "never", .to = std::vector<std::string>{"x@y.z"}, .enabled = {}};
  ASSERT_TRUE(service_.set("m", mail, "u"));
  auto bad = mail;
  bad.to = {{"x@y.z\r\nBcc: all@y.z"}};
  EXPECT_EQ(service_.set("m", bad, "u").error().code, Code::invalid);
  bad = mail;
  bad.user = "me";
  EXPECT_EQ(service_.set("m", bad, "u").error().code, Code::invalid) << "no password in the clear";
  bad = mail;
  bad.kind = "slack";
  EXPECT_EQ(service_.set("m", bad, "u").error().code, Code::conflict);
  EXPECT_EQ(service_.set("a b", mail, "u").error().code, Code::invalid);
  EXPECT_EQ(service_.receiver("none").error().code, Code::not_found);
  ASSERT_TRUE(service_.remove("m", "u"));
  EXPECT_THAT(service_.receivers().value(), IsEmpty());
}

INSTANTIATE_TEST_SUITE_P(Databases, NotifyTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::notify
