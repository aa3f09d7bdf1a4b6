// One item of a batch: what is wrong with it, and a window of the next few, whose message keys are derived together.
#pragma once

#include <array>
#include <cstdint>

#include "native/crypto/random.h"
#include "native/data_plane/associated_data.h"
#include "native/data_plane/batch.h"
#include "native/data_plane/ciphertext_blob.h"

namespace latchkey::data_plane {

inline ItemOutcome CheckPlaintext(Bytes item, const wire::RequestLimits& limits) {
  if (item.empty()) return FailedWith(ItemFailure::kPlaintextMissing);
  return item.size() > limits.max_plaintext_bytes ? FailedWith(ItemFailure::kPlaintextTooLarge) : kSucceeded;
}

inline ItemOutcome ReadBlob(Bytes item, const wire::RequestLimits& limits, CiphertextBlob& blob) {
  if (item.empty()) return FailedWith(ItemFailure::kCiphertextMissing);
  if (item.size() > limits.max_plaintext_bytes + kBlobOverheadBytes) {
    return FailedWith(ItemFailure::kCiphertextTooLarge);
  }
  return ParseBlob(item, blob) == Status::kOk ? kSucceeded : FailedWith(ItemFailure::kInvalidCiphertext);
}

// Seals blobs of one key one after another. Draws the nonces of many at once and derives the keys of several at once;
// what was drawn is wiped when this ends.
class BlobSealer {
 public:
  // `count` blobs at most.
  BlobSealer(const crypto::BackingKey& key, AssociatedData& associated_data, MutableBytes nonces, std::size_t count);
  ~BlobSealer() { crypto::Wipe(nonces_.first(most_drawn_)); }
  BlobSealer(const BlobSealer&) = delete;
  BlobSealer& operator=(const BlobSealer&) = delete;
  BlobSealer(BlobSealer&&) = delete;
  BlobSealer& operator=(BlobSealer&&) = delete;

  // As SealBlob.
  Status Seal(Bytes plaintext, Bytes column_value, MutableBytes blob);

 private:
  Status Prepare();

  const crypto::BackingKey& key_;
  AssociatedData& associated_data_;
  crypto::NonceSource nonce_source_;
  MutableBytes nonces_;
  std::size_t count_;      // blobs whose nonces are not drawn yet
  std::size_t drawn_ = 0;  // bytes of nonces, of one draw
  std::size_t most_drawn_ = 0;
  std::size_t used_ = 0;    // of those that were drawn last
  std::size_t ready_ = 0;   // message keys
  std::size_t sealed_ = 0;  // of them
  std::array<std::uint8_t, kBlobHeaderBytes> header_{};
  crypto::MessageKeys message_keys_;
};

// Ciphertexts of a request, in their order, read a few ahead.
class BlobWindow {
 public:
  struct Item {
    ItemOutcome outcome = kSucceeded;  // known before it is opened
    CiphertextBlob blob{};
    Bytes bytes;
    Bytes column_value;
    Bytes destination_column_value;
    BatchKey* key = nullptr;
  };

  BlobWindow(const BatchCall& call, const wire::BatchRequest& request, AssociatedData& source,
             AssociatedData* destination);

  // The next item, borrowed until the one after it; null when there is none. Where this fails, the whole batch does.
  Status Next(Item*& item);
  // Opens the item that Next gave, as OpenBlob.
  Status Open(const Item& item, MutableBytes plaintext);

 private:
  Status Fill();
  Status Read(Item& item);
  Status FindKey(Item& item);
  Status DeriveKeys();

  const BatchCall& call_;
  AssociatedData& source_;
  AssociatedData* destination_;
  wire::RepeatedBytes items_;
  wire::RepeatedBytes values_;
  wire::RepeatedBytes destination_values_;
  std::array<Item, crypto::MessageKeys::kCount> window_;
  std::size_t filled_ = 0;
  std::size_t next_ = 0;
  std::size_t read_ = 0;  // items of the request
  crypto::MessageKeys message_keys_;
};

}  // namespace latchkey::data_plane
