#include <algorithm>

#include "native/crypto/random.h"
#include "native/data_plane/batch_operations.h"

namespace latchkey::data_plane {
namespace {

// Wipes the scratch pages that were used on every way out.
class DataKeys {
 public:
  DataKeys(MutableBytes scratch, std::size_t length) : scratch_(scratch), length_(length) {}
  ~DataKeys() { crypto::Wipe(scratch_.first(most_drawn_)); }
  DataKeys(const DataKeys&) = delete;
  DataKeys& operator=(const DataKeys&) = delete;
  DataKeys(DataKeys&&) = delete;
  DataKeys& operator=(DataKeys&&) = delete;

  // The next of `left` data keys: many come from one draw. Borrowed until the next one.
  Status Next(std::size_t left, Bytes& data_key) {
    if (used_ == drawn_) {
      drawn_ = length_ * std::min({left, kAtOnce, scratch_.size() / length_});
      most_drawn_ = std::max(most_drawn_, drawn_);
      used_ = 0;
      if (drawn_ == 0) return Status::kInvalidArgument;
      if (const Status status = crypto::DrawSecret(scratch_.first(drawn_)); status != Status::kOk) return status;
    }
    data_key = scratch_.subspan(used_, length_);
    used_ += length_;
    return Status::kOk;
  }

 private:
  static constexpr std::size_t kAtOnce = 64;

  MutableBytes scratch_;
  std::size_t length_;
  std::size_t drawn_ = 0;  // bytes, the last time
  std::size_t most_drawn_ = 0;
  std::size_t used_ = 0;  // of them
};

}  // namespace

// The blobs come first in the response, so each data key's place is known before the first is made.
Status BatchGenerateDataKey(const BatchCall& call, const wire::BatchRequest& request, BatchResults& results) {
  const crypto::BackingKey& key = *call.sealing->key;
  const std::size_t length = request.data_key_bytes;
  AssociatedData associated_data(request.context.common);
  BlobSealer sealer(key, associated_data, call.workspace.nonces, request.items);
  DataKeys data_keys(call.scratch, length);

  results.Key(key);
  const MutableBytes plaintexts =
      results.ReservePlaintexts(request.items * wire::BytesFieldBytes(length + kBlobOverheadBytes),
                                request.items * wire::BytesFieldBytes(length));
  if (!results.ok()) return Status::kBufferTooSmall;
  wire::ResponseWriter plaintext_writer(plaintexts);
  for (std::size_t item = 0; item < request.items; ++item) {
    Bytes data_key;
    const Status drawn = data_keys.Next(request.items - item, data_key);
    if (drawn != Status::kOk) return drawn;
    const Status sealed = sealer.Seal(data_key, {}, results.Reserve(length + kBlobOverheadBytes));
    if (sealed != Status::kOk) return sealed;
    const MutableBytes copy = plaintext_writer.ReserveBytes(wire::kBatchGenerateDataKeyResponse.plaintexts, length);
    std::ranges::copy(data_key, copy.begin());
    results.Succeed();
  }
  call.sealing->encryptions += request.items;
  call.sealing->plaintext_bytes += request.items * length;
  results.TakePlaintexts();
  return Status::kOk;
}

}  // namespace latchkey::data_plane
