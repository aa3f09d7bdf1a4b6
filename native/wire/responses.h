// The responses of CryptoService (proto/latchkey/v1/crypto.proto): field numbers, and how large each can get, so that a
// buffer can be made before the message is.
#pragma once

#include <cstddef>
#include <cstdint>

namespace latchkey::wire {

// Most bytes of one field with its tag, for field numbers up to 15, whose tags take one byte.
inline constexpr std::size_t kMaxUint32FieldBytes = 1 + 5;
inline constexpr std::size_t kMaxBoolFieldBytes = 1 + 1;
constexpr std::size_t MaxBytesFieldBytes(std::size_t length) { return 1 + 5 + length; }

inline constexpr std::size_t kMaxMaterialIdFieldBytes = MaxBytesFieldBytes(64);
// The ARNs themselves are known to the caller only, who adds their lengths to what MaxBytes answers.
inline constexpr std::size_t kMaxArnFieldBytesWithoutArn = MaxBytesFieldBytes(0);

struct EncryptResponse {
  static constexpr std::uint32_t kKeyArnField = 1;
  static constexpr std::uint32_t kKeyMaterialIdField = 2;
  static constexpr std::uint32_t kBlobField = 3;
  static constexpr std::uint32_t kBlobChecksumField = 4;

  static constexpr std::size_t MaxBytes(std::size_t blob_bytes) {
    return kMaxArnFieldBytesWithoutArn + kMaxMaterialIdFieldBytes + MaxBytesFieldBytes(blob_bytes) +
           kMaxUint32FieldBytes;
  }
};

struct DecryptResponse {
  static constexpr std::uint32_t kKeyArnField = 1;
  static constexpr std::uint32_t kKeyMaterialIdField = 2;
  static constexpr std::uint32_t kPlaintextField = 3;
  static constexpr std::uint32_t kPlaintextChecksumField = 4;

  static constexpr std::size_t MaxBytes(std::size_t plaintext_bytes) {
    return kMaxArnFieldBytesWithoutArn + kMaxMaterialIdFieldBytes + MaxBytesFieldBytes(plaintext_bytes) +
           kMaxUint32FieldBytes;
  }
};

struct ReEncryptResponse {
  static constexpr std::uint32_t kSourceKeyArnField = 1;
  static constexpr std::uint32_t kKeyArnField = 2;
  static constexpr std::uint32_t kSourceKeyMaterialIdField = 3;
  static constexpr std::uint32_t kDestinationKeyMaterialIdField = 4;
  static constexpr std::uint32_t kBlobField = 5;
  static constexpr std::uint32_t kBlobChecksumField = 6;

  static constexpr std::size_t MaxBytes(std::size_t blob_bytes) {
    return 2 * kMaxArnFieldBytesWithoutArn + 2 * kMaxMaterialIdFieldBytes + MaxBytesFieldBytes(blob_bytes) +
           kMaxUint32FieldBytes;
  }
};

struct GenerateDataKeyResponse {
  static constexpr std::uint32_t kKeyArnField = 1;
  static constexpr std::uint32_t kKeyMaterialIdField = 2;
  static constexpr std::uint32_t kBlobField = 3;
  static constexpr std::uint32_t kPlaintextField = 4;
  static constexpr std::uint32_t kBlobChecksumField = 5;
  static constexpr std::uint32_t kPlaintextChecksumField = 6;

  static constexpr std::size_t MaxBytes(std::size_t blob_bytes, std::size_t plaintext_bytes) {
    return kMaxArnFieldBytesWithoutArn + kMaxMaterialIdFieldBytes + MaxBytesFieldBytes(blob_bytes) +
           MaxBytesFieldBytes(plaintext_bytes) + 2 * kMaxUint32FieldBytes;
  }
};

struct GenerateDataKeyWithoutPlaintextResponse {
  static constexpr std::uint32_t kKeyArnField = 1;
  static constexpr std::uint32_t kKeyMaterialIdField = 2;
  static constexpr std::uint32_t kBlobField = 3;
  static constexpr std::uint32_t kBlobChecksumField = 4;

  static constexpr std::size_t MaxBytes(std::size_t blob_bytes) {
    return kMaxArnFieldBytesWithoutArn + kMaxMaterialIdFieldBytes + MaxBytesFieldBytes(blob_bytes) +
           kMaxUint32FieldBytes;
  }
};

struct GenerateRandomResponse {
  static constexpr std::uint32_t kPlaintextField = 1;
  static constexpr std::uint32_t kPlaintextChecksumField = 2;

  static constexpr std::size_t MaxBytes(std::size_t plaintext_bytes) {
    return MaxBytesFieldBytes(plaintext_bytes) + kMaxUint32FieldBytes;
  }
};

struct DescribeCiphertextResponse {
  static constexpr std::uint32_t kKeyArnField = 1;
  static constexpr std::uint32_t kKeyMaterialIdField = 2;
  static constexpr std::uint32_t kCurrentField = 3;
  static constexpr std::uint32_t kFormatVersionField = 4;

  static constexpr std::size_t MaxBytes() {
    return kMaxArnFieldBytesWithoutArn + kMaxMaterialIdFieldBytes + kMaxBoolFieldBytes + kMaxUint32FieldBytes;
  }
};

constexpr std::size_t VarintBytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}
// Bytes of one field of `length` bytes with its tag, exactly.
constexpr std::size_t BytesFieldBytes(std::size_t length) { return 1 + VarintBytes(length) + length; }

struct BatchError {
  static constexpr std::uint32_t kStatusField = 1;
  static constexpr std::uint32_t kIndexesField = 2;

  // Without the status and without the indexes, as a field of a response.
  static constexpr std::size_t kMaxFrameBytes = 3 * MaxBytesFieldBytes(0);
};

// Numbers of the fields of one kind of response to a batch; 0 where it has no such field.
struct BatchResponseFields {
  std::uint32_t key_arn = 0;
  std::uint32_t key_material_id = 0;
  std::uint32_t results = 0;
  std::uint32_t plaintexts = 0;
  std::uint32_t re_encrypted = 0;
  std::uint32_t errors = 0;
  std::uint32_t failed_count = 0;
};

inline constexpr BatchResponseFields kBatchEncryptResponse = {
    .key_arn = 1, .key_material_id = 2, .results = 3, .errors = 4, .failed_count = 5};
inline constexpr BatchResponseFields kBatchDecryptResponse = {.results = 1, .errors = 2, .failed_count = 3};
inline constexpr BatchResponseFields kBatchReEncryptResponse = {
    .results = 1, .re_encrypted = 2, .errors = 3, .failed_count = 4};
inline constexpr BatchResponseFields kBatchGenerateDataKeyResponse = {
    .key_arn = 1, .key_material_id = 2, .results = 3, .plaintexts = 4};

}  // namespace latchkey::wire
