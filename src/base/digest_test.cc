#include "base/digest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/base64.h"

namespace gyre {
namespace {

TEST(Digest, KnowsTheAnswersOfTheStandards) {  // RFC 1321 and FIPS 180-4, of "abc"
  const std::pair<DigestKind, std::string_view> kKnown[] = {
      {DigestKind::md5, "900150983cd24fb0d6963f7d28e17f72"},
      {DigestKind::sha256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {DigestKind::sha512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"}};
  for (const auto& [kind, wanted] : kKnown) {
    Digester digester(kind);
    digester.update("a");
    digester.update("bc");
    const auto found = digester.finish();
    EXPECT_EQ(to_hex(found), wanted);
    EXPECT_EQ(found.size(), digest_bytes(kind));
  }
}

TEST(CheckedSource, EndsWithAnErrorWhereAnotherWasAnnounced) {
  const auto read_with = [](std::string_view hex) {
    StringSource text("abc");
    CheckedSource source(text, {{DigestKind::md5, from_hex(hex).value(), "Content-MD5"}});
    return read_all(source, SIZE_MAX);
  };
  EXPECT_EQ(read_with("900150983cd24fb0d6963f7d28e17f72").value(), "abc");
  const auto refused = read_with("00000000000000000000000000000000");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::invalid);
  EXPECT_THAT(refused.error().message, testing::HasSubstr("Content-MD5"));
}

}  // namespace
}  // namespace gyre
