// XAES-256-GCM (c2sp.org/XAES-256-GCM): AES-256-GCM with 192-bit nonces that may be random.
#pragma once

#include <array>

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

  // A second one for another thread: a key's context must not be used by two at once.
  Status Copy(KeyArena& arena, XaesKey& copy) const;

  // As GcmSeal and GcmOpen. No two messages of a key may have the same nonce: draw it with DrawNonces.
  Status Seal(XaesNonce nonce, Bytes associated_data, Bytes plaintext, MutableBytes sealed) const;
  Status Open(XaesNonce nonce, Bytes associated_data, Bytes sealed, MutableBytes plaintext) const;

  // The steps of Seal, for tests. The key of one message is derived from the first 12 bytes of its nonce by the SP
  // 800-108r1 counter KDF with CMAC-AES-256, both of whose inputs are one block.
  Status DeriveMessageKey(std::span<const std::uint8_t, kGcmNonceBytes> salt,
                          std::span<std::uint8_t, kGcmKeyBytes> message_key) const;
  // Replaces each of several messages of one block by its CMAC-AES-256 (SP 800-38B).
  Status CmacOfBlocks(MutableBytes blocks) const;
  [[nodiscard]] std::span<const std::uint8_t, kAesBlockBytes> k1() const { return k1_.bytes().first<kAesBlockBytes>(); }

 private:
  CipherContext block_cipher_;
  ArenaSlot k1_;
};

// The keys of up to kCount messages, derived together: one pass over sixteen blocks costs little more than one over
// two. Set the nonces, derive, then seal or open with each once. Wiped when it ends.
class MessageKeys {
 public:
  static constexpr std::size_t kCount = 8;

  void Set(std::size_t index, XaesNonce nonce);
  // Derives the keys of `count` nonces that were set, from `first` on. Messages of other keys may lie beside them.
  Status Derive(const XaesKey& key, std::size_t first, std::size_t count);

  // As XaesKey's, with the nonce that was set.
  Status Seal(std::size_t index, Bytes associated_data, Bytes plaintext, MutableBytes sealed) const;
  Status Open(std::size_t index, Bytes associated_data, Bytes sealed, MutableBytes plaintext) const;

 private:
  [[nodiscard]] GcmKey KeyOf(std::size_t index) const;

  SecretBytes<kCount * kGcmKeyBytes> keys_;
  std::array<std::array<std::uint8_t, kGcmNonceBytes>, kCount> nonces_;
};

}  // namespace latchkey::crypto
