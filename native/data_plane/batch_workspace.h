#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "native/crypto/backing_key_table.h"
#include "native/crypto/key_derivation.h"
#include "native/data_plane/distinct_index.h"

namespace latchkey::data_plane {

using crypto::Bytes;

// The id of a key material, borrowed from a request.
struct MaterialIdRef {
  const std::uint8_t* start;

  [[nodiscard]] Bytes bytes() const { return {start, crypto::kMaterialIdBytes}; }
  bool operator==(const MaterialIdRef& other) const {
    return std::memcmp(start, other.start, crypto::kMaterialIdBytes) == 0;
  }
};

// The distinct key material ids of a batch.
using MaterialIndex = DistinctIndex<MaterialIdRef>;

// A key of a batch, and what the batch did with it.
struct BatchKey {
  const crypto::BackingKey* key = nullptr;  // null: items of this material fail
  std::uint16_t refusal = 0;                // with the status in this slot
  std::uint64_t encryptions = 0;
  std::uint64_t decryptions = 0;
  std::uint64_t plaintext_bytes = 0;

  // What to count for it when the batch has succeeded.
  [[nodiscard]] crypto::KeyUses Uses() const {
    const std::uint64_t now = crypto::UseTime();
    return {.encryptions = encryptions,
            .decryptions = decryptions,
            .plaintext_bytes = plaintext_bytes,
            .first_used_at = now,
            .last_used_at = now};
  }
};

// Memory that the batches of one thread use one after another, so that they allocate only when one is larger than all
// before it: at most 8 MB, of which nothing is secret once a batch has ended.
struct BatchWorkspace {
  static constexpr std::size_t kNoncesAtOnce = 256;

  // Indexes of one failure among the results.
  struct Reason {
    std::uint32_t count = 0;
    std::uint32_t index_bytes = 0;
    std::uint8_t* next = nullptr;  // place of the next index in the response
  };

  MaterialIndex materials;
  std::vector<std::uint16_t> outcomes;  // of each item: 0, or 1 + the slot of its failure
  std::vector<std::uint8_t> flags;      // of each item of BatchReEncrypt: whether its result is new
  std::vector<Reason> reasons;          // by slot
  std::vector<BatchKey> keys;           // those of `materials`
  std::array<std::uint8_t, kNoncesAtOnce * 24> nonces{};
};

}  // namespace latchkey::data_plane
