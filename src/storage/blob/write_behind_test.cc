#include "storage/blob/write_behind.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include "base/hash.h"

namespace gyre::blob {
namespace {

Fd open_to_write(const std::filesystem::path& path) { return Fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644)); }

// Bytes of which no two blocks are alike.
std::string numbers(std::size_t size) {
  std::string text;
  for (std::int64_t i = 0; text.size() < size; ++i) text += std::to_string(i) + ',';
  text.resize(size);
  return text;
}

TEST(WriteBehind, AFileOfAnySizeIsWhatWasGiven) {
  const ScratchFolder folder;
  for (const std::size_t size : {std::size_t{0}, std::size_t{5}, WriteBehind::kBlockBytes, WriteBehind::kBlockBytes + 1, 11 * WriteBehind::kBlockBytes + 7}) {
    const auto path = folder.path() / std::to_string(size);
    const auto fd = open_to_write(path);
    const auto bytes = numbers(size);
    WriteBehind file(fd, path);
    for (std::size_t at = 0; at < size; at += 300'001) ASSERT_TRUE(file.write(std::string_view(bytes).substr(at, 300'001)));
    ASSERT_TRUE(file.finish());
    EXPECT_EQ(read_file(path).value(), bytes) << size;
  }
}

TEST(WriteBehind, AFullDiskEndsALargeFileBeforeItsEnd) {
  const std::filesystem::path path = "/dev/full";
  const auto fd = open_to_write(path);
  WriteBehind file(fd, path);
  const auto block = numbers(WriteBehind::kBlockBytes);
  int taken = 0;
  while (taken < 100 && file.write(block)) ++taken;
  EXPECT_LE(taken, 2) << "two blocks are held";
  EXPECT_FALSE(file.finish());
}

TEST(WriteBehind, AFullDiskFailsASmallFileAtItsEnd) {
  const std::filesystem::path path = "/dev/full";
  const auto fd = open_to_write(path);
  WriteBehind file(fd, path);
  EXPECT_TRUE(file.write("few bytes"));
  EXPECT_FALSE(file.finish());
}

TEST(WriteBehind, WhatIsGivenUpIsNotWritten) {
  const ScratchFolder folder;
  const auto path = folder.path() / "file";
  const auto fd = open_to_write(path);
  const auto bytes = numbers(WriteBehind::kBlockBytes / 2);
  {
    WriteBehind file(fd, path);
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(file.write(bytes));
  }
  EXPECT_LE(std::filesystem::file_size(path), 2 * WriteBehind::kBlockBytes) << "the last half block was never handed over";
}

}  // namespace
}  // namespace gyre::blob
