#include <algorithm>

#include "native/data_plane/batch.h"
#include "native/data_plane/batch_operations.h"
#include "native/data_plane/call_steps.h"

namespace latchkey::data_plane {
namespace {

// Whether the slots and keys are there that the operation may look for.
bool IsComplete(const BatchCall& call) {
  const bool seals = call.operation != Operation::kBatchDecrypt;
  const bool fails = call.operation != Operation::kBatchGenerateDataKey;
  if (!IsBatch(call.operation) || (seals && (call.sealing == nullptr || call.sealing->key == nullptr))) return false;
  if (call.statuses.size() > kMaxStatuses || (fails && call.statuses.size() < kItemFailureNames.size())) return false;
  if (!fails && !call.verdicts.empty()) return false;
  const std::size_t slots = call.statuses.size();
  return std::ranges::all_of(
             call.materials,
             [slots](const BatchKey& material) { return material.key != nullptr || material.refusal < slots; }) &&
         std::ranges::all_of(call.verdicts, [slots](ItemOutcome verdict) { return verdict <= slots; });
}

const wire::BatchResponseFields& ResponseFieldsOf(Operation operation) {
  switch (operation) {
    case Operation::kBatchEncrypt:
      return wire::kBatchEncryptResponse;
    case Operation::kBatchDecrypt:
      return wire::kBatchDecryptResponse;
    case Operation::kBatchReEncrypt:
      return wire::kBatchReEncryptResponse;
    default:
      return wire::kBatchGenerateDataKeyResponse;
  }
}

Status RunOperation(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results) {
  switch (call.operation) {
    case Operation::kBatchEncrypt:
      return BatchEncrypt(call, request, results);
    case Operation::kBatchDecrypt:
      return BatchDecrypt(call, request, results);
    case Operation::kBatchReEncrypt:
      return BatchReEncrypt(call, request, results);
    default:
      return BatchGenerateDataKey(call, request, results);
  }
}

// Bytes of plaintext and of ciphertext that went through the cipher, once each: re-encryption opens what it seals.
void CountBytes(const BatchCall& call, OperationCounts& counts) {
  std::uint64_t messages = 0;
  std::uint64_t bytes = 0;
  const auto add = [&](const BatchKey& key, std::uint64_t count) {
    messages += count;
    bytes += key.plaintext_bytes;
  };
  if (call.operation == Operation::kBatchDecrypt || call.operation == Operation::kBatchReEncrypt) {
    for (const BatchKey& key : call.materials) add(key, key.decryptions);
  } else {
    add(*call.sealing, call.sealing->encryptions);
  }
  counts.plaintext_bytes += bytes;
  counts.ciphertext_bytes += bytes + messages * kBlobOverheadBytes;
}

Status UseKeys(crypto::BackingKeyTable& keys, const DecidedBatch& batch, BatchKey& sealing,
               std::span<BatchKey> materials) {
  if (batch.sealing != crypto::kNoHandle) {
    if (const Status status = keys.Use(batch.sealing, sealing.key); status != Status::kOk) return status;
  }
  for (std::size_t number = 0; number < materials.size(); ++number) {
    const KeyChoice& choice = batch.materials[number];
    materials[number].refusal = choice.refusal;
    if (choice.handle == crypto::kNoHandle) continue;
    if (const Status status = keys.Use(choice.handle, materials[number].key); status != Status::kOk) return status;
  }
  return Status::kOk;
}

}  // namespace

Outcome RunBatch(const BatchCall& call, OperationCounts& counts) {
  if (!IsComplete(call)) return Failed(Status::kInvalidArgument);
  wire::BatchRequest request;
  const wire::RequestError error = wire::Parse(call.request, RequestFieldsOf(call.operation), request);
  if (!error.ok()) return Failed(error.status);
  if (!call.verdicts.empty() && call.verdicts.size() != request.items) return Failed(Status::kInvalidArgument);
  if (const Status status = CheckOut(call.request, call.out, 0); status != Status::kOk) return Failed(status);

  const CipherTimer timer(counts);
  BatchResults results(call, ResponseFieldsOf(call.operation));
  Status status = RunOperation(call, request, results);
  // Fewer or more than were counted: somebody wrote to the request meanwhile.
  if (status == Status::kOk && results.items() != request.items) status = Status::kInvalidArgument;
  if (status == Status::kOk) results.Errors();
  if (status == Status::kOk && !results.ok()) status = Status::kBufferTooSmall;
  if (status != Status::kOk) {
    crypto::Wipe(call.out.first(results.size()));
    return Failed(status);
  }
  counts.items += request.items;
  counts.failed_items += results.failed();
  CountBytes(call, counts);
  return {.status = Status::kOk, .size = results.size()};
}

Outcome RunBatch(DataPlane& plane, const DecidedBatch& batch) {
  if (!IsBatch(batch.operation)) return Failed(Status::kInvalidArgument);
  OperationCounts& counts = plane.counts[static_cast<std::size_t>(batch.operation)];
  ++counts.calls;
  BatchKey sealing;
  std::vector<BatchKey>& materials = plane.batch.keys;
  materials.assign(batch.materials.size(), {});
  if (const Status status = UseKeys(plane.keys, batch, sealing, materials); status != Status::kOk) {
    return Failed(status);
  }
  const Outcome outcome = RunBatch({.operation = batch.operation,
                                    .request = batch.request,
                                    .limits = plane.limits,
                                    .sealing = &sealing,
                                    .materials = materials,
                                    .key_arn = batch.key_arn,
                                    .statuses = batch.statuses,
                                    .verdicts = batch.verdicts,
                                    .out = batch.out,
                                    .scratch = plane.scratch,
                                    .workspace = plane.batch},
                                   counts);
  if (outcome.status != Status::kOk) return outcome;
  if (sealing.key != nullptr) sealing.key->uses.Add(sealing.Uses());
  for (const BatchKey& material : materials) {
    if (material.key != nullptr) material.key->uses.Add(material.Uses());
  }
  return outcome;
}

}  // namespace latchkey::data_plane
