#include <algorithm>

#include "native/data_plane/batch_operations.h"

namespace latchkey::data_plane {
namespace {

class ReEncryption {
 public:
  ReEncryption(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results)
      : call_(call),
        results_(results),
        skip_if_current_(request.skip_if_current),
        source_(request.context.common, request.context.column_key),
        destination_(request.destination_context.common, request.destination_context.column_key),
        window_(call, request, source_, &destination_),
        sealer_(*call.sealing->key, destination_, call.workspace.nonces, request.items) {
    call.workspace.flags.clear();
  }

  Status Run() {
    for (;;) {
      BlobWindow::Item* item = nullptr;
      if (const Status status = window_.Next(item); status != Status::kOk) return status;
      if (item == nullptr) break;
      if (item->outcome != kSucceeded) {
        Fail(item->outcome);
      } else if (const Status status = Move(*item); status != Status::kOk) {
        return status;
      }
    }
    results_.Flags(call_.workspace.flags);
    return Status::kOk;
  }

 private:
  Status Move(const BlobWindow::Item& item) {
    const MutableBytes plaintext = call_.scratch.first(item.blob.plaintext_bytes);
    const Status status = window_.Open(item, plaintext);
    if (status == Status::kOpenFailed) {
      Fail(FailedWith(ItemFailure::kInvalidCiphertext));
      return Status::kOk;
    }
    if (status != Status::kOk) return status;
    ++item.key->decryptions;
    item.key->plaintext_bytes += plaintext.size();
    const Status written = Write(item, plaintext);
    crypto::Wipe(plaintext);
    return written;
  }

  Status Write(const BlobWindow::Item& item, Bytes plaintext) {
    const MutableBytes result = results_.Reserve(item.bytes.size());
    if (!results_.ok()) return Status::kBufferTooSmall;
    const bool is_new = !skip_if_current_ || !IsCurrent(item);
    if (is_new) {
      const Status status = sealer_.Seal(plaintext, item.destination_column_value, result);
      if (status != Status::kOk) return status;
      ++call_.sealing->encryptions;
      call_.sealing->plaintext_bytes += plaintext.size();
    } else {
      std::ranges::copy(item.bytes, result.begin());
    }
    results_.Succeed();
    call_.workspace.flags.push_back(is_new ? 1 : 0);
    return Status::kOk;
  }

  // Whether the blob is what sealing it again would make, but for the nonce.
  bool IsCurrent(const BlobWindow::Item& item) {
    return std::ranges::equal(item.key->key->material_id, call_.sealing->key->material_id) &&
           std::ranges::equal(source_.Context(item.column_value), destination_.Context(item.destination_column_value));
  }

  void Fail(ItemOutcome outcome) {
    results_.Fail(outcome);
    call_.workspace.flags.push_back(0);
  }

  const BatchCall& call_;
  BatchResults& results_;
  bool skip_if_current_;
  AssociatedData source_;
  AssociatedData destination_;
  BlobWindow window_;
  BlobSealer sealer_;
};

}  // namespace

Status BatchReEncrypt(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results) {
  return ReEncryption(call, request, results).Run();
}

}  // namespace latchkey::data_plane
