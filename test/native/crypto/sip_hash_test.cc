#include "native/crypto/sip_hash.h"

#include <gtest/gtest.h>

#include <numeric>

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

// The reference implementation's key, 00 01 … 0f, and its vectors_sip64 (github.com/veorq/SipHash).
constexpr SipKey kKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908};

std::uint64_t HashOfFirst(std::size_t bytes) {
  testing_support::Vector message(bytes);
  std::iota(message.begin(), message.end(), std::uint8_t{0});
  return SipHash(kKey, message);
}

TEST(SipHashTest, PublishedVectors) {
  EXPECT_EQ(HashOfFirst(0), 0x726fdb47dd0e0e31U);
  EXPECT_EQ(HashOfFirst(1), 0x74f839c593dc67fdU);
  EXPECT_EQ(HashOfFirst(8), 0x93f5f5799a932462U);
  EXPECT_EQ(HashOfFirst(15), 0xa129ca6149be45e5U);
}

TEST(SipHashTest, DependsOnTheKey) {
  EXPECT_NE(SipHash({1, 2}, {}), SipHash({1, 3}, {}));
  EXPECT_NE(SipHash({1, 2}, {}), SipHash({0, 2}, {}));
}

}  // namespace
}  // namespace latchkey::crypto
