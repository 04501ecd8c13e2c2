// What every store behind blob::Store promises.
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "base/small_file_system.h"
#include "storage/blob/counted.h"
#include "storage/blob/faulty.h"

namespace gyre::blob {
namespace {

struct Backend {
  std::string name;
  std::unique_ptr<Store> (*open)(const ScratchFolder&);
  bool slow = false;
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
  std::unique_ptr<Store> inner_ = GetParam().open(folder_);
  std::unique_ptr<Store> slow_ = GetParam().slow ? make_faulty(*inner_, {.max_latency_us = 300}) : nullptr;
  Store* store_ = slow_ ? slow_.get() : inner_.get();
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

TEST_P(StoreContract, APageAfterAnotherListsAllInOrder) {
  std::vector<std::string> keys;
  for (const char* key : {"a", "a-b/x", "a/b/1", "a/b/2", "a/b-/1", "a/c", "a0", "b/z/z", "b/zz", "c"}) {
    keys.emplace_back(key);
    ASSERT_TRUE(put(key == std::string("a") ? "a.x" : key, "."));
  }
  keys.front() = "a.x";  // a key cannot be an object and a folder on disk
  std::ranges::sort(keys);
  std::vector<std::string> listed;
  for (;;) {
    const auto page = store_->list("", listed.empty() ? "" : listed.back(), 3).value();
    for (const auto& object : page) listed.push_back(object.key);
    if (page.empty()) break;
  }
  EXPECT_EQ(listed, keys);
  EXPECT_EQ(store_->list("a/b", "", 10)->size(), 3u);
  EXPECT_EQ(store_->list("a/b/", "", 10)->size(), 2u);
  EXPECT_EQ(store_->list("nope/", "", 10)->size(), 0u);
}

TEST_P(StoreContract, ASourceThatBreaksOffLeavesTheOldObject) {
  class Broken final : public ByteSource {
    Result<std::string_view> read(std::size_t) override {
      if (std::exchange(begun_, true)) return fail(Code::unavailable, "gone");
      return "half of the new";
    }
    bool begun_ = false;
  } broken;
  ASSERT_TRUE(put("a", "old"));
  EXPECT_EQ(store_->put("a", broken).error().code, Code::unavailable);
  EXPECT_EQ(get("a"), "old");
  EXPECT_EQ(store_->list("", "", 10)->size(), 1u);
}

TEST_P(StoreContract, WritersOfOneKeyLeaveOneOfTheirObjects) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 10; ++i) EXPECT_TRUE(put("x/y/z", std::string(100'000, static_cast<char>('a' + t))));
    });
  }
  for (auto& thread : threads) thread.join();
  const auto left = get("x/y/z");
  EXPECT_EQ(left, std::string(100'000, left.front()));
}

TEST_P(StoreContract, WhatIsNotThereIsNotFoundAndMayBeRemoved) {
  StringSink sink;
  EXPECT_EQ(store_->get("nope", {}, sink).error().code, Code::not_found);
  EXPECT_EQ(store_->stat("nope/deeper").error().code, Code::not_found);
  EXPECT_TRUE(store_->remove("nope"));
}

TEST_P(StoreContract, KeysCannotLeaveTheStore) {
  for (const char* key : {"", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a b", "a\nb", "."}) EXPECT_EQ(put(key, ".").error().code, Code::invalid) << key;
  EXPECT_EQ(put(std::string(256, 'a'), ".").error().code, Code::invalid);
  EXPECT_TRUE(put(std::string(255, 'a'), "."));
}

TEST_P(StoreContract, AFolderIsNoObject) {
  ASSERT_TRUE(put("folder/one", "1"));
  errno = ENAMETOOLONG;  // of an earlier call
  EXPECT_EQ(store_->stat("folder").error().code, Code::not_found);
  if (const auto outcome = put("folder", "2"); !outcome) EXPECT_EQ(outcome.error().code, Code::conflict);  // a store without folders takes both
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
  StringSource other("sound");
  ASSERT_TRUE(put_content(*store_, other));
  const auto all = verify_all_content(*store_).value();
  EXPECT_EQ(all.checked, 2);
  ASSERT_EQ(all.problems.size(), 1u);
  EXPECT_NE(all.problems[0].find(content_key(content.sha256)), std::string::npos) << all.problems[0];
}

std::unique_ptr<Store> open_counted(const ScratchFolder&) {
  static Counters counters;
  return make_counted(open_memory(), counters);
}

INSTANTIATE_TEST_SUITE_P(Backends, StoreContract,
                         testing::Values(Backend{"Local", [](const ScratchFolder& f) { return open_local(f.path()).value(); }},
                                         Backend{"Memory", [](const ScratchFolder&) { return open_memory(); }},
                                         Backend{"Slow", [](const ScratchFolder& f) { return open_local(f.path()).value(); }, true},
                                         Backend{"Counted", open_counted}),
                         [](const auto& info) { return info.param.name; });

TEST(CountedStore, CountsCallsFailuresAndBytes) {
  Counters counters;
  const auto store = make_counted(open_memory(), counters);
  StringSource source("12345");
  ASSERT_TRUE(store->put("a", source));
  StringSink sink;
  ASSERT_TRUE(store->get("a", {1, 2}, sink));
  EXPECT_FALSE(store->get("nothing", {}, sink));
  EXPECT_FALSE(store->stat("nothing"));
  EXPECT_EQ(counters.puts.read().calls, 1);
  EXPECT_EQ(counters.gets.read().calls, 2);
  EXPECT_EQ(counters.gets.read().failures, 1);
  EXPECT_EQ(counters.others.read().failures, 1);
  EXPECT_EQ(counters.bytes_in, 5);
  EXPECT_EQ(counters.bytes_out, 2);
}

bool survives_a_full_disk(const std::filesystem::path& folder) {
  auto store = open_local(folder).value();
  StringSource small("kept");
  const std::string much(3 << 20, 'x');
  StringSource large(much), again(much);
  if (!store->put("a", small)) return false;
  const auto refused = store->put("a", large);
  if (refused || refused.error().code != Code::unavailable || !refused.error().fix.contains("space")) return false;
  StringSink sink;
  const bool kept = store->get("a", {}, sink) && sink.text == "kept";
  const bool clean = std::filesystem::is_empty(folder / "incoming");
  return kept && clean && make_read_only(folder) && store->put("b", again).error().code == Code::denied;
}

TEST(LocalStore, AFullOrReadOnlyDiskIsSaidAndDamagesNothing) {
  const ScratchFolder folder;
  const auto outcome = in_small_file_system(folder.path(), 2 << 20, [&] { return survives_a_full_disk(folder.path()); });
  if (outcome == InSmall::not_allowed) GTEST_SKIP() << "SKIPPED: no right to mount a small file system, so a full disk was not tested";
  EXPECT_EQ(outcome, InSmall::passed);
}

TEST(LocalStore, ObjectsAreReadOnlyFiles) {
  const ScratchFolder folder;
  auto store = open_local(folder.path()).value();
  StringSource source("x");
  ASSERT_TRUE(store->put("a", source));
  struct stat found{};
  ASSERT_EQ(::stat(store->local_path("a")->c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0222, 0u);
}

TEST(FaultyStore, WhatIsAcknowledgedIsWhole) {
  const ScratchFolder folder;
  auto inner = open_local(folder.path()).value();
  const Faults faults{.seed = 3, .before = 0.1, .torn = 0.2, .after = 0.1};
  auto store = make_faulty(*inner, faults);
  int yes = 0, no = 0;
  for (int i = 0; i < 200; ++i) {
    const auto text = "content " + std::to_string(i);
    StringSource source(text);
    const auto content = put_content(*store, source);
    ++(content ? yes : no);
    if (content) EXPECT_TRUE(verify_content(*inner, content->sha256)) << i << ", seed " << faults.seed;
    StringSink sink;
    const auto got = get_content(*store, sha256_hex(text), {}, sink);
    if (got) EXPECT_EQ(sink.text, text) << i << ", seed " << faults.seed;
  }
  EXPECT_GT(yes, 50);
  EXPECT_GT(no, 50);
  for (const auto& object : inner->list("sha256/", "", kMaxListed).value()) {
    const auto name = object.key.substr(7, 2) + object.key.substr(10);
    EXPECT_TRUE(verify_content(*inner, name)) << object.key;
  }
}

}  // namespace
}  // namespace gyre::blob
