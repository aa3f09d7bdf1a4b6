#include "native/data_plane/batch_items.h"

#include <algorithm>
#include <cstring>

namespace latchkey::data_plane {

using crypto::kXaesNonceBytes;
using crypto::MessageKeys;

BlobSealer::BlobSealer(const crypto::BackingKey& key, AssociatedData& associated_data, MutableBytes nonces,
                       std::size_t count)
    : key_(key), associated_data_(associated_data), nonces_(nonces), count_(count) {
  WriteHeader(key.material_id, header_);
}

Status BlobSealer::Seal(Bytes plaintext, Bytes column_value, MutableBytes blob) {
  if (sealed_ == ready_) {
    if (const Status status = Prepare(); status != Status::kOk) return status;
  }
  const std::size_t index = sealed_++;
  const std::size_t nonce_at = used_ - (ready_ - index) * kXaesNonceBytes;
  // Not std::copy, which g++ makes a loop over bytes of: a tenth of a short message.
  std::memcpy(blob.data(), header_.data(), header_.size());
  std::memcpy(&blob[kBlobHeaderBytes], &nonces_[nonce_at], kXaesNonceBytes);
  return message_keys_.Seal(index, associated_data_.Of(header_, column_value), plaintext,
                            blob.subspan(kBlobHeaderBytes + kXaesNonceBytes));
}

Status BlobSealer::Prepare() {
  if (used_ == drawn_) {
    const std::size_t drawn = std::min(count_, nonces_.size() / kXaesNonceBytes);
    if (drawn == 0) return Status::kInvalidArgument;
    drawn_ = drawn * kXaesNonceBytes;
    most_drawn_ = std::max(most_drawn_, drawn_);
    used_ = 0;
    if (const Status status = nonce_source_.Draw(nonces_.first(drawn_)); status != Status::kOk) return status;
    count_ -= drawn;
  }
  ready_ = std::min(MessageKeys::kCount, (drawn_ - used_) / kXaesNonceBytes);
  sealed_ = 0;
  for (std::size_t index = 0; index < ready_; ++index) {
    message_keys_.Set(index, nonces_.subspan(used_).first<kXaesNonceBytes>());
    used_ += kXaesNonceBytes;
  }
  return message_keys_.Derive(key_.key, 0, ready_);
}

BlobWindow::BlobWindow(const BatchCall& call, const wire::BatchRequest& request, AssociatedData& source,
                       AssociatedData* destination)
    : call_(call),
      source_(source),
      destination_(destination),
      items_(call.request, RequestFieldsOf(call.operation).items),
      // Where there is no column, there is nothing to look for.
      values_(request.context.column_values > 0 ? call.request : Bytes(),
              RequestFieldsOf(call.operation).context.column_values),
      destination_values_(request.destination_context.column_values > 0 ? call.request : Bytes(),
                          RequestFieldsOf(call.operation).destination_context.column_values) {
  call.workspace.materials.Clear();
}

Status BlobWindow::Next(Item*& item) {
  if (next_ == filled_) {
    if (const Status status = Fill(); status != Status::kOk) return status;
  }
  item = next_ < filled_ ? &window_[next_++] : nullptr;
  return Status::kOk;
}

Status BlobWindow::Open(const Item& item, MutableBytes plaintext) {
  const auto index = static_cast<std::size_t>(&item - window_.data());
  return message_keys_.Open(index, source_.Of(item.blob.header, item.column_value), item.blob.sealed, plaintext);
}

Status BlobWindow::Fill() {
  next_ = 0;
  for (filled_ = 0; filled_ < window_.size(); ++filled_) {
    Item& item = window_[filled_];
    if (!items_.Next(item.bytes)) break;
    if (const Status status = Read(item); status != Status::kOk) return status;
  }
  return DeriveKeys();
}

Status BlobWindow::Read(Item& item) {
  item.column_value = {};
  item.destination_column_value = {};
  item.key = nullptr;
  static_cast<void>(values_.Next(item.column_value));
  static_cast<void>(destination_values_.Next(item.destination_column_value));
  item.outcome = ReadBlob(item.bytes, call_.limits, item.blob);
  if (item.outcome == kSucceeded) {
    if (const Status status = FindKey(item); status != Status::kOk) return status;
    item.outcome = call_.VerdictOf(read_);
    if (item.outcome == kSucceeded && item.key->key == nullptr) item.outcome = FailedWith(item.key->refusal);
  }
  ++read_;
  const bool fits =
      source_.Fits(item.column_value) && (destination_ == nullptr || destination_->Fits(item.destination_column_value));
  // As for a unary call, what can be said without the blob goes first.
  const bool has_size = item.outcome != FailedWith(ItemFailure::kCiphertextMissing) &&
                        item.outcome != FailedWith(ItemFailure::kCiphertextTooLarge);
  if (!fits && has_size) item.outcome = FailedWith(ItemFailure::kContextTooLarge);
  return Status::kOk;
}

Status BlobWindow::FindKey(Item& item) {
  std::uint32_t number = 0;
  const Status status = call_.workspace.materials.NumberOf({item.blob.material_id.data()}, number);
  if (status != Status::kOk) return status;
  if (number >= call_.materials.size()) return Status::kInvalidArgument;
  item.key = &call_.materials[number];
  const bool other = item.key->key != nullptr && !std::ranges::equal(item.key->key->material_id, item.blob.material_id);
  return other ? Status::kInvalidArgument : Status::kOk;
}

// In one pass for each run of items with one key. What is derived for an item that fails is not used.
Status BlobWindow::DeriveKeys() {
  for (std::size_t at = 0; at < filled_;) {
    const BatchKey* const key = window_[at].key;
    std::size_t end = at;
    for (; end < filled_ && window_[end].key == key; ++end) {
      if (key != nullptr) message_keys_.Set(end, window_[end].blob.nonce.first<kXaesNonceBytes>());
    }
    if (key != nullptr && key->key != nullptr) {
      if (const Status status = message_keys_.Derive(key->key->key, at, end - at); status != Status::kOk) return status;
    }
    at = end;
  }
  return Status::kOk;
}

}  // namespace latchkey::data_plane
