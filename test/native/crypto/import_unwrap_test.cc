#include "native/crypto/import_unwrap.h"

#include "native/crypto/import_jobs.h"
#include "test/native/crypto/import_fixture.h"

namespace latchkey::crypto {
namespace {

using testing_support::Joined;
using testing_support::KwpSeal;
using testing_support::Material;
using testing_support::Oaep;
using testing_support::OaepSeal;
using testing_support::RandomBytes;
using testing_support::TableForImport;
using testing_support::Token;
using testing_support::Vector;
using testing_support::WrapFor;

constexpr std::array kWrappings = {ImportWrapping::kRsaesOaepSha256, ImportWrapping::kRsaesOaepSha1,
                                   ImportWrapping::kRsaAesKeyWrapSha256, ImportWrapping::kRsaAesKeyWrapSha1};

class ImportUnwrap : public testing::TestWithParam<ImportWrapping> {
 protected:
  Status Unwrap(const Vector& wrapped) {
    Material material{};
    const Status status = keys.Unwrap(token.token, wrapped, material);
    if (status != Status::kOk) {
      EXPECT_EQ(material.id, MaterialId{});
      EXPECT_EQ(material.stored, StoredMaterial{});
    }
    return status;
  }
  [[nodiscard]] bool sha256() const { return testing_support::UsesSha256(GetParam()); }
  [[nodiscard]] bool wraps_key() const { return testing_support::WrapsKey(GetParam()); }

  TableForImport keys;
  Token token = keys.MakeToken(GetParam());
};

class ImportKeyWrap : public ImportUnwrap {};

TEST_P(ImportUnwrap, StoresTheMaterialThatWasWrapped) {
  const Vector bytes = RandomBytes(kKeyBytes);
  Material material{};
  ASSERT_EQ(keys.Unwrap(token.token, WrapFor(token.public_key, GetParam(), bytes), material), Status::kOk);
  MaterialId id{};
  std::array<std::uint8_t, kKeyBytes> input_key{};
  ASSERT_EQ(DeriveFromMaterial(Bytes(bytes).first<kKeyBytes>(), keys.owner, id, input_key), Status::kOk);
  EXPECT_EQ(material.id, id);
  EXPECT_NE(keys.Load(material).handle, kNoHandle);
}

TEST_P(ImportUnwrap, MaterialOfAnotherLengthFails) {
  for (const std::size_t size : {1U, 8U, 16U, 24U, 25U, 31U, 33U, 40U, 64U}) {
    EXPECT_EQ(Unwrap(WrapFor(token.public_key, GetParam(), RandomBytes(size))), Status::kImportUnwrapFailed) << size;
  }
}

TEST_P(ImportUnwrap, AnotherAlgorithmFails) {
  for (const ImportWrapping other : kWrappings) {
    const Status expected = other == GetParam() ? Status::kOk : Status::kImportUnwrapFailed;
    EXPECT_EQ(Unwrap(WrapFor(token.public_key, other, RandomBytes(kKeyBytes))), expected);
  }
}

TEST_P(ImportUnwrap, AnotherLabelHashOrKeyFails) {
  const Vector key = RandomBytes(kKeyBytes);
  const Vector tail = wraps_key() ? KwpSeal(key, RandomBytes(kKeyBytes)) : Vector();
  const auto with = [&](const Oaep& oaep) { return Joined(OaepSeal(token.public_key, oaep, key), tail); };
  EXPECT_EQ(Unwrap(with({.sha256 = sha256(), .mgf_sha256 = sha256(), .label = {}})), Status::kOk);
  EXPECT_EQ(Unwrap(with({.sha256 = sha256(), .mgf_sha256 = sha256(), .label = "label"})), Status::kImportUnwrapFailed);
  EXPECT_EQ(Unwrap(with({.sha256 = !sha256(), .mgf_sha256 = !sha256(), .label = {}})), Status::kImportUnwrapFailed);
  EXPECT_EQ(Unwrap(with({.sha256 = sha256(), .mgf_sha256 = !sha256(), .label = {}})), Status::kImportUnwrapFailed);
  const Token other = keys.MakeFreshToken(GetParam());
  EXPECT_EQ(Unwrap(WrapFor(other.public_key, GetParam(), key)), Status::kImportUnwrapFailed);
}

TEST_P(ImportUnwrap, EveryOtherLengthFails) {
  const Vector wrapped = WrapFor(token.public_key, GetParam(), RandomBytes(kKeyBytes));
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{255}, std::size_t{256}, std::size_t{272},
                                 std::size_t{296}, std::size_t{304}, std::size_t{512}, std::size_t{100'000}}) {
    Vector other = wrapped;
    other.resize(size);
    const Status expected = size == wrapped.size() ? Status::kOk : Status::kImportUnwrapFailed;
    EXPECT_EQ(Unwrap(other), expected) << size;
  }
}

TEST_P(ImportUnwrap, EveryFlippedByteFails) {
  const Vector wrapped = WrapFor(token.public_key, GetParam(), RandomBytes(kKeyBytes));
  // Each costs an RSA operation: all of the key wrap, and a sample of the modulus.
  for (std::size_t i = 0; i < wrapped.size(); i += i < 256 ? 15 : 1) {
    Vector altered = wrapped;
    altered[i] ^= 0x40;
    EXPECT_EQ(Unwrap(altered), Status::kImportUnwrapFailed) << i;
  }
  EXPECT_EQ(Unwrap(Vector(wrapped.size(), 0xff)), Status::kImportUnwrapFailed);
  EXPECT_EQ(Unwrap(Vector(wrapped.size(), 0)), Status::kImportUnwrapFailed);
}

// The AES key itself may have the wrong length, or the key wrap another key.
TEST_P(ImportKeyWrap, WhatThePartsDoNotAgreeOnFails) {
  const Oaep oaep = {.sha256 = sha256(), .mgf_sha256 = sha256(), .label = {}};
  const Vector key = RandomBytes(kKeyBytes);
  const Vector material = KwpSeal(key, RandomBytes(kKeyBytes));
  EXPECT_EQ(Unwrap(Joined(OaepSeal(token.public_key, oaep, key), material)), Status::kOk);
  for (const std::size_t size : {0U, 16U, 24U, 31U, 33U}) {
    EXPECT_EQ(Unwrap(Joined(OaepSeal(token.public_key, oaep, RandomBytes(size)), material)),
              Status::kImportUnwrapFailed)
        << size;
  }
  EXPECT_EQ(Unwrap(Joined(OaepSeal(token.public_key, oaep, RandomBytes(kKeyBytes)), material)),
            Status::kImportUnwrapFailed);
}

TEST_P(ImportUnwrap, NeedsItsTokenAndItsDomainKey) {
  const Vector wrapped = WrapFor(token.public_key, GetParam(), RandomBytes(kKeyBytes));
  Vector altered = token.token;
  altered.back() ^= 1;
  Material material{};
  EXPECT_EQ(keys.Unwrap(altered, wrapped, material), Status::kImportTokenRefused);
  UnwrapOrder order = keys.Order(token.token, wrapped);
  order.domain_key_id[0] ^= 1;
  MaterialUnwrapping work(order);
  EXPECT_EQ(work.Prepare(keys.table.keyring()), Status::kNoSuchDomainKey);
}

INSTANTIATE_TEST_SUITE_P(Algorithms, ImportUnwrap, testing::ValuesIn(kWrappings));
INSTANTIATE_TEST_SUITE_P(Algorithms, ImportKeyWrap, testing::Values(kWrappings[2], kWrappings[3]));

// Random material in the place of what did not come out, so that the caller can go on with it.
TEST(UnwrapImported, LeavesRandomMaterialWhenItFails) {
  TableForImport keys;
  const Token token = keys.MakeToken(ImportWrapping::kRsaAesKeyWrapSha256);
  ImportTokenContent content;
  ImportTokenFields fields{};
  ASSERT_EQ(keys.table.keyring().OpenToken(keys.owner.key_id, token.token, content, fields), Status::kOk);
  PrivateKey key;
  ASSERT_EQ(LoadRsaKey(content.private_key(), key), Status::kOk);
  std::array<std::uint8_t, kKeyBytes> first{};
  std::array<std::uint8_t, kKeyBytes> second{};
  bool unwrapped = true;
  const Vector wrapped(296, 1);
  ASSERT_EQ(UnwrapImported(key, fields.wrapping, wrapped, first, unwrapped), Status::kOk);
  EXPECT_FALSE(unwrapped);
  ASSERT_EQ(UnwrapImported(key, fields.wrapping, wrapped, second, unwrapped), Status::kOk);
  EXPECT_FALSE(unwrapped);
  EXPECT_NE(first, (std::array<std::uint8_t, kKeyBytes>{}));
  EXPECT_NE(first, second);
}

TEST(RsaKey, WhatIsNoPrivateKeyIsRefused) {
  TableForImport keys;
  const Token token = keys.MakeToken(ImportWrapping::kRsaesOaepSha256);
  ImportTokenContent content;
  ImportTokenFields fields{};
  ASSERT_EQ(keys.table.keyring().OpenToken(keys.owner.key_id, token.token, content, fields), Status::kOk);
  const Bytes der = content.private_key();
  PrivateKey key;
  for (std::size_t size = 0; size < der.size(); ++size) {
    EXPECT_EQ(LoadRsaKey(der.first(size), key), Status::kInvalidArgument) << size;
  }
  Vector longer(der.begin(), der.end());
  longer.push_back(0);
  EXPECT_EQ(LoadRsaKey(longer, key), Status::kInvalidArgument);
  EXPECT_EQ(LoadRsaKey(Vector(kMaxPkcs8Bytes + 1, 0x30), key), Status::kInvalidArgument);
  EXPECT_EQ(LoadRsaKey(der, key), Status::kOk);
}

}  // namespace
}  // namespace latchkey::crypto
