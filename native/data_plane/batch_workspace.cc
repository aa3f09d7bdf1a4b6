#include "native/data_plane/batch_workspace.h"

#include <algorithm>
#include <cstring>

#include "native/crypto/random.h"

namespace latchkey::data_plane {
namespace {

constexpr std::size_t kFirstPlaces = 16;

bool Same(const std::uint8_t* a, const std::uint8_t* b) { return std::memcmp(a, b, crypto::kMaterialIdBytes) == 0; }

Status DrawKey(std::optional<crypto::SipKey>& key) {
  std::array<std::uint8_t, sizeof(crypto::SipKey)> bytes{};
  if (const Status status = crypto::DrawNonces(bytes); status != Status::kOk) return status;
  std::memcpy(key.emplace().data(), bytes.data(), bytes.size());
  return Status::kOk;
}

}  // namespace

void MaterialIndex::Clear() {
  ids_.clear();
  places_.clear();
  last_ = 0;
  key_.reset();
}

Status MaterialIndex::NumberOf(Bytes id, std::uint32_t& number) {
  number = last_;
  if (!ids_.empty() && Same(ids_[last_], id.data())) return Status::kOk;
  if (!key_.has_value()) {
    if (const Status status = DrawKey(key_); status != Status::kOk) return status;
  }
  if (places_.size() <= 2 * ids_.size()) Grow();
  std::uint32_t& place = places_[PlaceOf(id)];
  if (place == kFree) {
    place = static_cast<std::uint32_t>(ids_.size());
    ids_.push_back(id.data());
  }
  number = last_ = place;
  return Status::kOk;
}

// Of the id, or the free one where it belongs.
std::size_t MaterialIndex::PlaceOf(Bytes id) const {
  const std::size_t mask = places_.size() - 1;
  std::size_t place = crypto::SipHash(*key_, id) & mask;
  while (places_[place] != kFree && !Same(ids_[places_[place]], id.data())) place = (place + 1) & mask;
  return place;
}

void MaterialIndex::Grow() {
  places_.assign(std::max(kFirstPlaces, 4 * places_.size()), kFree);
  for (std::uint32_t number = 0; number < ids_.size(); ++number) places_[PlaceOf(id(number))] = number;
}

}  // namespace latchkey::data_plane
