#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "native/crypto/status.h"
#include "native/wire/bytes.h"

namespace latchkey::wire {

inline constexpr std::size_t kMaxContextPairs = 64;
// Of the canonical form.
inline constexpr std::size_t kMaxContextBytes = 8192;

// One pair of a context, borrowed from the request.
struct ContextPair {
  const std::uint8_t* key_bytes;
  const std::uint8_t* value_bytes;
  std::uint32_t key_size;
  std::uint32_t value_size;

  [[nodiscard]] Bytes key() const { return {key_bytes, key_size}; }
  [[nodiscard]] Bytes value() const { return {value_bytes, value_size}; }
};

// The encryption context of a request: a map<string, string> field, collected entry by entry from the raw bytes,
// because protobuf libraries drop duplicate keys and replace invalid UTF-8 without a word. docs/FORMATS.md,
// "Canonical encryption context". Allocates nothing and borrows the request.
class EncryptionContext {
 public:
  // Leaves `pairs_` as it is: zeroing it would cost as much as parsing a request.
  EncryptionContext() {}  // NOLINT(modernize-use-equals-default, cppcoreguidelines-pro-type-member-init)

  // Collects one map entry, given as the bytes of its message. A missing key or value is "", the last of several
  // counts, unknown fields are skipped. Errors: kMalformedRequest, kInvalidUtf8, and kContextTooManyPairs from the
  // first entry that is too many on, duplicates included, so that a map of a million entries costs 64.
  [[nodiscard]] Status Add(Bytes entry);

  // Puts the pairs in ascending order of the bytes of their keys. Call once, after the last Add and before what
  // follows. Errors: kContextTooLarge, kContextDuplicateKey.
  [[nodiscard]] Status Finish();

  // Whether one of the keys is `key`. At any time.
  [[nodiscard]] bool Has(Bytes key) const;

  [[nodiscard]] std::span<const ContextPair> pairs() const { return {pairs_.data(), pair_count_}; }
  [[nodiscard]] std::size_t pair_count() const { return pair_count_; }

  // Bytes of the canonical form, 4 to kMaxContextBytes.
  [[nodiscard]] std::size_t CanonicalSize() const { return canonical_size_; }
  // Writes the canonical form. `out` has exactly CanonicalSize() bytes.
  void WriteCanonical(std::span<std::uint8_t> out) const;

 private:
  std::array<ContextPair, kMaxContextPairs> pairs_;
  std::size_t pair_count_ = 0;
  std::size_t canonical_size_ = sizeof(std::uint32_t);
};

}  // namespace latchkey::wire
