#pragma once

#include <cstdint>
#include <span>

namespace latchkey::wire {

// Borrowed, read-only bytes. Everything a parser hands out points into the request that it was given.
using Bytes = std::span<const std::uint8_t>;

}  // namespace latchkey::wire
