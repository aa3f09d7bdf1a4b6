#include "native/wire/encryption_context.h"

#include <algorithm>
#include <cassert>

#include "native/wire/canonical_form.h"
#include "native/wire/protobuf_reader.h"
#include "native/wire/utf8.h"

namespace latchkey::wire {
namespace {

// Fields of the entry message that protobuf makes of a map.
constexpr std::uint32_t kEntryKey = 1;
constexpr std::uint32_t kEntryValue = 2;

Status ReadEntry(Bytes entry, Bytes& key, Bytes& value);

}  // namespace

Status EncryptionContext::Add(Bytes entry) {
  if (pair_count_ == kMaxContextPairs) return Status::kContextTooManyPairs;
  Bytes key;
  Bytes value;
  if (const Status status = ReadEntry(entry, key, value); status != Status::kOk) return status;

  // Lengths in protobuf have 32 bits, so the casts lose nothing, and 64 pairs cannot overflow the sum.
  pairs_[pair_count_] = {key.data(), value.data(), static_cast<std::uint32_t>(key.size()),
                         static_cast<std::uint32_t>(value.size())};
  ++pair_count_;
  canonical_size_ += kLengthBytes + key.size() + kLengthBytes + value.size();
  return Status::kOk;
}

Status EncryptionContext::Finish() {
  if (canonical_size_ > kMaxContextBytes) return Status::kContextTooLarge;
  const std::span<ContextPair> pairs(pairs_.data(), pair_count_);
  // Not std::sort, which runs out of bounds where the order of two keys changes meanwhile: a batch on another thread
  // reads memory that JavaScript is only asked not to write to.
  std::ranges::make_heap(pairs, std::ranges::lexicographical_compare, &ContextPair::key);
  std::ranges::sort_heap(pairs, std::ranges::lexicographical_compare, &ContextPair::key);
  const auto duplicate = std::ranges::adjacent_find(pairs, std::ranges::equal, &ContextPair::key);
  return duplicate == pairs.end() ? Status::kOk : Status::kContextDuplicateKey;
}

bool EncryptionContext::Has(Bytes key) const {
  return std::ranges::any_of(pairs(), [key](const ContextPair& pair) { return std::ranges::equal(pair.key(), key); });
}

void EncryptionContext::WriteCanonical(std::span<std::uint8_t> out) const {
  assert(out.size() == canonical_size_);
  std::uint8_t* at = WriteLength(pair_count_, out.data());
  for (const ContextPair& pair : pairs()) at = WritePair(pair, at);
}

namespace {

Status ReadEntry(Bytes entry, Bytes& key, Bytes& value) {
  FieldReader reader(entry);
  for (Field field; reader.Next(field);) {
    if (field.tag != BytesTag(kEntryKey) && field.tag != BytesTag(kEntryValue)) continue;
    if (!IsUtf8(field.bytes)) return Status::kInvalidUtf8;
    (field.tag == BytesTag(kEntryKey) ? key : value) = field.bytes;
  }
  return reader.malformed() ? Status::kMalformedRequest : Status::kOk;
}

}  // namespace
}  // namespace latchkey::wire
