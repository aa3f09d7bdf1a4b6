#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "native/crypto/hmac_sha256.h"
#include "native/crypto/key_arena.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/root_key_file.h"
#include "native/crypto/status.h"
#include "native/crypto/stored_key.h"

namespace latchkey::crypto {

using Mac = std::array<std::uint8_t, kMacBytes>;

// What a record's MAC binds: its kind and primary key hold no NUL, which is the separator.
struct Record {
  std::string_view kind;
  std::string_view primary_key;
  Bytes bytes;
};

// The root key and the domain keys. Of each only what is derived from it is kept, in the arena, which must outlive
// this.
class Keyring {
 public:
  // More domain keys than this answer kOutOfMemory. Two arena slots each, one for the root key, three while working.
  static constexpr std::size_t kMaxDomainKeys = 32;
  static constexpr std::size_t kArenaSlots = 2 * kMaxDomainKeys + 4;

  explicit Keyring(KeyArena& arena) : arena_(&arena) {}

  Status OpenRootKey(const RootKeyPath& path, KeyId& id);
  Status CreateDomainKey(KeyId& id, StoredDomainKey& stored);
  Status LoadDomainKey(Bytes stored, KeyId& id);

  // Makes random key material for a key; it is not kept.
  Status GenerateMaterial(const KeyId& domain_key_id, const MaterialOwner& owner, MaterialId& id,
                          StoredMaterial& stored);
  // Leaves the input key of stored material in `input_key`. kNoSuchDomainKey, kStoredKeyRefused.
  Status OpenMaterial(const MaterialName& name, Bytes stored, MutableKey input_key);

  // MACs under keys derived from a domain key (docs/FORMATS.md, "Records", "Page tokens").
  Status RecordMac(const KeyId& domain_key_id, const Record& record, Mac& mac) const;
  Status PageMac(const KeyId& domain_key_id, Bytes content, Mac& mac) const;

  void Forget();

 private:
  struct DomainKey {
    KeyId id;
    ArenaSlot wrap;  // the wrapping key
    ArenaSlot macs;  // row key || page key
  };

  Status Keep(const KeyId& id, Key domain_key);
  Status FindDomainKey(const KeyId& id, const DomainKey*& found) const;
  [[nodiscard]] WrappingKey Wrapping(const DomainKey& domain) const;
  [[nodiscard]] WrappingKey RootWrapping() const;  // only after CheckRootKey
  Status CheckRootKey() const;

  KeyArena* arena_;
  std::optional<KeyId> root_id_;
  ArenaSlot root_wrap_;
  std::vector<DomainKey> domain_keys_;
};

}  // namespace latchkey::crypto
