#pragma once

#include <array>
#include <cstdint>

#include "native/crypto/secret_bytes.h"

namespace latchkey::crypto {

using SipKey = std::array<std::uint64_t, 2>;

// SipHash-2-4 (Aumasson, Bernstein 2012): places in hash tables of what an attacker chooses, who does not know `key`.
[[nodiscard]] std::uint64_t SipHash(const SipKey& key, Bytes message);

}  // namespace latchkey::crypto
