#pragma once

#include <array>
#include <cstdint>

#include "native/crypto/status.h"

namespace latchkey::internals {

// The accumulated test of c2sp.org/XAES-256-GCM: seals `iterations` random messages, which a SHAKE-128 stream makes,
// and answers the SHAKE-128 of all ciphertexts. Opens each again on the way.
Status AccumulatedXaes(std::uint64_t iterations, std::array<std::uint8_t, 32>& hash);

}  // namespace latchkey::internals
