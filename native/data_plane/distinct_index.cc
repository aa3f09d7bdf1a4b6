#include "native/data_plane/distinct_index.h"

#include <array>
#include <cstring>

#include "native/crypto/random.h"

namespace latchkey::data_plane {

Status DrawSipKey(std::optional<crypto::SipKey>& key) {
  std::array<std::uint8_t, sizeof(crypto::SipKey)> bytes{};
  if (const Status status = crypto::DrawNonces(bytes); status != Status::kOk) return status;
  std::memcpy(key.emplace().data(), bytes.data(), bytes.size());
  return Status::kOk;
}

}  // namespace latchkey::data_plane
