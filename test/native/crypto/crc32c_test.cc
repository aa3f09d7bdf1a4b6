#include "native/crypto/crc32c.h"

#include <numeric>

#include "native/crypto/key_derivation.h"
#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::Vector;

// RFC 3720, appendix B.4, and the check value that every catalogue of CRCs gives.
TEST(Crc32c, ComputesTheVectorsOfTheRfc) {
  Vector ascending(32);
  std::iota(ascending.begin(), ascending.end(), std::uint8_t{0});
  const Vector descending(ascending.rbegin(), ascending.rend());
  for (const auto crc32c : {Crc32c, Crc32cByTables}) {
    EXPECT_EQ(crc32c({}), 0U);
    EXPECT_EQ(crc32c(TextBytes("123456789")), 0xe3069283U);
    EXPECT_EQ(crc32c(Vector(32, 0x00)), 0x8a9136aaU);
    EXPECT_EQ(crc32c(Vector(32, 0xff)), 0x62a8ab43U);
    EXPECT_EQ(crc32c(ascending), 0x46dd794eU);
    EXPECT_EQ(crc32c(descending), 0x113fdb5cU);
  }
}

// Every length around the sizes of words and lanes, at every alignment, against one bit at a time.
TEST(Crc32c, BothWaysAgreeAtEveryLength) {
  Vector bytes(1700);
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::uint8_t>((i * 131) ^ (i >> 3));
  for (std::size_t length = 0; length + 8 < bytes.size(); ++length) {
    const Bytes part = Bytes(bytes).subspan(length % 8, length);
    ASSERT_EQ(Crc32c(part), Crc32cByTables(part)) << length;
  }
}

}  // namespace
}  // namespace latchkey::crypto
