#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

#include "native/crypto/key_arena.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/key_uses.h"
#include "native/crypto/status.h"
#include "native/crypto/xaes_256_gcm.h"

namespace latchkey::crypto {

// Names a backing key for as long as it is in the table. Counts up from 1 and is never used again; below 2^53.
using Handle = std::uint64_t;
inline constexpr Handle kNoHandle = 0;

struct BackingKey {
  Handle handle;
  MaterialId material_id;
  XaesKey key;
  mutable KeyUses uses{};  // since they were taken; no part of the key
};

// Backing keys by handle, at most `capacity` of them: the least recently used makes room. Knows nothing of key states
// and permissions. The arena must outlive it. Not thread-safe: one thread owns it.
class BackingKeyTable {
 public:
  // Ids are output of HKDF, and only ids of loaded material are ever in a map: eight bytes of one are a good hash.
  struct FirstBytes {
    std::size_t operator()(const MaterialId& id) const;
  };

  BackingKeyTable(KeyArena& arena, std::size_t capacity) : arena_(&arena), capacity_(capacity) {}

  struct Added {
    Handle handle;
    Handle evicted;  // kNoHandle when there was room
  };
  // Material that is there keeps its handle.
  Status Add(const MaterialId& material_id, XaesInputKey input_key, Added& added);

  // The handle of this material, kNoHandle when it is not there. Does not count as use.
  [[nodiscard]] Handle Find(const MaterialId& material_id) const;

  // Borrows the key until one is added or evicted, and marks it as just used. kNoSuchHandle, kMemoryWiped.
  Status Use(Handle handle, const BackingKey*& key);

  // Wipes the key. False when the handle is not there.
  bool Evict(Handle handle);
  void Forget();

  // Adds to what was done with a key, whether or not it is still there.
  void CountUses(const MaterialId& material_id, const KeyUses& uses);
  // What was done with each key since the last call, also with those that have gone; forgets it.
  std::unordered_map<MaterialId, KeyUses, FirstBytes> TakeUses();

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  void KeepUses(const BackingKey& key);

  using Keys = std::list<BackingKey>;  // most recently used first

  KeyArena* arena_;
  std::size_t capacity_;
  Handle last_handle_ = kNoHandle;
  Keys keys_;
  std::unordered_map<Handle, Keys::iterator> by_handle_;
  std::unordered_map<MaterialId, Handle, FirstBytes> by_material_;
  std::unordered_map<MaterialId, KeyUses, FirstBytes> uses_of_gone_;
};

}  // namespace latchkey::crypto
