#pragma once

#include <initializer_list>

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

inline constexpr std::size_t kMacBytes = 32;

// HMAC-SHA-256 (FIPS 198-1) of the concatenation of `parts`.
Status HmacSha256(Bytes key, std::initializer_list<Bytes> parts, std::span<std::uint8_t, kMacBytes> mac);

}  // namespace latchkey::crypto
