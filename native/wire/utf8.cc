#include "native/wire/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace latchkey::wire {
namespace {

bool IsAscii(Bytes text);
std::size_t SequenceLength(Bytes text);

}  // namespace

bool IsUtf8(Bytes text) {
  // Nearly all keys and values are, and it is eight times as fast to say so.
  if (IsAscii(text)) return true;
  while (!text.empty()) {
    const std::size_t length = SequenceLength(text);
    if (length == 0) return false;
    text = text.subspan(length);
  }
  return true;
}

namespace {

bool IsAscii(Bytes text) {
  std::uint64_t word = 0;
  std::uint64_t seen = 0;
  for (; text.size() >= sizeof word; text = text.subspan(sizeof word)) {
    std::memcpy(&word, text.data(), sizeof word);
    seen |= word;
  }
  for (const std::uint8_t byte : text) seen |= byte;
  return (seen & 0x8080808080808080) == 0;
}

// The second byte decides about overlong forms, surrogates and the end of Unicode, so its range depends on the first.
struct Sequence {
  std::size_t length;
  std::uint8_t second_min;
  std::uint8_t second_max;
};

constexpr Sequence SequenceOf(std::uint8_t first) {
  if (first < 0x80) return {1, 0, 0};
  if (first < 0xC2) return {0, 0, 0};
  if (first < 0xE0) return {2, 0x80, 0xBF};
  if (first == 0xE0) return {3, 0xA0, 0xBF};
  if (first == 0xED) return {3, 0x80, 0x9F};
  if (first < 0xF0) return {3, 0x80, 0xBF};
  if (first == 0xF0) return {4, 0x90, 0xBF};
  if (first < 0xF4) return {4, 0x80, 0xBF};
  if (first == 0xF4) return {4, 0x80, 0x8F};
  return {0, 0, 0};
}

// Bytes of the character that `text` begins with, 0 when it is not well-formed.
std::size_t SequenceLength(Bytes text) {
  const Sequence sequence = SequenceOf(text[0]);
  if (sequence.length < 2) return sequence.length;
  if (text.size() < sequence.length) return 0;
  if (text[1] < sequence.second_min || text[1] > sequence.second_max) return 0;
  for (std::size_t at = 2; at < sequence.length; ++at) {
    if ((text[at] & 0xC0) != 0x80) return 0;
  }
  return sequence.length;
}

}  // namespace
}  // namespace latchkey::wire
