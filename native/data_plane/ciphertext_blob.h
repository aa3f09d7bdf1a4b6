// Ciphertext blob, version 1 (docs/FORMATS.md): version || suite || key material id || nonce || ciphertext || tag.
#pragma once

#include "native/crypto/backing_key_table.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"
#include "native/wire/encryption_context.h"

namespace latchkey::data_plane {

using crypto::Bytes;
using crypto::MutableBytes;

inline constexpr std::uint8_t kBlobVersion = 0x01;
inline constexpr std::size_t kBlobHeaderBytes = 2 + crypto::kMaterialIdBytes;
inline constexpr std::size_t kBlobOverheadBytes = kBlobHeaderBytes + crypto::kXaesNonceBytes + crypto::kTagBytes;

struct CiphertextBlob {
  Bytes header;       // authenticated, with the context
  Bytes material_id;  // kMaterialIdBytes of the header
  Bytes nonce;        // kXaesNonceBytes
  Bytes sealed;       // ciphertext and tag
  std::size_t plaintext_bytes;
};

// Takes a blob apart. kBlobMalformed when it is too short for a plaintext of one byte, or has another version or suite.
// What comes out is not authentic before it is opened.
Status ParseBlob(Bytes bytes, CiphertextBlob& blob);

// Writes what a blob of this material begins with.
void WriteHeader(const crypto::MaterialId& material_id, std::span<std::uint8_t, kBlobHeaderBytes> header);

// Writes a whole blob of `plaintext.size() + kBlobOverheadBytes` bytes to `blob`, with a nonce drawn for it.
Status SealBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, Bytes plaintext,
                MutableBytes blob);

// Writes `blob.plaintext_bytes` bytes to `plaintext`, wiped on failure. kOpenFailed whatever the cause: another key,
// another context, any changed byte.
Status OpenBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, const CiphertextBlob& blob,
                MutableBytes plaintext);

}  // namespace latchkey::data_plane
