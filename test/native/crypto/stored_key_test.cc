#include "native/crypto/stored_key.h"

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::Material;
using testing_support::TableWithKeys;

Status LoadDomainKey(TableWithKeys& keys, Bytes stored) {
  KeyId id{};
  return keys.table.keyring().LoadDomainKey(stored, id);
}

Status LoadMaterial(TableWithKeys& keys, const MaterialName& name, Bytes stored) {
  BackingKeyTable::Added added{};
  return keys.table.LoadMaterial(name, stored, added);
}

TEST(StoredKey, HaveTheSpecifiedLayout) {
  TableWithKeys keys(1);
  EXPECT_EQ(keys.stored_domain.size(), 105U);
  EXPECT_EQ(keys.stored_domain[0], 0x01);
  EXPECT_TRUE(std::equal(keys.root_id.begin(), keys.root_id.end(), &keys.stored_domain[1]));
  EXPECT_TRUE(std::equal(keys.domain_id.begin(), keys.domain_id.end(), &keys.stored_domain[17]));
  const Material material = keys.Generate();
  EXPECT_EQ(material.stored.size(), 89U);
  EXPECT_EQ(material.stored[0], 0x01);
  EXPECT_TRUE(std::equal(keys.domain_id.begin(), keys.domain_id.end(), &material.stored[1]));
}

TEST(StoredKey, EveryFlippedByteOfADomainKeyIsRefused) {
  TableWithKeys keys(1);
  for (std::size_t i = 0; i < keys.stored_domain.size(); ++i) {
    StoredDomainKey stored = keys.stored_domain;
    stored[i] ^= 0x01;
    const bool in_root_id = i >= 1 && i < 17;
    EXPECT_EQ(LoadDomainKey(keys, stored), in_root_id ? Status::kWrongRootKey : Status::kStoredKeyRefused) << i;
  }
  EXPECT_EQ(LoadDomainKey(keys, keys.stored_domain), Status::kOk);
  EXPECT_EQ(LoadDomainKey(keys, Bytes(keys.stored_domain).first(104)), Status::kStoredKeyRefused);
  EXPECT_EQ(LoadDomainKey(keys, {}), Status::kStoredKeyRefused);
}

TEST(StoredKey, EveryFlippedByteOfMaterialIsRefused) {
  TableWithKeys keys(1);
  const Material material = keys.Generate();
  const MaterialName name = {.owner = keys.owner, .id = material.id};
  for (std::size_t i = 0; i < material.stored.size(); ++i) {
    StoredMaterial stored = material.stored;
    stored[i] ^= 0x80;
    const bool in_domain_id = i >= 1 && i < 17;
    EXPECT_EQ(LoadMaterial(keys, name, stored), in_domain_id ? Status::kNoSuchDomainKey : Status::kStoredKeyRefused)
        << i;
  }
  EXPECT_EQ(LoadMaterial(keys, name, Bytes(material.stored).first(88)), Status::kStoredKeyRefused);
  EXPECT_EQ(keys.table.backing_keys().size(), 0U);
  EXPECT_EQ(LoadMaterial(keys, name, material.stored), Status::kOk);
}

// Swapped material id, another key's material, another spec.
TEST(StoredKey, MaterialUnderAnotherNameIsRefused) {
  TableWithKeys keys(2);
  const Material material = keys.Generate();
  const Material other = keys.Generate();
  MaterialOwner other_owner = keys.owner;
  other_owner.key_id[0] ^= 1;
  const MaterialOwner other_spec = {.key_id = keys.owner.key_id, .key_spec = "SYMMETRIC_DEFAULt"};
  EXPECT_EQ(LoadMaterial(keys, {keys.owner, other.id}, material.stored), Status::kStoredKeyRefused);
  EXPECT_EQ(LoadMaterial(keys, {other_owner, material.id}, material.stored), Status::kStoredKeyRefused);
  EXPECT_EQ(LoadMaterial(keys, {other_spec, material.id}, material.stored), Status::kStoredKeyRefused);
}

// Authentic, but not what the name says: only the recomputed id can tell.
TEST(StoredKey, MaterialWhoseIdIsNotItsOwnIsRefused) {
  KeyArena arena(4);
  const std::array<std::uint8_t, kKeyBytes> wrap = {1};
  const std::array<std::uint8_t, kKeyBytes> material = {2};
  const WrappingKey domain = {.id = {3}, .key = wrap, .arena = &arena};
  const MaterialOwner owner = {.key_id = {4}, .key_spec = "SYMMETRIC_DEFAULT"};
  std::array<std::uint8_t, kKeyBytes> input_key{};
  MaterialId id{};
  ASSERT_EQ(DeriveFromMaterial(material, owner, id, input_key), Status::kOk);

  StoredMaterial stored{};
  ASSERT_EQ(StoreMaterial(domain, {owner, id}, material, stored), Status::kOk);
  EXPECT_EQ(OpenStoredMaterial(domain, {owner, id}, stored, input_key), Status::kOk);

  id[0] ^= 1;
  ASSERT_EQ(StoreMaterial(domain, {owner, id}, material, stored), Status::kOk);
  EXPECT_EQ(OpenStoredMaterial(domain, {owner, id}, stored, input_key), Status::kStoredKeyRefused);
  EXPECT_EQ(input_key, (std::array<std::uint8_t, kKeyBytes>{}));
}

TEST(StoredKey, DomainKeyWhoseIdIsNotItsOwnIsRefused) {
  KeyArena arena(4);
  const std::array<std::uint8_t, kKeyBytes> wrap = {1};
  std::array<std::uint8_t, kKeyBytes> domain_key = {2};
  const WrappingKey root = {.id = {3}, .key = wrap, .arena = &arena};
  StoredDomainKey stored{};
  KeyId id = {0x77};
  ASSERT_EQ(StoreKey(KeyKind::kDomain, root, id, domain_key, stored), Status::kOk);
  EXPECT_EQ(OpenStoredKey(KeyKind::kDomain, root, stored, id, domain_key), Status::kStoredKeyRefused);
  EXPECT_EQ(domain_key, (std::array<std::uint8_t, kKeyBytes>{}));
}

}  // namespace
}  // namespace latchkey::crypto
