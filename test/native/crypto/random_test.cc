#include "native/crypto/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::Vector;

TEST(NonceSource, NoBlockEverComesAgain) {
  std::set<Vector> blocks;
  std::size_t drawn = 0;
  for (int batch = 0; batch < 20; ++batch) {
    NonceSource source;
    for (int draw = 0; draw < 3; ++draw) {
      Vector nonces(24 * 256, 0xee);
      ASSERT_EQ(source.Draw(nonces), Status::kOk);
      for (std::size_t at = 0; at < nonces.size(); at += 16, ++drawn) {
        blocks.emplace(nonces.begin() + static_cast<std::ptrdiff_t>(at),
                       nonces.begin() + static_cast<std::ptrdiff_t>(at) + 16);
      }
    }
  }
  EXPECT_EQ(blocks.size(), drawn);
}

// Draws that are no multiple of a block go on where the last one ended.
TEST(NonceSource, OddLengthsDoNotRepeatBytes) {
  NonceSource source;
  std::set<Vector> nonces;
  for (int draw = 0; draw < 1000; ++draw) {
    Vector nonce(24);
    ASSERT_EQ(source.Draw(nonce), Status::kOk);
    nonces.insert(nonce);
  }
  EXPECT_EQ(nonces.size(), 1000U);
}

}  // namespace
}  // namespace latchkey::crypto
