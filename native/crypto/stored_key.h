// The stored, wrapped forms of domain keys, import keys and key material (docs/FORMATS.md, "Keys that wrap"). The
// functions take keys from and leave keys in memory of the caller's, which is an arena slot.
#pragma once

#include "native/crypto/key_arena.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

inline constexpr std::size_t kStoredMaterialBytes = 1 + kKeyIdBytes + kXaesNonceBytes + kKeyBytes + kTagBytes;
inline constexpr std::size_t kStoredDomainKeyBytes = kStoredMaterialBytes + kKeyIdBytes;

using StoredMaterial = std::array<std::uint8_t, kStoredMaterialBytes>;
using StoredDomainKey = std::array<std::uint8_t, kStoredDomainKeyBytes>;
using StoredImportKey = StoredDomainKey;  // the same form

// Keys that wrap and are themselves wrapped: a domain key under the root key, an import key under a domain key.
enum class KeyKind : std::uint8_t { kDomain, kImport };

// A root, domain or import key, ready to wrap others.
struct WrappingKey {
  KeyId id;
  Key key;          // derived for the purpose "wrap"
  KeyArena* arena;  // for what wrapping needs meanwhile
};

// 0x01 || wrapping key id || own id || nonce || ciphertext || tag
Status StoreKey(KeyKind kind, const WrappingKey& wrapping, const KeyId& id, Key key, StoredDomainKey& stored);

// The id of the key that wrapped it. kStoredKeyRefused for what cannot be a stored domain or import key.
Status ReadStoredKeyWrapping(Bytes stored, KeyId& wrapping_key_id);

// Leaves the key in `key`. kStoredKeyRefused when anything does not fit, also when the key has another id than is
// written. `key` is wiped on failure.
Status OpenStoredKey(KeyKind kind, const WrappingKey& wrapping, Bytes stored, KeyId& id, MutableKey key);

struct MaterialName {
  MaterialOwner owner;
  MaterialId id;
};

// 0x01 || domain key id || nonce || ciphertext || tag
Status StoreMaterial(const WrappingKey& domain, const MaterialName& name, Key material, StoredMaterial& stored);

// The id of the domain key that wrapped it. kStoredKeyRefused for what cannot be stored material.
Status ReadStoredMaterialDomain(Bytes stored, KeyId& domain_key_id);

// Leaves the input key of SYMMETRIC_DEFAULT in `input_key`, never the material itself. kStoredKeyRefused when the
// material does not open or has another id than `name` says. `input_key` is wiped on failure.
Status OpenStoredMaterial(const WrappingKey& domain, const MaterialName& name, Bytes stored, MutableKey input_key);

}  // namespace latchkey::crypto
