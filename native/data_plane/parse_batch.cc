#include <algorithm>

#include "native/data_plane/batch.h"
#include "native/data_plane/batch_items.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {
namespace {

// Adds up how large the response can get, item by item. A failed item has an empty result and an index among the
// errors; each reason has a frame of its own, and there are at most as many reasons as ways to fail and materials.
class ResponseBound {
 public:
  ResponseBound(Operation operation, std::size_t limit)
      : limit_(limit), flag_bytes_(operation == Operation::kBatchReEncrypt ? 1 : 0) {
    const bool names_key = operation == Operation::kBatchEncrypt || operation == Operation::kBatchGenerateDataKey;
    fixed_ = names_key ? wire::kMaxArnFieldBytesWithoutArn + wire::kMaxMaterialIdFieldBytes : 0;
    if (operation != Operation::kBatchGenerateDataKey) fixed_ += wire::kMaxUint32FieldBytes;
    if (flag_bytes_ > 0) fixed_ += wire::MaxBytesFieldBytes(0);
  }

  // `result_bytes` of one result, 0 for an item that fails.
  void Add(std::size_t result_bytes, std::size_t materials) {
    const std::size_t failed = wire::BytesFieldBytes(0) + wire::VarintBytes(items_);
    const std::size_t succeeded = result_bytes == 0 ? 0 : wire::BytesFieldBytes(result_bytes);
    AddExactly(std::max(failed, succeeded) + flag_bytes_, std::min(++items_, kItemFailureNames.size() + materials));
  }
  // A data key cannot fail.
  void AddDataKey(std::size_t bytes) {
    ++items_;
    AddExactly(wire::BytesFieldBytes(bytes) + wire::BytesFieldBytes(bytes + kBlobOverheadBytes), 0);
  }

  [[nodiscard]] std::size_t bytes() const { return fixed_ + item_bytes_ + reason_bytes_; }
  [[nodiscard]] std::size_t fitting_items() const { return fitting_; }

 private:
  void AddExactly(std::size_t bytes, std::size_t reasons) {
    item_bytes_ += bytes;
    reason_bytes_ = reasons * wire::BatchError::kMaxFrameBytes;
    if (this->bytes() <= limit_) fitting_ = items_;
  }

  std::size_t limit_;
  std::size_t flag_bytes_;
  std::size_t fixed_ = 0;
  std::size_t items_ = 0;
  std::size_t item_bytes_ = 0;
  std::size_t reason_bytes_ = 0;
  std::size_t fitting_ = 0;
};

void ViewPlaintexts(const wire::RequestLimits& limits, wire::RepeatedBytes items, ResponseBound& bound,
                    BatchView& view) {
  for (Bytes item; items.Next(item);) {
    const bool fails = CheckPlaintext(item, limits) != kSucceeded;
    bound.Add(fails ? 0 : item.size() + kBlobOverheadBytes, 0);
    view.work_bytes += item.size();
  }
}

Status ViewBlobs(DataPlane& plane, Operation operation, wire::RepeatedBytes items, ResponseBound& bound,
                 BatchView& view) {
  MaterialIndex& materials = plane.batch.materials;
  for (Bytes item; items.Next(item);) {
    CiphertextBlob blob{};
    std::size_t result_bytes = 0;
    if (ReadBlob(item, plane.limits, blob) == kSucceeded) {
      std::uint32_t number = 0;
      const Status status = materials.NumberOf({blob.material_id.data()}, number);
      if (status != Status::kOk) return status;
      result_bytes = operation == Operation::kBatchDecrypt ? blob.plaintext_bytes : item.size();
    }
    bound.Add(result_bytes, materials.size());
    view.work_bytes += item.size();
  }
  return Status::kOk;
}

void ViewDataKeys(const wire::BatchRequest& request, ResponseBound& bound, BatchView& view) {
  for (std::size_t item = 0; item < request.items; ++item) bound.AddDataKey(request.data_key_bytes);
  view.work_bytes = request.items * request.data_key_bytes;
}

}  // namespace

Status ParseBatch(DataPlane& plane, Operation operation, Bytes request, std::size_t max_reply_bytes, BatchView& view) {
  const wire::BatchFields& fields = RequestFieldsOf(operation);
  wire::BatchRequest parsed;
  const wire::RequestError error = wire::Parse(request, fields, parsed);
  view.field = error.field;
  if (!error.ok()) return error.status;
  view.key_id = parsed.key_id;
  view.destination_key_id = parsed.destination_key_id;
  view.column_key = parsed.context.column_key;
  view.destination_column_key = parsed.destination_context.column_key;
  view.grant_tokens = parsed.grant_tokens.count();
  view.items = parsed.items;

  plane.batch.materials.Clear();
  ResponseBound bound(operation, max_reply_bytes);
  const wire::RepeatedBytes items(request, fields.items);
  Status status = Status::kOk;
  if (operation == Operation::kBatchGenerateDataKey) {
    ViewDataKeys(parsed, bound, view);
  } else if (operation == Operation::kBatchEncrypt) {
    ViewPlaintexts(plane.limits, items, bound, view);
  } else {
    status = ViewBlobs(plane, operation, items, bound, view);
  }
  view.response_bytes = bound.bytes();
  view.fitting_items = bound.fitting_items();
  return status;
}

const wire::BatchFields& RequestFieldsOf(Operation operation) {
  switch (operation) {
    case Operation::kBatchEncrypt:
      return wire::kBatchEncryptFields;
    case Operation::kBatchDecrypt:
      return wire::kBatchDecryptFields;
    case Operation::kBatchReEncrypt:
      return wire::kBatchReEncryptFields;
    default:
      return wire::kBatchGenerateDataKeyFields;
  }
}

}  // namespace latchkey::data_plane
