#include "net/public_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include "net/client.h"

namespace gyre::net {
namespace {

bool is_public_text(const char* text) {
  sockaddr_in6 six{};
  six.sin6_family = AF_INET6;
  if (inet_pton(AF_INET6, text, &six.sin6_addr) == 1) return is_public(reinterpret_cast<const sockaddr&>(six));
  sockaddr_in four{};
  four.sin_family = AF_INET;
  EXPECT_EQ(inet_pton(AF_INET, text, &four.sin_addr), 1) << text;
  return is_public(reinterpret_cast<const sockaddr&>(four));
}

TEST(PublicAddress, IsWhatAnyoneMayTalkTo) {
  for (const char* text :
       {"8.8.8.8", "93.184.216.34", "172.15.0.1", "172.32.0.1", "100.128.0.1", "11.0.0.0", "2606:2800:220:1::1", "::ffff:8.8.8.8", "64:ff9b::808:808"})
    EXPECT_TRUE(is_public_text(text)) << text;
}

TEST(PublicAddress, IsNoneOfTheHouseAndItsNeighbours) {
  for (const char* text : {"127.0.0.1",        "127.255.255.255", "0.0.0.0",         "10.0.0.1",      "172.16.0.1",
                           "172.31.255.255",   "192.168.1.1",     "169.254.169.254", "100.64.0.1",    "198.18.0.1",
                           "224.0.0.1",        "255.255.255.255", "192.0.2.1",       "::1",           "::",
                           "fe80::1",          "fd00::1",         "ff02::1",         "2001:db8::1",   "2001::1",
                           "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1",  "2002:7f00:1::", "::7f00:1"}) {
    EXPECT_FALSE(is_public_text(text)) << text;
  }
}

TEST(PublicAddress, AClientThatIsToldSoConnectsToNoOther) {
  Client client({.retries = 0});
  const auto refused = client.send({.method = "POST", .url = "http://127.0.0.1:9/", .headers = {}, .body = "x", .public_only = true});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::denied) << refused.error().message;
  EXPECT_EQ(client.send({.url = "http://127.0.0.1:9/"}).error().code, Code::unavailable);
}

TEST(PublicAddress, AUrlHasASchemeAndAHost) {
  EXPECT_EQ(url_parts("https://user:pw@EXAMPLE.org:8443/x?y#z")->host, "EXAMPLE.org");
  EXPECT_EQ(url_parts("https://[::1]/")->host, "::1");
  EXPECT_EQ(url_parts("ftp://x/")->scheme, "ftp");
  EXPECT_FALSE(url_parts("nothing of the kind"));
  EXPECT_EQ(check_public("127.0.0.1").error().code, Code::denied);
}

}  // namespace
}  // namespace gyre::net
