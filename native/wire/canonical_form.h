// Parts of the canonical encryption context (docs/FORMATS.md). Each writes to `out`, which has room, and answers the
// place behind what it wrote.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "native/wire/bytes.h"
#include "native/wire/encryption_context.h"

namespace latchkey::wire {

inline constexpr std::size_t kLengthBytes = sizeof(std::uint32_t);

inline std::uint8_t* WriteLength(std::size_t length, std::uint8_t* out) {
  for (int shift = 24; shift >= 0; shift -= 8) *out++ = static_cast<std::uint8_t>(length >> shift);
  return out;
}

inline std::uint8_t* WriteText(Bytes text, std::uint8_t* out) {
  out = WriteLength(text.size(), out);
  if (!text.empty()) std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

inline std::uint8_t* WritePair(const ContextPair& pair, std::uint8_t* out) {
  return WriteText(pair.value(), WriteText(pair.key(), out));
}

}  // namespace latchkey::wire
