#include "native/crypto/key_table.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <set>

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::Material;
using testing_support::TableWithKeys;

Status Use(TableWithKeys& keys, Handle handle) {
  const BackingKey* key = nullptr;
  return keys.table.backing_keys().Use(handle, key);
}

TEST(KeyTable, MaterialKeepsItsHandle) {
  TableWithKeys keys(3);
  const Material material = keys.Generate();
  EXPECT_EQ(keys.table.backing_keys().Find(material.id), kNoHandle);
  const Handle handle = keys.Load(material).handle;
  EXPECT_EQ(keys.Load(material).handle, handle);
  EXPECT_EQ(keys.table.backing_keys().Find(material.id), handle);
  EXPECT_EQ(keys.table.backing_keys().size(), 1U);
}

TEST(KeyTable, TheLeastRecentlyUsedMakesRoom) {
  TableWithKeys keys(2);
  const Handle first = keys.Load(keys.Generate()).handle;
  const Handle second = keys.Load(keys.Generate()).handle;
  EXPECT_EQ(Use(keys, first), Status::kOk);
  const BackingKeyTable::Added third = keys.Load(keys.Generate());
  EXPECT_EQ(third.evicted, second);
  EXPECT_EQ(Use(keys, second), Status::kNoSuchHandle);
  EXPECT_EQ(Use(keys, first), Status::kOk);
  EXPECT_EQ(Use(keys, third.handle), Status::kOk);
  EXPECT_EQ(keys.table.backing_keys().size(), 2U);
}

TEST(KeyTable, HandlesAreNeverUsedAgain) {
  TableWithKeys keys(1);
  std::set<Handle> seen = {kNoHandle};
  const Material material = keys.Generate();
  for (int i = 0; i < 20; ++i) {
    const Handle handle = keys.Load(material).handle;
    EXPECT_TRUE(seen.insert(handle).second);
    EXPECT_TRUE(keys.table.backing_keys().Evict(handle));
    EXPECT_FALSE(keys.table.backing_keys().Evict(handle));
    EXPECT_EQ(Use(keys, handle), Status::kNoSuchHandle);
  }
}

// Evicting gives slots back: without that the arena would be empty after a few.
TEST(KeyTable, LoadsManyMoreKeysThanItHolds) {
  TableWithKeys keys(2);
  for (int i = 0; i < 200; ++i) keys.Load(keys.Generate());
  EXPECT_EQ(keys.table.backing_keys().size(), 2U);
}

TEST(KeyTable, RefusedMaterialEvictsNothing) {
  TableWithKeys keys(1);
  const Handle handle = keys.Load(keys.Generate()).handle;
  Material material = keys.Generate();
  material.stored.back() ^= 1;
  BackingKeyTable::Added added{};
  EXPECT_EQ(keys.table.LoadMaterial({keys.owner, material.id}, material.stored, added), Status::kStoredKeyRefused);
  EXPECT_EQ(Use(keys, handle), Status::kOk);
}

TEST(KeyTable, NeedsItsKeysInOrder) {
  KeyTable table(1);
  KeyId id{};
  StoredDomainKey stored{};
  MaterialId material_id{};
  StoredMaterial stored_material{};
  Mac mac{};
  EXPECT_EQ(table.keyring().CreateDomainKey(id, stored), Status::kNoRootKey);
  EXPECT_EQ(table.keyring().LoadDomainKey(stored, id), Status::kNoRootKey);
  const MaterialOwner owner = {.key_id = {1}, .key_spec = "SYMMETRIC_DEFAULT"};
  EXPECT_EQ(table.keyring().GenerateMaterial(id, owner, material_id, stored_material), Status::kNoSuchDomainKey);
  EXPECT_EQ(table.keyring().PageMac(id, {}, mac), Status::kNoSuchDomainKey);
}

TEST(KeyTable, ForgetsEverything) {
  TableWithKeys keys(1);
  const Material material = keys.Generate();
  const Handle handle = keys.Load(material).handle;
  keys.table.Forget();
  MaterialId id{};
  StoredMaterial stored{};
  Mac mac{};
  KeyId domain{};
  EXPECT_EQ(Use(keys, handle), Status::kNoSuchHandle);
  EXPECT_EQ(keys.table.keyring().GenerateMaterial(keys.domain_id, keys.owner, id, stored), Status::kNoSuchDomainKey);
  EXPECT_EQ(keys.table.keyring().PageMac(keys.domain_id, {}, mac), Status::kNoSuchDomainKey);
  EXPECT_EQ(keys.table.keyring().LoadDomainKey(keys.stored_domain, domain), Status::kNoRootKey);
}

TEST(KeyTable, DomainKeysBeyondTheLimitAreRefused) {
  TableWithKeys keys(1);
  KeyId id{};
  StoredDomainKey stored{};
  for (std::size_t i = 1; i < Keyring::kMaxDomainKeys; ++i) {
    ASSERT_EQ(keys.table.keyring().CreateDomainKey(id, stored), Status::kOk);
  }
  EXPECT_EQ(keys.table.keyring().CreateDomainKey(id, stored), Status::kOutOfMemory);
  // One that is there may be loaded again, and everything else still works.
  EXPECT_EQ(keys.table.keyring().LoadDomainKey(keys.stored_domain, id), Status::kOk);
  keys.Load(keys.Generate());
}

// A fork copies the heap, contexts of OpenSSL included; the live word keeps a child from using them.
TEST(KeyTable, AForkedChildHasNoKeys) {
  TableWithKeys keys(1);
  const Material material = keys.Generate();
  const Handle handle = keys.Load(material).handle;
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    Mac mac{};
    KeyId id{};
    BackingKeyTable::Added added{};
    const bool refused =
        Use(keys, handle) == Status::kMemoryWiped &&
        keys.table.LoadMaterial({keys.owner, material.id}, material.stored, added) == Status::kMemoryWiped &&
        keys.table.keyring().LoadDomainKey(keys.stored_domain, id) == Status::kMemoryWiped &&
        keys.table.keyring().PageMac(keys.domain_id, {}, mac) == Status::kMemoryWiped;
    _exit(refused ? 0 : 1);
  }
  int result = -1;
  ASSERT_EQ(waitpid(child, &result, 0), child);
  EXPECT_TRUE(WIFEXITED(result));
  EXPECT_EQ(WEXITSTATUS(result), 0);
  EXPECT_EQ(Use(keys, handle), Status::kOk);
}

TEST(KeyArena, SlotsRunOutAndComeBackWiped) {
  KeyArena arena(2);
  ASSERT_TRUE(arena.mapped());
  ArenaSlot first;
  ArenaSlot second;
  ArenaSlot third;
  ASSERT_EQ(arena.Allocate(first), Status::kOk);
  ASSERT_EQ(arena.Allocate(second), Status::kOk);
  EXPECT_EQ(arena.Allocate(third), Status::kOutOfMemory);
  std::ranges::fill(second.bytes(), 0xee);
  const std::uint8_t* place = second.bytes().data();
  second = ArenaSlot();
  ASSERT_EQ(arena.Allocate(third), Status::kOk);
  EXPECT_EQ(third.bytes().data(), place);
  EXPECT_TRUE(std::ranges::all_of(third.bytes(), [](std::uint8_t byte) { return byte == 0; }));
  ArenaSlot moved = std::move(third);
  EXPECT_EQ(moved.bytes().data(), place);
  EXPECT_EQ(arena.CheckAlive(), Status::kOk);
}

}  // namespace
}  // namespace latchkey::crypto
