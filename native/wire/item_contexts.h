#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "native/wire/bytes.h"
#include "native/wire/encryption_context.h"

namespace latchkey::wire {

// The canonical contexts of the items of one batch: the common pairs and, where there is a column, one more whose value
// differs. What stays the same is written once.
class ItemContexts {
 public:
  // Writes all but the column's value to `buffer`, which has kMaxContextBytes and is borrowed. `common` is finished. An
  // empty `column_key` says that there is no column; otherwise `common` does not have it.
  ItemContexts(const EncryptionContext& common, Bytes column_key, std::span<std::uint8_t> buffer);

  // Whether the context with this value is within kMaxContextBytes.
  [[nodiscard]] bool Fits(Bytes value) const {
    return !has_column_ || (!no_value_fits_ && value.size() <= kMaxContextBytes - fixed_size_);
  }
  // The canonical context with this value, which fits. Borrowed until the next call.
  [[nodiscard]] Bytes With(Bytes value);

 private:
  std::span<std::uint8_t> buffer_;
  bool has_column_;
  bool no_value_fits_ = false;
  std::size_t fixed_size_;  // of everything but the value
  std::size_t value_at_ = 0;
  std::size_t value_size_ = 0;
  std::size_t suffix_size_ = 0;
};

}  // namespace latchkey::wire
