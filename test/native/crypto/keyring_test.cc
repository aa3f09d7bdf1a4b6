#include "native/crypto/keyring.h"

#include "native/crypto/hmac_sha256.h"
#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::TableWithKeys;

Mac RecordMac(TableWithKeys& keys, const Record& record) {
  Mac mac{};
  EXPECT_EQ(keys.table.keyring().RecordMac(keys.domain_id, record, mac), Status::kOk);
  return mac;
}

TEST(Keyring, ARecordsMacBindsKindPrimaryKeyAndBytes) {
  TableWithKeys keys(1);
  const Mac mac = RecordMac(keys, {"key", "1", TextBytes("{}")});
  EXPECT_EQ(RecordMac(keys, {"key", "1", TextBytes("{}")}), mac);
  EXPECT_NE(RecordMac(keys, {"kez", "1", TextBytes("{}")}), mac);
  EXPECT_NE(RecordMac(keys, {"key", "2", TextBytes("{}")}), mac);
  EXPECT_NE(RecordMac(keys, {"key", "1", TextBytes("{ }")}), mac);
  EXPECT_NE(RecordMac(keys, {"ke", "y1", TextBytes("{}")}), mac);
}

// The separator in a name would let one record pass as another.
TEST(Keyring, NamesWithTheSeparatorAreRefused) {
  TableWithKeys keys(1);
  Mac mac{};
  const std::string_view with_nul("a\0b", 3);
  EXPECT_EQ(keys.table.keyring().RecordMac(keys.domain_id, {with_nul, "1", {}}, mac), Status::kInvalidArgument);
  EXPECT_EQ(keys.table.keyring().RecordMac(keys.domain_id, {"key", with_nul, {}}, mac), Status::kInvalidArgument);
}

TEST(Keyring, MacsOfAnotherDomainOrPurposeDiffer) {
  TableWithKeys keys(1);
  KeyId other{};
  StoredDomainKey stored{};
  ASSERT_EQ(keys.table.keyring().CreateDomainKey(other, stored), Status::kOk);
  Mac here{};
  Mac there{};
  ASSERT_EQ(keys.table.keyring().PageMac(keys.domain_id, TextBytes("token"), here), Status::kOk);
  ASSERT_EQ(keys.table.keyring().PageMac(other, TextBytes("token"), there), Status::kOk);
  EXPECT_NE(here, there);
}

// docs/FORMATS.md, "Records", computed here from the root key file on: a reader of the format must get the same.
TEST(Keyring, ComputesTheSpecifiedMac) {
  TableWithKeys keys(1);
  KeyArena arena(8);
  KeyId id{};
  std::array<std::uint8_t, kKeyBytes> root{};
  std::array<std::uint8_t, kKeyBytes> root_wrap{};
  std::array<std::uint8_t, kKeyBytes> domain{};
  std::array<std::uint8_t, kKeyBytes> row{};
  const RootKeyPath path = {.directory = keys.secrets.at("secrets"), .name = "root.key"};
  ASSERT_EQ(OpenRootKeyFile(path, arena, id, root), Status::kOk);
  ASSERT_EQ(DeriveForPurpose(root, "wrap", root_wrap), Status::kOk);
  ASSERT_EQ(
      OpenStoredKey(KeyKind::kDomain, {.id = id, .key = root_wrap, .arena = &arena}, keys.stored_domain, id, domain),
      Status::kOk);
  ASSERT_EQ(DeriveForPurpose(domain, "row", row), Status::kOk);
  Mac expected{};
  ASSERT_EQ(HmacSha256(row, {TextBytes(std::string_view("latchkey row v1\0key\0k-1\0{\"v\":1}", 31))}, expected),
            Status::kOk);
  EXPECT_EQ(RecordMac(keys, {"key", "k-1", TextBytes("{\"v\":1}")}), expected);
}

TEST(Keyring, AnotherRootKeyIsTold) {
  TableWithKeys keys(1);
  const TableWithKeys others(1);
  KeyId id{};
  EXPECT_EQ(keys.table.keyring().LoadDomainKey(others.stored_domain, id), Status::kWrongRootKey);
}

}  // namespace
}  // namespace latchkey::crypto
