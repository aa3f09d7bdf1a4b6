#include "native/crypto/key_derivation.h"

#include <numeric>

#include "native/crypto/hkdf_sha256.h"
#include "native/crypto/hmac_sha256.h"
#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::FromHex;
using testing_support::ToVector;
using testing_support::Vector;

std::array<std::uint8_t, kKeyBytes> CountingMaterial() {
  std::array<std::uint8_t, kKeyBytes> material{};
  std::iota(material.begin(), material.end(), std::uint8_t{0});
  return material;
}

constexpr KeyId kKeyId = {0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
                          0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

// docs/FORMATS.md, "From material to key and id".
TEST(KeyDerivation, DerivesTheSpecifiedIdAndInputKey) {
  MaterialId id{};
  std::array<std::uint8_t, kXaesKeyBytes> input_key{};
  ASSERT_EQ(DeriveFromMaterial(CountingMaterial(), {.key_id = kKeyId, .key_spec = "SYMMETRIC_DEFAULT"}, id, input_key),
            Status::kOk);
  EXPECT_EQ(ToVector(id), FromHex("5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b"));
  EXPECT_EQ(ToVector(input_key), FromHex("75da4184f97efc5648eec498edd5e429c6ef9ba943292dbbf25da8875ba7ee27"));
}

TEST(KeyDerivation, TheSameMaterialHasAnotherIdInAnotherKeyOrSpec) {
  std::array<std::uint8_t, kXaesKeyBytes> input_key{};
  MaterialId here{};
  MaterialId other_key{};
  MaterialId other_spec{};
  KeyId other = kKeyId;
  other[15] ^= 1;
  ASSERT_EQ(
      DeriveFromMaterial(CountingMaterial(), {.key_id = kKeyId, .key_spec = "SYMMETRIC_DEFAULT"}, here, input_key),
      Status::kOk);
  ASSERT_EQ(
      DeriveFromMaterial(CountingMaterial(), {.key_id = other, .key_spec = "SYMMETRIC_DEFAULT"}, other_key, input_key),
      Status::kOk);
  ASSERT_EQ(DeriveFromMaterial(CountingMaterial(), {.key_id = kKeyId, .key_spec = "HMAC_256"}, other_spec, input_key),
            Status::kOk);
  EXPECT_NE(here, other_key);
  EXPECT_NE(here, other_spec);
  EXPECT_NE(other_key, other_spec);
}

TEST(KeyDerivation, PurposesAreIndependent) {
  std::array<std::uint8_t, kKeyBytes> wrap{};
  std::array<std::uint8_t, kKeyBytes> row{};
  ASSERT_EQ(DeriveForPurpose(CountingMaterial(), "wrap", wrap), Status::kOk);
  ASSERT_EQ(DeriveForPurpose(CountingMaterial(), "row", row), Status::kOk);
  EXPECT_NE(wrap, row);
}

// RFC 5869, appendix A.1 and A.3: with and without salt and info.
TEST(HkdfSha256, ComputesTheVectorsOfTheRfc) {
  const Vector key(22, 0x0b);
  Vector okm(42);
  ASSERT_EQ(HkdfSha256({key, FromHex("000102030405060708090a0b0c"), FromHex("f0f1f2f3f4f5f6f7f8f9")}, okm),
            Status::kOk);
  EXPECT_EQ(okm, FromHex("3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"));
  ASSERT_EQ(HkdfSha256({key, {}, {}}, okm), Status::kOk);
  EXPECT_EQ(okm, FromHex("8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"));
}

TEST(HkdfSha256, RefusesMoreThanItCanMakeAndWipes) {
  Vector okm(255 * 32 + 1, 0xee);
  EXPECT_EQ(HkdfSha256({Vector(32), {}, {}}, okm), Status::kOpensslFailed);
  EXPECT_EQ(okm, Vector(okm.size(), 0));
}

// RFC 4231, test case 2, in one part and in several.
TEST(HmacSha256, ComputesTheVectorOfTheRfc) {
  const Vector expected = FromHex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  std::array<std::uint8_t, kMacBytes> mac{};
  ASSERT_EQ(HmacSha256(TextBytes("Jefe"), {TextBytes("what do ya want for nothing?")}, mac), Status::kOk);
  EXPECT_EQ(ToVector(mac), expected);
  ASSERT_EQ(HmacSha256(TextBytes("Jefe"), {TextBytes("what do ya"), {}, TextBytes(" want for nothing?")}, mac),
            Status::kOk);
  EXPECT_EQ(ToVector(mac), expected);
}

}  // namespace
}  // namespace latchkey::crypto
