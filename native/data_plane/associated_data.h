#pragma once

#include <array>
#include <cstring>

#include "native/data_plane/ciphertext_blob.h"
#include "native/wire/item_contexts.h"

namespace latchkey::data_plane {

// header || canonical context, contiguous, because each update of a cipher costs as much as copying a kilobyte. For
// many blobs whose contexts differ in one value, the rest is written once.
class AssociatedData {
 public:
  explicit AssociatedData(const wire::EncryptionContext& common, Bytes column_key = {})
      : contexts_(common, column_key, MutableBytes(bytes_).subspan(kBlobHeaderBytes)) {}
  AssociatedData(const AssociatedData&) = delete;
  AssociatedData& operator=(const AssociatedData&) = delete;
  AssociatedData(AssociatedData&&) = delete;
  AssociatedData& operator=(AssociatedData&&) = delete;
  ~AssociatedData() = default;

  [[nodiscard]] bool Fits(Bytes column_value) const { return contexts_.Fits(column_value); }
  // Of the blob with this header of kBlobHeaderBytes and the context with this value, which fits. Borrowed until the
  // next call.
  [[nodiscard]] Bytes Of(Bytes header, Bytes column_value = {}) {
    std::memcpy(bytes_.data(), header.data(), kBlobHeaderBytes);
    return Bytes(bytes_).first(kBlobHeaderBytes + contexts_.With(column_value).size());
  }
  // The canonical context alone.
  [[nodiscard]] Bytes Context(Bytes column_value) { return contexts_.With(column_value); }

 private:
  std::array<std::uint8_t, kBlobHeaderBytes + wire::kMaxContextBytes> bytes_;
  wire::ItemContexts contexts_;
};

}  // namespace latchkey::data_plane
