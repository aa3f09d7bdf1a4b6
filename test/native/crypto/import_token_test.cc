#include "native/crypto/import_token.h"

#include "test/native/crypto/import_fixture.h"

namespace latchkey::crypto {
namespace {

using testing_support::TableForImport;
using testing_support::Token;
using testing_support::ToVector;
using testing_support::Vector;

Status OpenToken(TableForImport& keys, const KeyId& key_id, Bytes token, ImportTokenFields& fields) {
  ImportTokenContent content;
  return keys.table.keyring().OpenToken(key_id, token, content, fields);
}

class ImportToken : public testing::Test {
 protected:
  Status Open(Bytes token) {
    ImportTokenFields fields{};
    return OpenToken(keys, keys.owner.key_id, token, fields);
  }

  TableForImport keys;
  Token made = keys.MakeFreshToken(ImportWrapping::kRsaAesKeyWrapSha256);
};

TEST_F(ImportToken, SaysWhatItWasMadeFor) {
  ImportTokenFields fields{};
  ASSERT_EQ(OpenToken(keys, keys.owner.key_id, made.token, fields), Status::kOk);
  EXPECT_EQ(fields.token_id, made.id);
  EXPECT_EQ(fields.wrapping, ImportWrapping::kRsaAesKeyWrapSha256);
  EXPECT_EQ(fields.wrapping_key_bits, 2048);
  EXPECT_EQ(fields.expires_at, 1'900'000'000'123U);
  EXPECT_NE(keys.MakeToken(ImportWrapping::kRsaAesKeyWrapSha256).id, made.id);
}

// docs/FORMATS.md, "Import token", taken apart here from the stored import key on.
TEST_F(ImportToken, HasTheSpecifiedForm) {
  KeyArena arena(8);
  KeyId id{};
  std::array<std::uint8_t, kKeyBytes> root{};
  std::array<std::uint8_t, kKeyBytes> key{};
  std::array<std::uint8_t, kKeyBytes> wrap{};
  const RootKeyPath path = {.directory = keys.secrets.at("secrets"), .name = "root.key"};
  ASSERT_EQ(OpenRootKeyFile(path, arena, id, root), Status::kOk);
  ASSERT_EQ(DeriveForPurpose(root, "wrap", wrap), Status::kOk);
  ASSERT_EQ(OpenStoredKey(KeyKind::kDomain, {id, wrap, &arena}, keys.stored_domain, id, key), Status::kOk);
  ASSERT_EQ(DeriveForPurpose(key, "wrap", wrap), Status::kOk);

  const Bytes stored = keys.stored_import;
  XaesKey domain_wrap;
  ASSERT_EQ(XaesKey::Make(wrap, arena, domain_wrap), Status::kOk);
  Vector associated = ToVector(std::string_view("latchkey import key v1\0", 23));
  associated.insert(associated.end(), stored.begin() + 1, stored.begin() + 33);
  ASSERT_EQ(domain_wrap.Open(stored.subspan<33, 24>(), associated, stored.subspan(57), key), Status::kOk);

  ASSERT_EQ(DeriveForPurpose(key, "wrap", wrap), Status::kOk);
  XaesKey sealing;
  ASSERT_EQ(XaesKey::Make(wrap, arena, sealing), Status::kOk);
  const Bytes token = made.token;
  EXPECT_EQ(token[0], 0x01);
  EXPECT_EQ(ToVector(token.subspan(1, 16)), ToVector(keys.import_id));
  associated = ToVector(std::string_view("latchkey import token v1\0", 25));
  associated.insert(associated.end(), keys.owner.key_id.begin(), keys.owner.key_id.end());
  Vector plaintext(token.size() - 57);
  ASSERT_EQ(sealing.Open(token.subspan<17, 24>(), associated, token.subspan(41), plaintext), Status::kOk);

  EXPECT_EQ(ToVector(Bytes(plaintext).first(16)), ToVector(made.id));
  EXPECT_EQ(ToVector(Bytes(plaintext).subspan(16, 11)), testing_support::FromHex("030800000001ba60d3387b"));
  // OpenSSL reads the rest, whole, and it is the private half of the public key.
  const unsigned char* der = &plaintext[27];
  const std::unique_ptr<EVP_PKEY, testing_support::FreeKey> private_key(
      d2i_AutoPrivateKey(nullptr, &der, static_cast<long>(plaintext.size() - 27)));
  ASSERT_NE(private_key, nullptr);
  EXPECT_EQ(der, plaintext.data() + plaintext.size());
  const unsigned char* public_der = made.public_key.data();
  const std::unique_ptr<EVP_PKEY, testing_support::FreeKey> public_key(
      d2i_PUBKEY(nullptr, &public_der, static_cast<long>(made.public_key.size())));
  EXPECT_EQ(EVP_PKEY_eq(private_key.get(), public_key.get()), 1);
  const std::unique_ptr<EVP_PKEY_CTX, testing_support::FreeKey> check(
      EVP_PKEY_CTX_new_from_pkey(nullptr, private_key.get(), nullptr));
  EXPECT_EQ(EVP_PKEY_pairwise_check(check.get()), 1);
}

TEST_F(ImportToken, EveryFlippedByteIsRefused) {
  for (std::size_t i = 0; i < made.token.size(); ++i) {
    Vector token = made.token;
    token[i] ^= 0x01;
    EXPECT_EQ(Open(token), Status::kImportTokenRefused) << i;
  }
  EXPECT_EQ(Open(made.token), Status::kOk);
}

TEST_F(ImportToken, EveryOtherLengthIsRefused) {
  for (std::size_t size = 0; size < made.token.size(); ++size) {
    EXPECT_EQ(Open(Bytes(made.token).first(size)), Status::kImportTokenRefused) << size;
  }
  for (const std::size_t more : {1U, 100U, 10'000U}) {
    Vector token = made.token;
    token.resize(token.size() + more);
    EXPECT_EQ(Open(token), Status::kImportTokenRefused) << more;
  }
}

TEST_F(ImportToken, OfAnotherKeyIsRefused) {
  ImportTokenFields fields{};
  KeyId other = keys.owner.key_id;
  other.back() ^= 1;
  EXPECT_EQ(OpenToken(keys, other, made.token, fields), Status::kImportTokenRefused);
}

TEST_F(ImportToken, EndsWithItsImportKey) {
  EXPECT_TRUE(keys.table.keyring().EvictImportKey(keys.import_id));
  EXPECT_FALSE(keys.table.keyring().EvictImportKey(keys.import_id));
  EXPECT_EQ(Open(made.token), Status::kImportTokenRefused);
  KeyId id{};
  EXPECT_EQ(keys.table.keyring().LoadImportKey(keys.stored_import, id), Status::kOk);
  EXPECT_EQ(id, keys.import_id);
  EXPECT_EQ(Open(made.token), Status::kOk);
  keys.table.Forget();
  EXPECT_EQ(Open(made.token), Status::kImportTokenRefused);
}

TEST(ImportKey, EveryFlippedByteIsRefused) {
  TableForImport keys;
  KeyId id{};
  for (std::size_t i = 0; i < keys.stored_import.size(); ++i) {
    StoredImportKey stored = keys.stored_import;
    stored[i] ^= 0x10;
    const bool in_domain_id = i >= 1 && i < 17;
    EXPECT_EQ(keys.table.keyring().LoadImportKey(stored, id),
              in_domain_id ? Status::kNoSuchDomainKey : Status::kStoredKeyRefused)
        << i;
  }
  EXPECT_EQ(keys.table.keyring().LoadImportKey(Bytes(keys.stored_import).first(104), id), Status::kStoredKeyRefused);
}

// A domain key under the same wrapping key has the same layout; only the authenticated data tells them apart.
TEST(ImportKey, OfAnotherKindIsRefused) {
  KeyArena arena(4);
  const std::array<std::uint8_t, kKeyBytes> wrap = {1};
  std::array<std::uint8_t, kKeyBytes> key = {2};
  const WrappingKey wrapping = {.id = {3}, .key = wrap, .arena = &arena};
  KeyId id{};
  StoredImportKey stored{};
  ASSERT_EQ(DeriveKeyId(key, id), Status::kOk);
  ASSERT_EQ(StoreKey(KeyKind::kDomain, wrapping, id, key, stored), Status::kOk);
  EXPECT_EQ(OpenStoredKey(KeyKind::kImport, wrapping, stored, id, key), Status::kStoredKeyRefused);
  EXPECT_EQ(key, (std::array<std::uint8_t, kKeyBytes>{}));
}

TEST(ImportKey, BeyondTheLimitIsRefused) {
  TableForImport keys;
  KeyId id{};
  StoredImportKey stored{};
  for (std::size_t i = 1; i < Keyring::kMaxImportKeys; ++i) {
    ASSERT_EQ(keys.table.keyring().CreateImportKey(keys.domain_id, id, stored), Status::kOk);
  }
  EXPECT_EQ(keys.table.keyring().CreateImportKey(keys.domain_id, id, stored), Status::kOutOfMemory);
  EXPECT_EQ(keys.table.keyring().LoadImportKey(keys.stored_import, id), Status::kOk);
  EXPECT_TRUE(keys.table.keyring().EvictImportKey(id));
  EXPECT_EQ(keys.table.keyring().CreateImportKey(keys.domain_id, id, stored), Status::kOk);
}

}  // namespace
}  // namespace latchkey::crypto
