#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "native/crypto/backing_key_table.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/sip_hash.h"
#include "native/crypto/status.h"

namespace latchkey::data_plane {

using crypto::Bytes;

// The distinct key material ids of a batch, numbered in the order of their first appearance. Ids in requests are chosen
// by whoever sends them, so the hash is keyed, anew for each batch.
class MaterialIndex {
 public:
  // Forgets all ids.
  void Clear();
  // The number of an id of kMaterialIdBytes, which is borrowed until the next Clear. kRandomUnavailable.
  Status NumberOf(Bytes id, std::uint32_t& number);

  [[nodiscard]] std::size_t size() const { return ids_.size(); }
  [[nodiscard]] Bytes id(std::size_t number) const { return {ids_[number], crypto::kMaterialIdBytes}; }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;

  [[nodiscard]] std::size_t PlaceOf(Bytes id) const;
  void Grow();

  std::vector<const std::uint8_t*> ids_;
  std::vector<std::uint32_t> places_;  // numbers by hash, open addressing, at most half full; a power of two of them
  std::uint32_t last_ = 0;             // nearly always the next one's, too
  std::optional<crypto::SipKey> key_;
};

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
