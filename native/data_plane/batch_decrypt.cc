#include "native/data_plane/batch_operations.h"

namespace latchkey::data_plane {
namespace {

// Writes the plaintext of an item, or that it failed.
Status Open(const BlobWindow::Item& item, BlobWindow& window, BatchResults& results) {
  const MutableBytes plaintext = results.Reserve(item.blob.plaintext_bytes);
  if (!results.ok()) return Status::kBufferTooSmall;
  const Status status = window.Open(item, plaintext);
  if (status == Status::kOpenFailed) {
    results.TakeBack();
    results.Fail(FailedWith(ItemFailure::kInvalidCiphertext));
    return Status::kOk;
  }
  if (status != Status::kOk) return status;
  results.Succeed();
  ++item.key->decryptions;
  item.key->plaintext_bytes += plaintext.size();
  return Status::kOk;
}

}  // namespace

Status BatchDecrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results) {
  AssociatedData associated_data(request.context.common, request.context.column_key);
  BlobWindow window(call, request, associated_data, nullptr);
  for (;;) {
    BlobWindow::Item* item = nullptr;
    if (const Status status = window.Next(item); status != Status::kOk) return status;
    if (item == nullptr) return Status::kOk;
    if (item->outcome != kSucceeded) {
      results.Fail(item->outcome);
    } else if (const Status status = Open(*item, window, results); status != Status::kOk) {
      return status;
    }
  }
}

}  // namespace latchkey::data_plane
