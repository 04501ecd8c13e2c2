// The local store keeps the same bytes once, whatever they are called.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/file.h"
#include "base/hash.h"
#include "storage/blob/known.h"

namespace gyre::blob {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

class SameContentTest : public testing::Test {
 protected:
  void put(std::string_view key, std::string_view bytes) {
    StringSource source(bytes);
    ASSERT_TRUE(store_->put(key, source)) << key;
  }
  std::string get(std::string_view key) {
    StringSink sink;
    return store_->get(key, {}, sink) ? sink.text : "(none)";
  }
  struct stat file(std::string_view key) {
    struct stat found{};
    EXPECT_EQ(::stat(store_->local_path(key)->c_str(), &found), 0) << key;
    return found;
  }
  // Files of a folder beside the objects.
  int files(const char* folder) {
    int count = 0;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path() / folder)) count += entry.is_regular_file() && !entry.is_symlink();
    return count;
  }
  void damage(std::string_view key) {
    const auto path = *store_->local_path(key);
    ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    std::ofstream(path, std::ios::in | std::ios::out) << "X";
  }

  const ScratchFolder folder_;
  std::unique_ptr<Store> store_ = open_local(folder_.path()).value();
};

TEST_F(SameContentTest, IsKeptOnceAndGoesWithItsLastName) {
  put("a/one", "the same");
  put("b/two", "the same");
  put("b/other", "another");
  EXPECT_EQ(file("a/one").st_ino, file("b/two").st_ino);
  EXPECT_EQ(known_sha256(*store_, "b/two"), sha256_hex("the same"));
  EXPECT_EQ(files("same"), 2);
  ASSERT_TRUE(store_->remove("a/one"));
  EXPECT_EQ(get("b/two"), "the same");
  EXPECT_EQ(known_sha256(*store_, "b/two"), sha256_hex("the same"));
  ASSERT_TRUE(store_->remove("b/two"));
  EXPECT_EQ(files("same"), 1);
  EXPECT_EQ(files("incoming"), 0);
}

TEST_F(SameContentTest, AReplacedObjectLetsItsContentGo) {
  put("a", "first");
  put("a", "second");
  EXPECT_EQ(get("a"), "second");
  EXPECT_EQ(files("same"), 1);
  put("a", "second");
  EXPECT_EQ(get("a"), "second");
  EXPECT_EQ(known_sha256(*store_, "a"), sha256_hex("second"));
  put("b", "second");
  put("b", "third");
  EXPECT_EQ(get("a"), "second");
  EXPECT_EQ(files("same"), 2);
  EXPECT_EQ(files("incoming"), 0);
}

TEST_F(SameContentTest, ContentOfItsOwnNameAndPiecesStandAlone) {
  put("sha256/ab/cdef", "bytes");
  put("uploads/1/1", "bytes");
  put("empty", "");
  EXPECT_EQ(files("same"), 0);
  EXPECT_EQ(known_sha256(*store_, "uploads/1/1"), std::nullopt);
}

TEST_F(SameContentTest, WhatAnOlderGyreWroteIsReadAndRemoved) {
  ASSERT_TRUE(make_folders(folder_.path() / "objects/artifacts"));
  ASSERT_TRUE(write_file_durably(folder_.path() / "objects/artifacts/old", "the same"));
  EXPECT_EQ(get("artifacts/old"), "the same");
  EXPECT_EQ(known_sha256(*store_, "artifacts/old"), std::nullopt);
  put("artifacts/new", "the same");
  EXPECT_NE(file("artifacts/new").st_ino, file("artifacts/old").st_ino);
  ASSERT_TRUE(store_->remove("artifacts/old"));
  EXPECT_EQ(get("artifacts/new"), "the same");
}

TEST_F(SameContentTest, DamageIsFoundAndWhatIsWrittenAgainIsWhole) {
  put("a", "the same");
  put("b", "the same");
  put("c", "sound");
  EXPECT_THAT(verify_known(*store_)->problems, IsEmpty());
  damage("a");
  const auto found = verify_known(*store_).value();
  EXPECT_EQ(found.checked, 3);
  ASSERT_THAT(found.problems, SizeIs(2));
  EXPECT_THAT(found.problems[1], HasSubstr("'b' is damaged"));
  put("a", "the same");
  EXPECT_EQ(get("a"), "the same");
}

TEST_F(SameContentTest, AnInodeThatAnotherFileHasNowTellsNoHash) {
  put("a", "the same");
  const auto index = folder_.path() / "same/inode" / fmt::format("{:02x}", file("a").st_ino % 256) / std::to_string(file("a").st_ino);
  ASSERT_TRUE(fs::is_symlink(index));
  fs::remove(index);
  fs::create_symlink(sha256_hex("another"), index);
  EXPECT_EQ(known_sha256(*store_, "a"), std::nullopt);
  ASSERT_TRUE(store_->remove("a"));
}

TEST_F(SameContentTest, WhatACrashLeftWithoutANameIsRemovedAtTheStart) {
  put("a", "kept");
  put("b", "left");
  ASSERT_EQ(::unlink(store_->local_path("b")->c_str()), 0);
  EXPECT_EQ(files("same"), 2);
  store_ = open_local(folder_.path()).value();
  EXPECT_EQ(files("same"), 1);
  EXPECT_EQ(known_sha256(*store_, "a"), sha256_hex("kept"));
}

TEST_F(SameContentTest, WritersAndRemoversOfOneContentLoseNothing) {
  const std::string bytes(10'000, 'x');
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      const auto key = fmt::format("k/{}", t);
      for (int i = 0; i < 50; ++i) {
        put(key, bytes);
        EXPECT_EQ(get(key), bytes);
        EXPECT_TRUE(store_->remove(key));
      }
      put(key, bytes);
    });
  }
  for (auto& thread : threads) thread.join();
  for (int t = 0; t < 4; ++t) EXPECT_EQ(get(fmt::format("k/{}", t)), bytes);
}

}  // namespace
}  // namespace gyre::blob
