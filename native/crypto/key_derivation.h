// What keys and their ids are derived from (docs/FORMATS.md, "From material to key and id", "Keys that wrap").
#pragma once

#include <array>
#include <string_view>

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"
#include "native/crypto/xaes_256_gcm.h"

namespace latchkey::crypto {

inline constexpr std::size_t kKeyBytes = 32;
inline constexpr std::size_t kKeyIdBytes = 16;
inline constexpr std::size_t kMaterialIdBytes = 32;

using Key = std::span<const std::uint8_t, kKeyBytes>;
using MutableKey = std::span<std::uint8_t, kKeyBytes>;
// Ids are not secret. Of a root, domain, import or KMS key; and of key material.
using KeyId = std::array<std::uint8_t, kKeyIdBytes>;
using MaterialId = std::array<std::uint8_t, kMaterialIdBytes>;

// The KMS key that material belongs to.
struct MaterialOwner {
  KeyId key_id;
  std::string_view key_spec;
};

// Derives from key material its id and, in `input_key`, the key that SYMMETRIC_DEFAULT encrypts with. The id commits to
// the material only where it is checked: whoever loads material compares.
Status DeriveFromMaterial(Key material, const MaterialOwner& owner, MaterialId& id,
                          std::span<std::uint8_t, kXaesKeyBytes> input_key);

// Root, domain and import keys are never used but for this. Purposes: "wrap", and for domain keys "row" and "page".
Status DeriveForPurpose(Key key, std::string_view purpose, MutableKey derived);

// The id of a root, domain or import key, derived from it: the wrong key is a fact, not a guess.
Status DeriveKeyId(Key key, KeyId& id);

// The bytes of a string, not including a terminator.
Bytes TextBytes(std::string_view text);

}  // namespace latchkey::crypto
