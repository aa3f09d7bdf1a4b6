#include "native/data_plane/batch_operations.h"

namespace latchkey::data_plane {

Status BatchEncrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results) {
  const wire::BatchFields& fields = wire::kBatchEncryptFields;
  const crypto::BackingKey& key = *call.sealing->key;
  AssociatedData associated_data(request.context.common, request.context.column_key);
  BlobSealer sealer(key, associated_data, call.workspace.nonces, request.items);
  wire::RepeatedBytes items(call.request, fields.items);
  wire::RepeatedBytes values(request.context.column_values > 0 ? call.request : Bytes(), fields.context.column_values);

  results.Key(key);
  for (Bytes item; items.Next(item);) {
    Bytes value;
    static_cast<void>(values.Next(value));
    ItemOutcome outcome = CheckPlaintext(item, call.limits);
    if (outcome == kSucceeded && !associated_data.Fits(value)) outcome = FailedWith(ItemFailure::kContextTooLarge);
    if (outcome == kSucceeded) outcome = call.VerdictOf(results.items());
    if (outcome != kSucceeded) {
      results.Fail(outcome);
      continue;
    }
    const MutableBytes blob = results.Reserve(item.size() + kBlobOverheadBytes);
    if (!results.ok()) return Status::kBufferTooSmall;
    if (const Status status = sealer.Seal(item, value, blob); status != Status::kOk) return status;
    results.Succeed();
    ++call.sealing->encryptions;
    call.sealing->plaintext_bytes += item.size();
  }
  return Status::kOk;
}

}  // namespace latchkey::data_plane
