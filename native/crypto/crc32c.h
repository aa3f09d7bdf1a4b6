#pragma once

#include <cstdint>

#include "native/crypto/secret_bytes.h"

namespace latchkey::crypto {

// CRC-32C (Castagnoli, RFC 3720 appendix B.4), by the processor's own instruction where it has one.
std::uint32_t Crc32c(Bytes bytes);

// The same by tables. For processors without the instruction, and to check the other against.
std::uint32_t Crc32cByTables(Bytes bytes);

}  // namespace latchkey::crypto
