// AES-256-GCM (SP 800-38D) with a 96-bit nonce and a 128-bit tag. The caller answers for nonces that never repeat under
// a key; only XAES-256-GCM and its tests call this.
#pragma once

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

inline constexpr std::size_t kGcmKeyBytes = 32;
inline constexpr std::size_t kGcmNonceBytes = 12;
inline constexpr std::size_t kTagBytes = 16;

struct GcmKey {
  std::span<const std::uint8_t, kGcmKeyBytes> key;
  std::span<const std::uint8_t, kGcmNonceBytes> nonce;
};

// Writes ciphertext and tag, `plaintext.size() + kTagBytes` bytes, to `sealed`. Each length is at most INT_MAX.
Status GcmSeal(const GcmKey& key, Bytes associated_data, Bytes plaintext, MutableBytes sealed);

// Writes the plaintext, `sealed.size() - kTagBytes` bytes, to `plaintext`. kOpenFailed when the tag does not fit. On
// any failure the whole of `plaintext` is wiped before this returns.
Status GcmOpen(const GcmKey& key, Bytes associated_data, Bytes sealed, MutableBytes plaintext);

}  // namespace latchkey::crypto
