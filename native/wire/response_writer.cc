#include "native/wire/response_writer.h"

#include <algorithm>
#include <array>

#include "native/wire/protobuf_reader.h"

namespace latchkey::wire {

void ResponseWriter::String(std::uint32_t field, Bytes text) {
  if (text.empty()) return;
  const std::span<std::uint8_t> room = ReserveBytes(field, text.size());
  if (!room.empty()) std::ranges::copy(text, room.begin());
}

void ResponseWriter::Hex(std::uint32_t field, Bytes bytes) {
  constexpr std::array<std::uint8_t, 16> kDigits = {'0', '1', '2', '3', '4', '5', '6', '7',
                                                    '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'};
  if (bytes.empty()) return;
  const std::span<std::uint8_t> room = ReserveBytes(field, 2 * bytes.size());
  if (room.empty()) return;
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    room[2 * at] = kDigits[bytes[at] >> 4];
    room[2 * at + 1] = kDigits[bytes[at] & 0xF];
  }
}

std::span<std::uint8_t> ResponseWriter::ReserveBytes(std::uint32_t field, std::size_t length) {
  Varint(BytesTag(field));
  Varint(length);
  return Claim(length);
}

void ResponseWriter::Uint32(std::uint32_t field, std::uint32_t value) {
  if (value == 0) return;
  Varint(VarintTag(field));
  Varint(value);
}

void ResponseWriter::Bool(std::uint32_t field, bool value) { Uint32(field, value ? 1 : 0); }

void ResponseWriter::Varint(std::uint64_t value) {
  // Nearly all tags and lengths have one byte.
  if (value < 0x80 && ok_ && size_ < out_.size()) {
    out_[size_++] = static_cast<std::uint8_t>(value);
    return;
  }
  std::array<std::uint8_t, 10> encoded{};
  std::size_t size = 0;
  for (; value >= 0x80; value >>= 7) encoded[size++] = static_cast<std::uint8_t>(value | 0x80);
  encoded[size++] = static_cast<std::uint8_t>(value);
  const std::span<std::uint8_t> room = Claim(size);
  if (!room.empty()) std::copy_n(encoded.begin(), size, room.begin());
}

// The next `length` bytes of the buffer; none, now and ever after, when there are fewer.
std::span<std::uint8_t> ResponseWriter::Claim(std::size_t length) {
  ok_ = ok_ && length <= out_.size() - size_;
  if (!ok_) return {};
  const std::span<std::uint8_t> claimed = out_.subspan(size_, length);
  size_ += length;
  return claimed;
}

}  // namespace latchkey::wire
