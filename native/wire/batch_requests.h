// The requests of batches (proto/latchkey/v1/crypto.proto), parsed in place: everything borrows the request. Items and
// values of columns are counted and not collected, so nothing is allocated: RepeatedBytes reads them where they stand.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/wire/bytes.h"
#include "native/wire/encryption_context.h"
#include "native/wire/grant_tokens.h"
#include "native/wire/repeated_bytes.h"
#include "native/wire/requests.h"

namespace latchkey::wire {

inline constexpr std::size_t kMaxBatchItems = 100'000;

// Numbers of the fields of one context; 0 where a request has no such field, here and below.
struct ContextFields {
  std::uint32_t pairs = 0;
  std::uint32_t column_key = 0;
  std::uint32_t column_values = 0;
};

// Numbers of the fields of one kind of request.
struct BatchFields {
  std::uint32_t items = 0;  // or their count, of data keys
  bool counts_items = false;
  std::uint32_t key_id = 0;  // or source_key_id
  bool key_id_required = false;
  std::uint32_t destination_key_id = 0;  // always required
  ContextFields context = {};            // or the source's
  ContextFields destination_context = {};
  std::uint32_t key_spec = 0;
  std::uint32_t number_of_bytes = 0;
  std::uint32_t skip_if_current = 0;
  std::uint32_t grant_tokens = 0;
};

inline constexpr BatchFields kBatchEncryptFields = {
    .items = 3,
    .key_id = 1,
    .key_id_required = true,
    .context = {.pairs = 2, .column_key = 4, .column_values = 5},
    .grant_tokens = 6,
};
inline constexpr BatchFields kBatchDecryptFields = {
    .items = 1,
    .key_id = 5,
    .context = {.pairs = 2, .column_key = 3, .column_values = 4},
    .grant_tokens = 6,
};
inline constexpr BatchFields kBatchReEncryptFields = {
    .items = 1,
    .key_id = 2,
    .destination_key_id = 4,
    .context = {.pairs = 3, .column_key = 6, .column_values = 7},
    .destination_context = {.pairs = 5, .column_key = 8, .column_values = 9},
    .skip_if_current = 10,
    .grant_tokens = 11,
};
inline constexpr BatchFields kBatchGenerateDataKeyFields = {
    .items = 5,
    .counts_items = true,
    .key_id = 1,
    .key_id_required = true,
    .context = {.pairs = 2},
    .key_spec = DataKeyRequest::kKeySpecField,
    .number_of_bytes = DataKeyRequest::kNumberOfBytesField,
    .grant_tokens = 6,
};

struct BatchContext {
  EncryptionContext common;
  Bytes column_key;  // empty: no column
  std::size_t column_values = 0;
};

struct BatchRequest {
  Bytes key_id;  // or source_key_id
  Bytes destination_key_id;
  std::size_t items = 0;
  BatchContext context;  // or the source's
  BatchContext destination_context;
  std::uint32_t data_key_bytes = 0;
  bool skip_if_current = false;
  GrantTokens grant_tokens;
};

// Parses `request` into `out`, which must be freshly constructed and is meaningless unless kOk is answered.
//
// Checked is what concerns the request as a whole, in this order: the protobuf and its UTF-8 (kMalformedRequest,
// kInvalidUtf8, and kContextTooManyPairs, kTooManyGrantTokens and kTooManyItems as soon as there are), names that must
// be there (kKeyIdMissing), the number of items (kItemsMissing, kTooManyItems), the columns (kColumnLengthMismatch,
// kColumnKeyCollides), the length of data keys (kLengthMissing, kDataKeySpecUnknown, kLengthOutOfRange), the contexts
// (kContextTooManyPairs with the column's, kContextTooLarge of the common pairs, kContextDuplicateKey), the grant
// tokens (kGrantTokenOutOfRange).
[[nodiscard]] RequestError Parse(Bytes request, const BatchFields& fields, BatchRequest& out);

}  // namespace latchkey::wire
