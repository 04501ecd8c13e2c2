// What every store behind blob::Store promises.
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/hash.h"
#include "storage/blob/store.h"

namespace gyre::blob {
namespace {

struct Backend {
  std::string name;
  std::unique_ptr<Store> (*open)(const ScratchFolder&);
};

class StoreContract : public testing::TestWithParam<Backend> {
 protected:
  Result<std::int64_t> put(std::string_view key, std::string_view bytes) {
    StringSource source(bytes);
    return store_->put(key, source);
  }
  std::string get(std::string_view key, Range range = {}) {
    StringSink sink;
    EXPECT_TRUE(store_->get(key, range, sink));
    return sink.text;
  }
  const ScratchFolder folder_;
  std::unique_ptr<Store> store_ = GetParam().open(folder_);
};

TEST_P(StoreContract, AnObjectIsReplacedAsAWhole) {
  EXPECT_EQ(put("a/b", "one").value(), 3);
  EXPECT_EQ(put("a/b", "second").value(), 6);
  EXPECT_EQ(get("a/b"), "second");
  EXPECT_EQ(store_->stat("a/b")->size_bytes, 6);
}

TEST_P(StoreContract, RangesEndWhereTheObjectEnds) {
  ASSERT_TRUE(put("a", "0123456789"));
  EXPECT_EQ(get("a", {3, 4}), "3456");
  EXPECT_EQ(get("a", {8, 100}), "89");
  EXPECT_EQ(get("a", {10, 1}), "");
}

TEST_P(StoreContract, ListsInOrderByPrefixFromAPlace) {
  for (const char* key : {"x/2", "x/1", "y/1", "x/3", "x-1"}) ASSERT_TRUE(put(key, "."));
  std::vector<std::string> keys;
  for (const auto& object : store_->list("x/", "x/1", 10).value()) keys.push_back(object.key);
  EXPECT_EQ(keys, (std::vector<std::string>{"x/2", "x/3"}));
  EXPECT_EQ(store_->list("", "", 2)->size(), 2u);
}

TEST_P(StoreContract, WhatIsNotThereIsNotFoundAndMayBeRemoved) {
  StringSink sink;
  EXPECT_EQ(store_->get("nope", {}, sink).error().code, Code::not_found);
  EXPECT_EQ(store_->stat("nope/deeper").error().code, Code::not_found);
  EXPECT_TRUE(store_->remove("nope"));
}

TEST_P(StoreContract, KeysCannotLeaveTheStore) {
  for (const char* key : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a b", "a\nb", "."}) EXPECT_EQ(put(key, ".").error().code, Code::invalid) << key;
}

TEST_P(StoreContract, ContentIsKeptOnceUnderItsHash) {
  const std::string large(20 << 20, 'x');
  for (const auto& text : {std::string("small"), large}) {
    StringSource one(text), two(text);
    const auto content = put_content(*store_, one).value();
    EXPECT_EQ(content.sha256, sha256_hex(text));
    EXPECT_EQ(put_content(*store_, two)->sha256, content.sha256);
    EXPECT_TRUE(verify_content(*store_, content.sha256));
  }
  EXPECT_EQ(store_->list("sha256/", "", 10)->size(), 2u);
}

TEST_P(StoreContract, DamageIsSeen) {
  StringSource source("good");
  const auto content = put_content(*store_, source).value();
  ASSERT_TRUE(put(content_key(content.sha256), "evil"));
  EXPECT_EQ(verify_content(*store_, content.sha256).error().code, Code::internal);
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(Backend{"Local", [](const ScratchFolder& f) { return open_local(f.path()).value(); }},
                                         Backend{"Memory", [](const ScratchFolder&) { return open_memory(); }}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace gyre::blob
