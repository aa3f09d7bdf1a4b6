#include "native/crypto/xaes_256_gcm.h"

#include <climits>

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::FromHex;
using testing_support::ToVector;
using testing_support::Vector;

// c2sp.org/XAES-256-GCM, test vectors.
struct PublishedVector {
  std::uint8_t key_byte;
  const char* k1;
  const char* message_key;
  const char* associated_data;
  const char* sealed;
};
constexpr const char* kNonce = "4142434445464748494a4b4c4d4e4f505152535455565758";
constexpr const char* kPlaintext = "584145532d3235362d47434d";
constexpr std::array<PublishedVector, 2> kVectors = {{
    {0x01, "e531954aca063d5b8d9c47a47d4cc6f0", "c8612c9ed53fe43e8e005b828a1631a0bbcb6ab2f46514ec4f439fcfd0fa969b", "",
     "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271"},
    {0x03, "23810ec50edb99f374409466ed1f4b7b", "e9c621d4cdd9b11b00a6427ad7e559aeedd66b3857646677748f8ca796cb3fd8",
     "633273702e6f72672f584145532d3235362d47434d", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d"},
}};

struct KeyFixture {
  explicit KeyFixture(std::uint8_t byte) {
    input.fill(byte);
    EXPECT_EQ(XaesKey::Make(input, arena, key), Status::kOk);
  }
  KeyArena arena{1};
  std::array<std::uint8_t, kXaesKeyBytes> input{};
  XaesKey key;
};

Vector NonceBytes() { return FromHex(kNonce); }

TEST(Xaes256Gcm, SealsAndOpensThePublishedVectors) {
  for (const PublishedVector& vector : kVectors) {
    const KeyFixture fixture(vector.key_byte);
    const Vector nonce = NonceBytes();
    const Vector plaintext = FromHex(kPlaintext);
    const Vector associated_data = FromHex(vector.associated_data);
    Vector sealed(plaintext.size() + kTagBytes);
    ASSERT_EQ(fixture.key.Seal(XaesNonce(nonce), associated_data, plaintext, sealed), Status::kOk);
    EXPECT_EQ(sealed, FromHex(vector.sealed));
    Vector opened(plaintext.size());
    ASSERT_EQ(fixture.key.Open(XaesNonce(nonce), associated_data, sealed, opened), Status::kOk);
    EXPECT_EQ(opened, plaintext);
  }
}

TEST(Xaes256Gcm, DerivesThePublishedKeys) {
  for (const PublishedVector& vector : kVectors) {
    const KeyFixture fixture(vector.key_byte);
    const Vector nonce = NonceBytes();
    std::array<std::uint8_t, kGcmKeyBytes> message_key{};
    ASSERT_EQ(fixture.key.DeriveMessageKey(XaesNonce(nonce).first<kGcmNonceBytes>(), message_key), Status::kOk);
    EXPECT_EQ(ToVector(message_key), FromHex(vector.message_key));
    EXPECT_EQ(ToVector(fixture.key.k1()), FromHex(vector.k1));
  }
}

TEST(Xaes256Gcm, FlippedBitsFailAndLeaveNoPlaintext) {
  const KeyFixture fixture(0x01);
  const Vector good = FromHex(kVectors[0].sealed);
  for (std::size_t bit = 0; bit < 8 * good.size(); ++bit) {
    Vector sealed = good;
    sealed[bit / 8] = static_cast<std::uint8_t>(sealed[bit / 8] ^ (1U << (bit % 8)));
    Vector opened(good.size() - kTagBytes, 0xee);
    ASSERT_EQ(fixture.key.Open(XaesNonce(NonceBytes()), {}, sealed, opened), Status::kOpenFailed) << bit;
    ASSERT_EQ(opened, Vector(opened.size(), 0)) << bit;
  }
}

TEST(Xaes256Gcm, FlippedBitsOfNonceAndContextFail) {
  const KeyFixture fixture(0x03);
  const Vector sealed = FromHex(kVectors[1].sealed);
  Vector opened(sealed.size() - kTagBytes);
  for (std::size_t byte = 0; byte < kXaesNonceBytes; ++byte) {
    Vector nonce = NonceBytes();
    nonce[byte] ^= 0x80;
    EXPECT_EQ(fixture.key.Open(XaesNonce(nonce), FromHex(kVectors[1].associated_data), sealed, opened),
              Status::kOpenFailed);
  }
  for (std::size_t byte = 0; byte < FromHex(kVectors[1].associated_data).size(); ++byte) {
    Vector associated_data = FromHex(kVectors[1].associated_data);
    associated_data[byte] ^= 1;
    EXPECT_EQ(fixture.key.Open(XaesNonce(NonceBytes()), associated_data, sealed, opened), Status::kOpenFailed);
  }
}

TEST(Xaes256Gcm, SealsTheEmptyMessage) {
  const KeyFixture fixture(0x07);
  Vector tag(kTagBytes);
  Vector nothing;
  ASSERT_EQ(fixture.key.Seal(XaesNonce(NonceBytes()), {}, {}, tag), Status::kOk);
  EXPECT_EQ(fixture.key.Open(XaesNonce(NonceBytes()), {}, tag, nothing), Status::kOk);
  tag[0] ^= 1;
  EXPECT_EQ(fixture.key.Open(XaesNonce(NonceBytes()), {}, tag, nothing), Status::kOpenFailed);
}

TEST(Xaes256Gcm, RefusesLengthsThatDoNotFit) {
  const KeyFixture fixture(0x01);
  Vector plaintext(10);
  Vector sealed(10 + kTagBytes);
  EXPECT_EQ(fixture.key.Seal(XaesNonce(NonceBytes()), {}, plaintext, MutableBytes(sealed).first(25)),
            Status::kInvalidArgument);
  EXPECT_EQ(fixture.key.Open(XaesNonce(NonceBytes()), {}, Bytes(sealed).first(3), plaintext), Status::kInvalidArgument);
  // Never read: EVP takes lengths as int, so more must be refused before it is called.
  const Bytes huge(plaintext.data(), std::size_t{INT_MAX} + 1);
  EXPECT_EQ(fixture.key.Seal(XaesNonce(NonceBytes()), huge, plaintext, sealed), Status::kInvalidArgument);
}

TEST(Xaes256Gcm, NeedsAnArenaSlot) {
  KeyFixture fixture(0x01);
  XaesKey second;
  EXPECT_EQ(XaesKey::Make(fixture.input, fixture.arena, second), Status::kOutOfMemory);
  fixture.key = XaesKey();
  EXPECT_EQ(XaesKey::Make(fixture.input, fixture.arena, second), Status::kOk);
}

}  // namespace
}  // namespace latchkey::crypto
