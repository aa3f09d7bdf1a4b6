#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <vector>

#include "native/crypto/hmac_sha256.h"
#include "native/crypto/import_token.h"
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

// The root key, the domain keys and the import keys. Of each only what is derived from it is kept, in the arena, which
// must outlive this.
class Keyring {
 public:
  // More domain keys than this answer kOutOfMemory. Two arena slots each, one for the root key and for an import key,
  // three while working.
  static constexpr std::size_t kMaxDomainKeys = 32;
  // As many import keys at most: one lives 48 h and a new one is made every 24 h.
  static constexpr std::size_t kMaxImportKeys = 8;
  static constexpr std::size_t kArenaSlots = 2 * kMaxDomainKeys + kMaxImportKeys + 4;

  explicit Keyring(KeyArena& arena) : arena_(&arena) {}

  Status OpenRootKey(const RootKeyPath& path, KeyId& id);
  Status CreateDomainKey(KeyId& id, StoredDomainKey& stored);
  Status LoadDomainKey(Bytes stored, KeyId& id);

  // Makes random key material for a key; it is not kept.
  Status GenerateMaterial(const KeyId& domain_key_id, const MaterialOwner& owner, MaterialId& id,
                          StoredMaterial& stored);
  // Wraps material that came from outside; it is not kept.
  Status WrapMaterial(const KeyId& domain_key_id, const MaterialOwner& owner, Key material, MaterialId& id,
                      StoredMaterial& stored);
  // Leaves the input key of stored material in `input_key`. kNoSuchDomainKey, kStoredKeyRefused.
  Status OpenMaterial(const MaterialName& name, Bytes stored, MutableKey input_key);

  // kNoSuchDomainKey, kStoredKeyRefused.
  Status CreateImportKey(const KeyId& domain_key_id, KeyId& id, StoredImportKey& stored);
  Status LoadImportKey(Bytes stored, KeyId& id);
  // Wipes the key. False when it is not there.
  bool EvictImportKey(const KeyId& id);

  // As the functions of import_token.h; kImportTokenRefused also when the import key is not there.
  Status SealToken(const KeyId& import_key_id, const KeyId& key_id, const ImportTokenFields& fields,
                   const ImportTokenContent& content, std::vector<std::uint8_t>& token) const;
  Status OpenToken(const KeyId& key_id, Bytes token, ImportTokenContent& content, ImportTokenFields& fields) const;
  Status CheckImportKey(const KeyId& id) const;
  Status CheckDomainKey(const KeyId& id) const;

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

  struct ImportKey {
    KeyId id;
    ArenaSlot wrap;  // seals tokens
  };

  Status Keep(const KeyId& id, Key domain_key);
  Status KeepImportKey(const KeyId& id, Key import_key);
  Status FindDomainKey(const KeyId& id, const DomainKey*& found) const;
  Status FindImportKey(const KeyId& id, const ImportKey*& found) const;
  [[nodiscard]] WrappingKey Wrapping(const DomainKey& domain) const;
  [[nodiscard]] WrappingKey Wrapping(const ImportKey& import_key) const;
  [[nodiscard]] WrappingKey RootWrapping() const;  // only after CheckRootKey
  Status CheckRootKey() const;

  KeyArena* arena_;
  std::optional<KeyId> root_id_;
  ArenaSlot root_wrap_;
  std::vector<DomainKey> domain_keys_;
  std::vector<ImportKey> import_keys_;
};

}  // namespace latchkey::crypto
