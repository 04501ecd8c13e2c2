#include "net/digest_fields.h"

#include <gtest/gtest.h>

namespace gyre::net {
namespace {

Request with(std::string field, std::string value) {
  Request request;
  request.headers.emplace(std::move(field), std::move(value));
  return request;
}

constexpr char kSha256[] = "sha-256=:ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=:";

TEST(DigestFields, ReadsWhatIsAnnounced) {
  const auto read = announced_digests(with("content-digest", std::string("unixsum=:AAAA:, ") + kSha256 + ";x=1")).value();
  ASSERT_EQ(read.size(), 1u) << "an algorithm that is not known is passed over";
  EXPECT_EQ(read[0].kind, DigestKind::sha256);
  EXPECT_EQ(read[0].bytes.size(), 32u);
  EXPECT_EQ(read[0].field, "Content-Digest");
  EXPECT_EQ(announced_digests(with("Content-MD5", "kAFQmDzST7DWlj99KOF/cg=="))->front().kind, DigestKind::md5);
  EXPECT_TRUE(announced_digests(Request{})->empty());
}

TEST(DigestFields, RefusesWhatCannotBeRead) {
  for (const char* value : {"sha-256", "sha-256=abc", "sha-256=:!!!:", "sha-256=:AAAA:", "sha-256=:", ","}) {
    const auto read = announced_digests(with("Repr-Digest", value));
    ASSERT_FALSE(read) << value;
    EXPECT_EQ(read.error().code, Code::invalid);
  }
  EXPECT_FALSE(announced_digests(with("Content-MD5", "AAAA")));
}

TEST(DigestFields, RefusesMoreThanTheWorkIsWorth) {
  Request request;
  for (int i = 0; i < 16; ++i) request.headers.emplace("Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
  EXPECT_EQ(announced_digests(request)->size(), 16u);
  request.headers.emplace("Content-MD5", "kAFQmDzST7DWlj99KOF/cg==");
  EXPECT_EQ(announced_digests(request).error().code, Code::invalid);
}

TEST(DigestFields, AnAnswersFieldIsReadBack) {
  const auto field = sha256_field("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(field, kSha256);
}

}  // namespace
}  // namespace gyre::net
