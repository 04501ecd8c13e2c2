#include "webhooks/webhooks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"
#include "storage/sql/testing.h"

namespace gyre::webhooks {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

constexpr char kKey[] = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";

// Answers as told, and remembers what it was sent.
class FakeSender final : public Sender {
 public:
  Result<void> check(std::string_view url) override { return url.starts_with("https://") ? Result<void>() : fail(Code::invalid, "no https"); }
  Result<Answer> post(const Post& post) override {
    sent.push_back(post);
    return answer;
  }
  std::string header(std::size_t i, std::string_view name) const {
    for (const auto& [key, value] : sent[i].headers) {
      if (key == name) return value;
    }
    return "";
  }
  std::vector<Post> sent;
  Result<Answer> answer = Answer{.status = 200, .body = "thanks", .retry_after_s = {}};
};

class WebhooksTest : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    if (!database_.available()) GTEST_SKIP() << sql::TestDatabase::kSkipped;
    for (const auto all : {outbox::migrations(), migrations()}) ASSERT_TRUE(sql::migrate(*db_, all));
  }
  Webhook made(std::optional<std::string> secret = {}) {
    return service_
        .create({.name = "w",
                 .description = {},
                 .url = "https://example.org/hook",
                 .secret = std::move(secret),
                 .status = {},
                 .events = std::vector<Event>{{"MODEL_VERSION", "CREATED"}}})
        .value();
  }
  outbox::Event registered(std::int64_t seq) {
    return {.seq = seq,
            .at_ms = clock_.now_ms(),
            .topic = "model-version.created",
            .subject = "s",
            .payload = json::Object{{"model", "late"}, {"version", std::int64_t{3}}, {"run", "r"}, {"source", "runs:/r/m"}}};
  }
  // Sends all that becomes due in `ms` of time.
  void pass(TimeMs ms) {
    for (const auto end = clock_.now_ms() + ms; clock_.now_ms() <= end; clock_.advance_to(clock_.now_ms() + kSecondMs)) {
      while (service_.send_due(clock_.now_ms()).value() > 0) continue;
    }
  }

  sql::TestDatabase database_{GetParam()};
  sql::Db* db_ = database_.db();
  VirtualClock clock_{1'000'000};
  FakeSender sender_;
  Service service_{*db_, clock_, sender_, Vault::create(kKey).value(), {.attempts = 3}};
};

TEST_P(WebhooksTest, AnEventIsSentOnceAndSigned) {
  const auto webhook = made("s3cret");
  ASSERT_TRUE(service_.on_event(registered(7)));
  ASSERT_TRUE(service_.on_event(registered(7))) << "the outbox may tell twice";
  pass(0);
  ASSERT_THAT(sender_.sent, SizeIs(1));
  const auto& body = sender_.sent[0].body;
  EXPECT_EQ(
      body,
      R"({"entity":"model_version","action":"created","timestamp":"1970-01-01T00:16:40.000Z","data":{"name":"late","version":"3","run_id":"r","source":"runs:/r/m"}})");
  const auto id = sender_.header(0, "X-MLflow-Delivery-Id"), at = sender_.header(0, "X-MLflow-Timestamp");
  EXPECT_EQ(sender_.header(0, "X-MLflow-Signature"), "v1," + base64(hmac_sha256("s3cret", id + "." + at + "." + body)));
  const auto all = service_.deliveries(webhook.id, "", 10).value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].state, "delivered");
  EXPECT_EQ(all[0].answered, 200);
}

TEST_P(WebhooksTest, AFailureIsTriedAgainLaterAndIsDeadInTheEnd) {
  const auto webhook = made();
  sender_.answer = fail(Code::unavailable, "nobody there");
  ASSERT_TRUE(service_.on_event(registered(1)));
  pass(0);
  EXPECT_THAT(sender_.sent, SizeIs(1));
  EXPECT_THAT(service_.deliveries(webhook.id, "pending", 10).value(), SizeIs(1));
  EXPECT_GT(service_.due(clock_.now_ms())->next_due_ms.value_or(0), clock_.now_ms() - kSecondMs);
  pass(kMinuteMs);
  EXPECT_THAT(sender_.sent, SizeIs(3)) << "three attempts, then no more";
  const auto dead = service_.deliveries(webhook.id, "dead", 10).value();
  ASSERT_THAT(dead, SizeIs(1));
  EXPECT_EQ(dead[0].trouble, "nobody there");
  EXPECT_EQ(sender_.header(0, "X-MLflow-Delivery-Id"), sender_.header(2, "X-MLflow-Delivery-Id")) << "so that the receiver knows it again";

  sender_.answer = Answer{.status = 204, .body = {}, .retry_after_s = {}};
  ASSERT_TRUE(service_.redeliver(webhook.id, dead[0].id));
  pass(0);
  EXPECT_THAT(service_.deliveries(webhook.id, "delivered", 10).value(), SizeIs(1));
  EXPECT_EQ(service_.redeliver(webhook.id, dead[0].id).error().code, Code::conflict);
}

TEST_P(WebhooksTest, WhatTheReceiverRefusesIsDeadAtOnceAndRetryAfterIsKept) {
  const auto webhook = made();
  sender_.answer = Answer{.status = 400, .body = {}, .retry_after_s = {}};
  ASSERT_TRUE(service_.on_event(registered(1)));
  pass(0);
  EXPECT_THAT(service_.deliveries(webhook.id, "dead", 10).value(), SizeIs(1));
  sender_.answer = Answer{.status = 429, .body = {}, .retry_after_s = 30};
  ASSERT_TRUE(service_.on_event(registered(2)));
  pass(20 * kSecondMs);
  EXPECT_THAT(sender_.sent, SizeIs(2));
  pass(20 * kSecondMs);
  EXPECT_THAT(sender_.sent, SizeIs(3));
}

TEST_P(WebhooksTest, OneThatIsDisabledOrListensToOthersIsLeftAlone) {
  const auto webhook = made();
  ASSERT_TRUE(service_.update(webhook.id, {.name = {}, .description = {}, .url = {}, .secret = {}, .status = "DISABLED", .events = {}}));
  ASSERT_TRUE(service_.on_event(registered(1)));
  auto prompt = registered(2);
  prompt.payload.set("prompt", true);
  ASSERT_TRUE(service_.update(webhook.id, {.name = {}, .description = {}, .url = {}, .secret = {}, .status = "ACTIVE", .events = {}}));
  ASSERT_TRUE(service_.on_event(prompt));
  ASSERT_TRUE(service_.on_event({.seq = 3, .at_ms = 1, .topic = "run.created", .subject = "s", .payload = {}}));
  pass(0);
  EXPECT_THAT(sender_.sent, IsEmpty());
}

TEST_P(WebhooksTest, APromptIsToldByItsTemplate) {
  ASSERT_TRUE(service_.create({.name = "p",
                               .description = {},
                               .url = "https://example.org/hook",
                               .secret = {},
                               .status = {},
                               .events = std::vector<Event>{{"PROMPT_VERSION", "CREATED"}}}));
  auto prompt = registered(1);
  prompt.payload.set("prompt", true);
  prompt.payload.set("tags",
                     json::Object{{"mlflow.prompt.is_prompt", "true"}, {"_mlflow_prompt_type", "text"}, {"mlflow.prompt.text", "Hi"}, {"tone", "warm"}});
  ASSERT_TRUE(service_.on_event(prompt));
  pass(0);
  ASSERT_THAT(sender_.sent, SizeIs(1));
  EXPECT_THAT(sender_.sent[0].body, HasSubstr(R"("data":{"name":"late","version":"3","template":"Hi","tags":{"tone":"warm"}})"));
}

TEST_P(WebhooksTest, AClaimKeepsOthersAwayUntilItIsOver) {
  made();
  ASSERT_TRUE(service_.on_event(registered(1)));
  class Meanwhile final : public Sender {
   public:
    Result<void> check(std::string_view) override { return {}; }
    Result<Answer> post(const Post&) override {
      others = other->send_due(1'000'000 + kMinuteMs).value();
      return Answer{.status = 200, .body = {}, .retry_after_s = {}};
    }
    Service* other = nullptr;
    std::int64_t others = -1;
  } sender;
  Service first{*db_, clock_, sender, Vault::create(kKey).value(), {}};
  sender.other = &service_;
  EXPECT_EQ(first.send_due(clock_.now_ms()), 1);
  EXPECT_EQ(sender.others, 0);
  EXPECT_THAT(sender_.sent, IsEmpty());
}

TEST_P(WebhooksTest, DraftsAreChecked) {
  const auto create = [&](std::string name, std::string url, std::vector<Event> events) {
    const auto done =
        service_.create({.name = std::move(name), .description = {}, .url = std::move(url), .secret = {}, .status = {}, .events = std::move(events)});
    return done ? std::string("fine") : done.error().message;
  };
  const std::vector<Event> events{{"MODEL_VERSION", "CREATED"}};
  EXPECT_THAT(create("-bad", "https://x", events), HasSubstr("is invalid. It must start and end with a letter or digit"));
  EXPECT_THAT(create("a", "http://x", events), HasSubstr("no https"));
  EXPECT_THAT(create("a", "https://x", {}), HasSubstr("non-empty list"));
  EXPECT_THAT(create("a", "https://x", {{"MODEL_VERSION", "DELETED"}}), HasSubstr("Invalid action 'DELETED' for entity 'MODEL_VERSION'"));
  EXPECT_EQ(create("a", "https://x", {{"PROMPT_TAG", "SET"}, {"BUDGET_POLICY", "EXCEEDED"}}), "fine");
}

TEST_P(WebhooksTest, ATestSendsAnExample) {
  const auto webhook = made("s");
  const auto result = service_.test(webhook.id, std::nullopt).value();
  EXPECT_TRUE(result.success);
  EXPECT_EQ(result.body, "thanks");
  EXPECT_THAT(sender_.sent.at(0).body, HasSubstr(R"("source":"models:/123")"));
  sender_.answer = fail(Code::denied, "not there");
  EXPECT_THAT(service_.test(webhook.id, Event{"PROMPT_ALIAS", "CREATED"})->trouble, HasSubstr("not there"));
}

TEST_P(WebhooksTest, ASecretIsKeptSealedAndItsKeyIsMissed) {
  const auto webhook = made("s3cret");
  struct Kept {
    std::string secret;
  };
  const auto kept = db_->read([](sql::Tx& tx) { return tx.select<Kept>("SELECT secret FROM webhooks"); }).value();
  EXPECT_THAT(kept.at(0).secret, testing::Not(HasSubstr("s3cret")));
  EXPECT_EQ(Vault::create(kKey)->open(kept[0].secret), "s3cret");
  EXPECT_THAT(service_.verify()->problems, IsEmpty());
  Service other{*db_, clock_, sender_, Vault::create(Vault::make_key()).value(), {}};
  EXPECT_THAT(other.verify()->problems, ElementsAre(HasSubstr("cannot be read with this server's key")));
  ASSERT_TRUE(service_.remove(webhook.id));
  EXPECT_EQ(service_.webhook(webhook.id).error().code, Code::not_found);
}

// The specification's own example (github.com/fernet/spec, verify.json).
TEST(Vault, OpensWhatFernetSealed) {
  const auto vault = Vault::create("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=").value();
  EXPECT_EQ(vault.open("gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA=="), "hello");
  EXPECT_EQ(vault.open("gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwrDA==").error().code, Code::denied);
  EXPECT_EQ(vault.open("").error().code, Code::denied);
  EXPECT_FALSE(Vault::create("short"));
  EXPECT_EQ(vault.open(vault.seal("ä")), "ä");
}

INSTANTIATE_TEST_SUITE_P(Databases, WebhooksTest, testing::Values("SqliteMemory", "Postgres"), [](const auto& info) { return std::string(info.param); });

}  // namespace
}  // namespace gyre::webhooks
