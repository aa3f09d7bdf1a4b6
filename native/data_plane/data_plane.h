// What the operations of CryptoService share. Each is `request bytes in, response bytes out` and lives in a file of its
// own, with two functions: Parse… checks the request and says what is needed to decide about it, and the operation
// itself, which takes a request that passed, works it off and writes the response message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "native/crypto/backing_key_table.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"
#include "native/data_plane/batch_workspace.h"
#include "native/wire/requests.h"

namespace latchkey::data_plane {

using crypto::Bytes;
using crypto::Handle;
using crypto::MutableBytes;

// The same order as `operations` in src/crypto/native.ts, which compares the two lists at load.
enum class Operation : std::uint8_t {
  kEncrypt,
  kDecrypt,
  kReEncrypt,
  kGenerateDataKey,
  kGenerateDataKeyWithoutPlaintext,
  kGenerateRandom,
  kDescribeCiphertext,
  kBatchEncrypt,
  kBatchDecrypt,
  kBatchReEncrypt,
  kBatchGenerateDataKey,
};
inline constexpr std::array<std::string_view, 11> kOperationNames = {
    "Encrypt",
    "Decrypt",
    "ReEncrypt",
    "GenerateDataKey",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateRandom",
    "DescribeCiphertext",
    "BatchEncrypt",
    "BatchDecrypt",
    "BatchReEncrypt",
    "BatchGenerateDataKey",
};
// The batches come last.
inline constexpr std::size_t kUnaryOperations = static_cast<std::size_t>(Operation::kBatchEncrypt);
constexpr bool IsBatch(Operation operation) { return operation >= Operation::kBatchEncrypt; }

struct OperationCounts {
  std::uint64_t calls = 0;             // that reached their operation, successful or not
  std::uint64_t plaintext_bytes = 0;   // of items that succeeded
  std::uint64_t ciphertext_bytes = 0;  // of items that succeeded
  std::uint64_t cipher_nanoseconds = 0;
  std::uint64_t items = 0;  // of all calls; a unary call is one
  std::uint64_t failed_items = 0;
};

// Owned by one thread, as the table is.
struct DataPlane {
  crypto::BackingKeyTable& keys;
  wire::RequestLimits limits;
  // Private pages for plaintexts that nobody may see, as long as the greatest plaintext and the greatest data key.
  // Zero between calls.
  MutableBytes scratch;
  std::array<OperationCounts, kOperationNames.size()> counts{};
  BatchWorkspace batch{};
};

// What a request says, as far as its fate is decided elsewhere. Spans are of the request; empty means absent.
struct RequestView {
  std::uint32_t field = 0;  // number of the proto field that a failure is about, 0: none
  Bytes key_id;             // or source_key_id
  Bytes destination_key_id;
  Bytes payload;                      // plaintext or ciphertext_blob
  Handle handle = crypto::kNoHandle;  // of the backing key that ciphertext_blob names, if it is in the table
  std::size_t response_bytes = 0;     // upper bound, without the ARNs
  std::size_t grant_tokens = 0;       // how many
  bool dry_run = false;
};

// One call of an operation that uses one key. `out` overlaps nothing else, and has room for what Parse… said plus the
// ARN: kBufferTooSmall otherwise.
struct KeyedCall {
  Bytes request;
  Handle handle;
  Bytes key_arn;
  MutableBytes out;
};

// Bytes of the response, where `status` is kOk.
struct [[nodiscard]] Outcome {
  Status status;
  std::size_t size;
};
constexpr Outcome Failed(Status status) { return {.status = status, .size = 0}; }

}  // namespace latchkey::data_plane
