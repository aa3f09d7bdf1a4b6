// Import tokens (docs/FORMATS.md, "Import token"): what a caller keeps between asking for a wrapping key and importing.
//
//   token: 0x01 || import key id (16) || nonce (24) || XAES-256-GCM ciphertext || tag (16)
//   authenticated data: "latchkey import token v1" || 0x00 || KMS key id (16)
//   plaintext: token id (16) || u8 wrapping algorithm || u16 wrapping key bits || u64 expiry in ms since 1970
//              || PKCS#8 DER of the RSA private key
//
// Numbers are big-endian.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "native/crypto/key_derivation.h"
#include "native/crypto/secret_pages.h"
#include "native/crypto/status.h"
#include "native/crypto/stored_key.h"

namespace latchkey::crypto {

// `importWrappingAlgorithms` of src/crypto/native.ts, by index + 1.
enum class ImportWrapping : std::uint8_t {
  kRsaesOaepSha256 = 1,
  kRsaesOaepSha1 = 2,
  kRsaAesKeyWrapSha256 = 3,
  kRsaAesKeyWrapSha1 = 4,
};
[[nodiscard]] bool IsImportWrapping(std::uint64_t number);

inline constexpr std::size_t kTokenIdBytes = 16;
using TokenId = std::array<std::uint8_t, kTokenIdBytes>;

struct ImportTokenFields {
  TokenId token_id;
  ImportWrapping wrapping;
  std::uint16_t wrapping_key_bits;
  std::uint64_t expires_at;  // ms since 1970, below 2^53
};

// The plaintext of a token, at the end of pages of its own, where the private key can grow towards the start.
class ImportTokenContent {
 public:
  static constexpr std::size_t kHeaderBytes = kTokenIdBytes + 1 + 2 + 8;
  static constexpr std::size_t kPageBytes = 4096;

  [[nodiscard]] bool mapped() const { return pages_.mapped(); }
  // Where to write a private key: it must end where this ends.
  [[nodiscard]] MutableBytes room() const { return pages_.bytes().subspan(kHeaderBytes); }
  // Says how long the private key is. At most `room().size()`.
  void Hold(std::size_t private_key_bytes) { private_key_bytes_ = private_key_bytes; }
  [[nodiscard]] Bytes private_key() const { return pages_.bytes().last(private_key_bytes_); }
  [[nodiscard]] MutableBytes whole() const { return pages_.bytes().last(kHeaderBytes + private_key_bytes_); }

 private:
  SecretPages pages_{kPageBytes};
  std::size_t private_key_bytes_ = 0;
};

// Seals `fields` and the private key that `content` holds.
Status SealImportToken(const WrappingKey& import_key, const KeyId& key_id, const ImportTokenFields& fields,
                       const ImportTokenContent& content, std::vector<std::uint8_t>& token);

// The id of the import key that sealed it. kImportTokenRefused for what cannot be a token.
Status ReadImportTokenKey(Bytes token, KeyId& import_key_id);

// kImportTokenRefused for anything but a token that this import key sealed for this KMS key.
Status OpenImportToken(const WrappingKey& import_key, const KeyId& key_id, Bytes token, ImportTokenContent& content,
                       ImportTokenFields& fields);

}  // namespace latchkey::crypto
