#pragma once

#include "native/crypto/backing_key_table.h"
#include "native/crypto/key_arena.h"
#include "native/crypto/keyring.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// One arena and the keys in it: a root key, domain keys, backing keys. Not thread-safe: one thread owns it.
class KeyTable {
 public:
  // `capacity` backing keys at most. Nothing may be asked of it when `usable()` is false: there was no memory.
  explicit KeyTable(std::size_t capacity)
      : arena_(capacity + Keyring::kArenaSlots), keyring_(arena_), backing_keys_(arena_, capacity) {}

  [[nodiscard]] bool usable() const { return arena_.mapped(); }
  [[nodiscard]] bool locked() const { return arena_.locked(); }
  [[nodiscard]] KeyArena& arena() { return arena_; }
  [[nodiscard]] Keyring& keyring() { return keyring_; }
  [[nodiscard]] BackingKeyTable& backing_keys() { return backing_keys_; }

  // Unwraps stored key material into the table, unless it is there. kNoSuchDomainKey, kStoredKeyRefused.
  Status LoadMaterial(const MaterialName& name, Bytes stored, BackingKeyTable::Added& added);

  // Wipes every key.
  void Forget();

 private:
  KeyArena arena_;
  Keyring keyring_;
  BackingKeyTable backing_keys_;
};

}  // namespace latchkey::crypto
