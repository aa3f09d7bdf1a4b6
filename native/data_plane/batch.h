// Batches: as the other operations, but what a request says of its items is found by ParseBatch, decided once for each
// distinct key, and worked off by RunBatch, which touches neither the table nor its arena.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "native/data_plane/data_plane.h"
#include "native/wire/batch_requests.h"

namespace latchkey::data_plane {

// Why an item fails for what is wrong with itself: the first slots of BatchCall::statuses. The same order as
// `batchItemFailures` in src/crypto/native.ts, which compares the two lists at load.
enum class ItemFailure : std::uint16_t {
  kPlaintextMissing,
  kPlaintextTooLarge,
  kCiphertextMissing,
  kCiphertextTooLarge,
  kContextTooLarge,
  kInvalidCiphertext,
};
inline constexpr std::array<std::string_view, 6> kItemFailureNames = {
    "PLAINTEXT_MISSING",    "PLAINTEXT_TOO_LARGE", "CIPHERTEXT_MISSING",
    "CIPHERTEXT_TOO_LARGE", "CONTEXT_TOO_LARGE",   "INVALID_CIPHERTEXT",
};
// Slots of one call, at most.
inline constexpr std::size_t kMaxStatuses = UINT16_MAX - 1;

// What becomes of an item: kSucceeded, or 1 + the slot of its failure.
using ItemOutcome = std::uint16_t;
inline constexpr ItemOutcome kSucceeded = 0;
constexpr ItemOutcome FailedWith(std::size_t slot) { return static_cast<ItemOutcome>(slot + 1); }
constexpr ItemOutcome FailedWith(ItemFailure failure) { return FailedWith(static_cast<std::size_t>(failure)); }

// What a batch says, as far as its fate is decided elsewhere. Spans are of the request; empty means absent. The
// distinct material ids are in the plane's workspace.
struct BatchView {
  std::uint32_t field = 0;  // number of the proto field that a failure is about, 0: none
  Bytes key_id;             // or source_key_id
  Bytes destination_key_id;
  Bytes column_key;  // or the source's
  Bytes destination_column_key;
  std::size_t grant_tokens = 0;  // how many
  std::size_t items = 0;
  std::size_t response_bytes = 0;  // upper bound, without the ARN and without the statuses of failed items
  std::size_t fitting_items = 0;   // how many leading items have a response of at most so many bytes as were asked for
  std::size_t work_bytes = 0;      // of payload: plaintexts, ciphertexts, or data keys
};

// Parses and checks a request as a whole, in the order of wire::Parse.
Status ParseBatch(DataPlane& plane, Operation operation, Bytes request, std::size_t max_reply_bytes, BatchView& view);

// A batch that was decided. `out` overlaps nothing else.
//
// `verdicts` says of each item whether it is refused for its own context, and with which status. It may be empty, and
// is for BatchGenerateDataKey. It stands where permission does in the order of checks: after what is wrong with the
// item itself (its size, its context, the structure of its ciphertext), before what was decided about its material
// (another key's, the key's state), and before it is opened.
struct BatchCall {
  Operation operation;
  Bytes request;
  wire::RequestLimits limits;
  BatchKey* sealing;                // encrypts; unused by BatchDecrypt
  std::span<BatchKey> materials;    // opens; in the order of the request's material ids
  Bytes key_arn;                    // of `sealing`, where the response names it
  std::span<const Bytes> statuses;  // google.rpc.Status: those of ItemFailure first, then those of refusals
  std::span<const ItemOutcome> verdicts = {};
  MutableBytes out;
  MutableBytes scratch;  // as DataPlane's; zero when the call returns
  BatchWorkspace& workspace;

  [[nodiscard]] ItemOutcome VerdictOf(std::size_t item) const {
    return item < verdicts.size() ? verdicts[item] : kSucceeded;
  }
};

// Works off a batch and writes the response. An item that fails has an empty result there. On failure of the whole
// `out` is wiped as far as it was written; in any case no unverified byte is left in it, and no nonce in the workspace.
// kBufferTooSmall when `out` does not hold the response; kInvalidArgument when keys, statuses, verdicts and request do
// not belong together. Adds to `counts` all but the call itself.
Outcome RunBatch(const BatchCall& call, OperationCounts& counts);

// The same by handles of the plane's table.
struct KeyChoice {
  Handle handle = crypto::kNoHandle;  // kNoHandle: items of this material fail
  std::uint16_t refusal = 0;          // with the status in this slot
};
struct DecidedBatch {
  Operation operation;
  Bytes request;
  Handle sealing;  // kNoHandle for BatchDecrypt
  std::span<const KeyChoice> materials;
  Bytes key_arn;
  std::span<const Bytes> statuses;
  std::span<const ItemOutcome> verdicts = {};
  MutableBytes out;
};

// Runs a batch on the thread that owns the plane. Also kNoSuchHandle, kMemoryWiped.
Outcome RunBatch(DataPlane& plane, const DecidedBatch& batch);

// Fields of an operation's request and response.
const wire::BatchFields& RequestFieldsOf(Operation operation);

}  // namespace latchkey::data_plane
