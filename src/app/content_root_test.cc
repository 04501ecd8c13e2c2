#include "app/content_root.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace gyre::app {
namespace {

namespace fs = std::filesystem;

class ContentRootTest : public testing::Test {
 protected:
  std::optional<fs::path> left(const fs::path& root) {
    const auto found = content_left_behind(data_, root);
    EXPECT_TRUE(found);
    return found.value_or(std::nullopt);
  }
  void put(const fs::path& root) {
    ASSERT_TRUE(make_folders(root / "objects" / "artifacts"));
    ASSERT_TRUE(write_file_durably(root / "objects" / "artifacts" / "x", "content"));
  }

  const ScratchFolder folder_;
  const fs::path data_ = folder_.path() / "data", a_ = folder_.path() / "a", b_ = folder_.path() / "b";
};

TEST_F(ContentRootTest, TellsOfContentUntilItIsMovedOrNamedAgain) {
  ASSERT_TRUE(make_folders(data_));
  EXPECT_FALSE(left(data_ / "blobs"));
  put(data_ / "blobs");
  EXPECT_EQ(left(a_), data_ / "blobs");
  EXPECT_EQ(left(a_), data_ / "blobs") << "with each start";
  EXPECT_FALSE(left(data_ / "." / "blobs")) << "it is named again";
  fs::rename(data_ / "blobs", a_);
  EXPECT_FALSE(left(a_)) << "it was moved";
  EXPECT_EQ(left(b_), a_);
  EXPECT_EQ(left(data_ / "blobs"), a_) << "also where none is named any more";
}

TEST_F(ContentRootTest, NothingIsLeftBehindByAHouseThatHadNone) {
  ASSERT_TRUE(make_folders(data_));
  put(a_);
  EXPECT_FALSE(left(a_)) << "several servers may share one folder";
  EXPECT_EQ(left(data_ / "blobs"), a_);
}

}  // namespace
}  // namespace gyre::app
