#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/crypto/sip_hash.h"
#include "native/crypto/status.h"

namespace latchkey::data_plane {

// Draws a key for one index. kRandomUnavailable.
Status DrawSipKey(std::optional<crypto::SipKey>& key);

// Distinct values of requests, numbered in the order of their first appearance. They are chosen by whoever sends them,
// so the hash is keyed, anew for each use. A Value borrows: it has bytes(), and ==.
template <typename Value>
class DistinctIndex {
 public:
  // Forgets all values.
  void Clear() {
    values_.clear();
    places_.clear();
    last_ = 0;
    key_.reset();
  }

  // The number of a value, which is borrowed until the next Clear. kRandomUnavailable.
  Status NumberOf(const Value& value, std::uint32_t& number) {
    number = last_;
    if (!values_.empty() && values_[last_] == value) return Status::kOk;
    if (!key_.has_value()) {
      if (const Status status = DrawSipKey(key_); status != Status::kOk) return status;
    }
    if (places_.size() <= 2 * values_.size()) Grow();
    std::uint32_t& place = places_[PlaceOf(value)];
    if (place == kFree) {
      place = static_cast<std::uint32_t>(values_.size());
      values_.push_back(value);
    }
    number = last_ = place;
    return Status::kOk;
  }

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] const Value& value(std::size_t number) const { return values_[number]; }

 private:
  static constexpr std::uint32_t kFree = UINT32_MAX;
  static constexpr std::size_t kFirstPlaces = 16;

  // Of the value, or the free one where it belongs.
  [[nodiscard]] std::size_t PlaceOf(const Value& value) const {
    const std::size_t mask = places_.size() - 1;
    std::size_t place = crypto::SipHash(*key_, value.bytes()) & mask;
    while (places_[place] != kFree && !(values_[places_[place]] == value)) place = (place + 1) & mask;
    return place;
  }

  void Grow() {
    places_.assign(std::max(kFirstPlaces, 4 * places_.size()), kFree);
    for (std::uint32_t number = 0; number < values_.size(); ++number) places_[PlaceOf(values_[number])] = number;
  }

  std::vector<Value> values_;
  std::vector<std::uint32_t> places_;  // numbers by hash, open addressing, at most half full; a power of two of them
  std::uint32_t last_ = 0;             // nearly always the next one's, too
  std::optional<crypto::SipKey> key_;
};

}  // namespace latchkey::data_plane
