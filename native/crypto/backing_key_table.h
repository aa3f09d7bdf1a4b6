#pragma once

#include <cstdint>
#include <list>
#include <unordered_map>

#include "native/crypto/key_arena.h"
#include "native/crypto/key_derivation.h"
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
};

// Backing keys by handle, at most `capacity` of them: the least recently used makes room. Knows nothing of key states
// and permissions. The arena must outlive it. Not thread-safe: one thread owns it.
class BackingKeyTable {
 public:
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

  [[nodiscard]] std::size_t size() const { return keys_.size(); }
  [[nodiscard]] std::size_t capacity() const { return capacity_; }

 private:
  using Keys = std::list<BackingKey>;  // most recently used first

  // Ids are output of HKDF, and only ids of loaded material are ever in the map: eight bytes of one are a good hash.
  struct FirstBytes {
    std::size_t operator()(const MaterialId& id) const;
  };

  KeyArena* arena_;
  std::size_t capacity_;
  Handle last_handle_ = kNoHandle;
  Keys keys_;
  std::unordered_map<Handle, Keys::iterator> by_handle_;
  std::unordered_map<MaterialId, Handle, FirstBytes> by_material_;
};

}  // namespace latchkey::crypto
