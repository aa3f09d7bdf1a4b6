#include "native/wire/item_contexts.h"

#include <algorithm>
#include <cstring>

#include "native/wire/canonical_form.h"

namespace latchkey::wire {

ItemContexts::ItemContexts(const EncryptionContext& common, Bytes column_key, std::span<std::uint8_t> buffer)
    : buffer_(buffer), has_column_(!column_key.empty()), fixed_size_(common.CanonicalSize()) {
  if (!has_column_) {
    common.WriteCanonical(buffer.first(fixed_size_));
    return;
  }
  fixed_size_ += kLengthBytes + column_key.size() + kLengthBytes;
  if (fixed_size_ > kMaxContextBytes) {
    fixed_size_ = kMaxContextBytes;
    no_value_fits_ = true;
    return;
  }
  const auto follows = [column_key](const ContextPair& pair) {
    return std::ranges::lexicographical_compare(column_key, pair.key());
  };
  const std::span<const ContextPair> pairs = common.pairs();
  const auto behind = std::ranges::find_if(pairs, follows);
  std::uint8_t* at = WriteLength(common.pair_count() + 1, buffer.data());
  for (auto pair = pairs.begin(); pair != behind; ++pair) at = WritePair(*pair, at);
  at = WriteLength(0, WriteText(column_key, at));
  value_at_ = static_cast<std::size_t>(at - buffer.data());
  for (auto pair = behind; pair != pairs.end(); ++pair) at = WritePair(*pair, at);
  suffix_size_ = fixed_size_ - value_at_;
}

Bytes ItemContexts::With(Bytes value) {
  if (!has_column_) return buffer_.first(fixed_size_);
  std::uint8_t* const at = buffer_.data() + value_at_;
  if (value.size() != value_size_) {
    if (suffix_size_ > 0) std::memmove(at + value.size(), at + value_size_, suffix_size_);
    WriteLength(value.size(), at - kLengthBytes);
    value_size_ = value.size();
  }
  if (!value.empty()) std::memcpy(at, value.data(), value.size());
  return buffer_.first(fixed_size_ + value_size_);
}

}  // namespace latchkey::wire
