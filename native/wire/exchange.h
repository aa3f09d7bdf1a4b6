// The messages that the stream of Exchange carries requests in (proto/latchkey/v1/crypto.proto), parsed in place.
#pragma once

#include <cstdint>
#include <optional>

#include "native/wire/bytes.h"
#include "native/wire/requests.h"

namespace latchkey::wire {

struct ExchangeRequest {
  static constexpr std::uint32_t kIdField = 1;
  static constexpr std::uint32_t kTimeoutField = 2;
  // The members of the oneof `request`.
  static constexpr std::uint32_t kFirstRequestField = 3;
  static constexpr std::uint32_t kLastRequestField = 14;

  std::uint64_t id = 0;
  std::optional<std::uint32_t> timeout_ms;
  std::uint32_t request_field = 0;  // which member is set; 0: none that this version knows
  Bytes request;                    // its bytes, not looked into
};

// A timeout is cut to this, which is 24 days.
inline constexpr std::uint32_t kMaxTimeoutMs = 0x7fffffff;

// Parses `message` into `out`, which must be freshly constructed and is meaningless unless kOk is answered.
//
// Refused, in this order: what is not well-formed protobuf, and more than one member of the oneof, which libraries
// would merge (kMalformedRequest); an id of 0 (kExchangeIdMissing); a timeout that is no Duration
// (kTimeoutOutOfRange). One that is negative is 0: a caller that computes what is left may find nothing left.
[[nodiscard]] RequestError Parse(Bytes message, ExchangeRequest& out);

}  // namespace latchkey::wire
