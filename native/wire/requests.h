// The requests of CryptoService (proto/latchkey/v1/crypto.proto), parsed in place: everything borrows the request.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "native/crypto/status.h"
#include "native/wire/bytes.h"
#include "native/wire/encryption_context.h"
#include "native/wire/grant_tokens.h"

namespace latchkey::wire {

struct EncryptRequest {
  static constexpr std::uint32_t kKeyIdField = 1;
  static constexpr std::uint32_t kPlaintextField = 2;
  static constexpr std::uint32_t kContextField = 3;
  static constexpr std::uint32_t kChecksumField = 4;
  static constexpr std::uint32_t kGrantTokensField = 5;
  static constexpr std::uint32_t kDryRunField = 6;

  Bytes key_id;
  Bytes plaintext;
  EncryptionContext context;
  std::optional<std::uint32_t> plaintext_crc32c;
  GrantTokens grant_tokens;
  bool dry_run = false;
};

struct DecryptRequest {
  static constexpr std::uint32_t kBlobField = 1;
  static constexpr std::uint32_t kContextField = 2;
  static constexpr std::uint32_t kKeyIdField = 3;
  static constexpr std::uint32_t kChecksumField = 4;
  static constexpr std::uint32_t kGrantTokensField = 5;
  static constexpr std::uint32_t kDryRunField = 6;

  Bytes blob;
  EncryptionContext context;
  Bytes key_id;  // empty: any key
  std::optional<std::uint32_t> blob_crc32c;
  GrantTokens grant_tokens;
  bool dry_run = false;
};

struct ReEncryptRequest {
  static constexpr std::uint32_t kBlobField = 1;
  static constexpr std::uint32_t kSourceContextField = 2;
  static constexpr std::uint32_t kSourceKeyIdField = 3;
  static constexpr std::uint32_t kDestinationKeyIdField = 4;
  static constexpr std::uint32_t kDestinationContextField = 5;
  static constexpr std::uint32_t kChecksumField = 6;
  static constexpr std::uint32_t kGrantTokensField = 7;
  static constexpr std::uint32_t kDryRunField = 8;

  Bytes blob;
  EncryptionContext source_context;
  Bytes source_key_id;  // empty: any key
  Bytes destination_key_id;
  EncryptionContext destination_context;
  std::optional<std::uint32_t> blob_crc32c;
  GrantTokens grant_tokens;
  bool dry_run = false;
};

// GenerateDataKey and GenerateDataKeyWithoutPlaintext.
struct DataKeyRequest {
  static constexpr std::uint32_t kKeyIdField = 1;
  static constexpr std::uint32_t kContextField = 2;
  static constexpr std::uint32_t kKeySpecField = 3;
  static constexpr std::uint32_t kNumberOfBytesField = 4;
  static constexpr std::uint32_t kGrantTokensField = 5;
  static constexpr std::uint32_t kDryRunField = 6;

  Bytes key_id;
  EncryptionContext context;
  std::uint32_t length = 0;  // bytes, from whichever of the two fields came last
  GrantTokens grant_tokens;
  bool dry_run = false;
};

struct RandomRequest {
  static constexpr std::uint32_t kNumberOfBytesField = 1;

  std::uint32_t number_of_bytes = 0;
};

struct DescribeCiphertextRequest {
  static constexpr std::uint32_t kBlobField = 1;
  static constexpr std::uint32_t kChecksumField = 2;

  Bytes blob;
  std::optional<std::uint32_t> blob_crc32c;
};

struct RequestLimits {
  std::size_t max_plaintext_bytes;
};

// Why a request was refused; kOk when it was not.
struct RequestError {
  Status status;
  std::uint32_t field;  // number of the proto field that it is about, 0 for none

  [[nodiscard]] constexpr bool ok() const { return status == Status::kOk; }
};

// Bytes of a data key or of GenerateRandom, at most.
inline constexpr std::uint32_t kMaxRandomBytes = 1024;
// How much longer a ciphertext blob is than its plaintext: docs/FORMATS.md, "Ciphertext blob".
inline constexpr std::size_t kBlobOverheadBytes = 74;

// Parse `request` into `out`, which must be freshly constructed and is meaningless unless kOk is answered.
//
// Checked, in this order: the protobuf and its UTF-8 (kMalformedRequest, kInvalidUtf8, and kContextTooManyPairs and
// kTooManyGrantTokens as soon as there are), fields that must be there (kKeyIdMissing, kPlaintextMissing,
// kCiphertextMissing), their sizes (kPlaintextTooLarge, kCiphertextTooLarge), the length of what to generate
// (kLengthMissing, kDataKeySpecUnknown, kLengthOutOfRange), the contexts (kContextTooLarge, kContextDuplicateKey), the
// grant tokens (kGrantTokenOutOfRange). Neither the checksum nor the structure of a blob is: who uses them compares
// them.
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, EncryptRequest& out);
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, DecryptRequest& out);
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, ReEncryptRequest& out);
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, DataKeyRequest& out);
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, RandomRequest& out);
[[nodiscard]] RequestError Parse(Bytes request, const RequestLimits& limits, DescribeCiphertextRequest& out);

}  // namespace latchkey::wire
