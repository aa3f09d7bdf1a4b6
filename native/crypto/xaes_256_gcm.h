// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM with 192-bit nonces that may be random.
#pragma once

#include <memory>

#include "native/crypto/aes_256_gcm.h"
#include "native/crypto/key_arena.h"
#include "native/crypto/openssl_handles.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

inline constexpr std::size_t kXaesKeyBytes = 32;
inline constexpr std::size_t kXaesNonceBytes = 24;
inline constexpr std::size_t kAesBlockBytes = 16;

using XaesInputKey = std::span<const std::uint8_t, kXaesKeyBytes>;
using XaesNonce = std::span<const std::uint8_t, kXaesNonceBytes>;

// An input key that is ready for use. OpenSSL's context holds it, expanded, on the ordinary heap; beside it only the
// CMAC subkey K1 is kept, in an arena slot. Both are wiped with the object.
class XaesKey {
 public:
  // Makes `key` usable. `input_key` may be wiped afterwards.
  static Status Make(XaesInputKey input_key, KeyArena& arena, XaesKey& key);

  // As GcmSeal and GcmOpen. No two messages of a key may have the same nonce: draw it with DrawNonces.
  Status Seal(XaesNonce nonce, Bytes associated_data, Bytes plaintext, MutableBytes sealed) const;
  Status Open(XaesNonce nonce, Bytes associated_data, Bytes sealed, MutableBytes plaintext) const;

  // The steps of Seal, for tests. The key of one message is derived from the first 12 bytes of its nonce by the SP
  // 800-108r1 counter KDF with CMAC-AES-256, both of whose inputs are one block.
  Status DeriveMessageKey(std::span<const std::uint8_t, kGcmNonceBytes> salt,
                          std::span<std::uint8_t, kGcmKeyBytes> message_key) const;
  // Replaces each of two messages of one block by its CMAC-AES-256 (SP 800-38B).
  Status CmacOfTwo(std::span<std::uint8_t, 2 * kAesBlockBytes> blocks) const;
  [[nodiscard]] std::span<const std::uint8_t, kAesBlockBytes> k1() const { return k1_.bytes().first<kAesBlockBytes>(); }

 private:
  CipherContext block_cipher_;
  ArenaSlot k1_;
};

}  // namespace latchkey::crypto
