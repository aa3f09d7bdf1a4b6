// The protobuf wire format (protobuf.dev/programming-guides/encoding), as strict as the strictest common parsers.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/wire/bytes.h"

namespace latchkey::wire {

enum class WireType : std::uint32_t {
  kVarint = 0,
  kFixed64 = 1,
  kLengthDelimited = 2,
  kStartGroup = 3,
  kEndGroup = 4,
  kFixed32 = 5,
};

// A tag is a field's number and wire type in one. Switching on tags makes a known field of another wire type an
// unknown field, which is what protobuf asks for.
constexpr std::uint32_t Tag(std::uint32_t field, WireType type) {
  return (field << 3) | static_cast<std::uint32_t>(type);
}
constexpr std::uint32_t VarintTag(std::uint32_t field) { return Tag(field, WireType::kVarint); }
constexpr std::uint32_t BytesTag(std::uint32_t field) { return Tag(field, WireType::kLengthDelimited); }

// One field as it stands in a message: `varint` or `bytes` is set, as the tag says.
struct Field {
  std::uint32_t tag = 0;
  std::uint64_t varint = 0;
  Bytes bytes;

  [[nodiscard]] constexpr std::uint32_t number() const { return tag >> 3; }
};

// A message with more fields than this is refused, those in unknown groups counted too: fields of two bytes would keep
// a thread for seconds. The largest batch has 300 000.
inline constexpr std::uint32_t kMaxFields = 1U << 20U;
// Deeper groups than this are refused; protobuf's own limit.
inline constexpr std::size_t kMaxGroupDepth = 100;

// Iterates over the varint and length-delimited fields of one message, in their order. Fixed-width fields and groups,
// which no request has, are checked and skipped.
//
//   FieldReader reader(message);
//   for (Field field; reader.Next(field);) …
//   if (reader.malformed()) …
//
// Malformed is: a varint that is truncated, longer than 10 bytes or beyond 64 bits; a tag or length longer than 5
// bytes; a tag beyond 32 bits; a length beyond the message; field number 0; wire types 6 and 7; a group that is not
// closed by its own number; groups deeper than kMaxGroupDepth; more than kMaxFields fields.
class FieldReader {
 public:
  explicit FieldReader(Bytes message) : rest_(message) {}

  // Reads the next field. False at the end of the message and when it is malformed.
  [[nodiscard]] bool Next(Field& field) { return NextShort(field) || NextOfAny(field); }
  [[nodiscard]] bool malformed() const { return malformed_; }

 private:
  bool NextShort(Field& field);
  bool NextOfAny(Field& field);
  bool ReadTag(std::uint32_t& tag);
  bool ReadBytes(Bytes& bytes);
  bool ReadVarint(std::size_t max_bytes, std::uint64_t& value);
  bool ReadLongVarint(std::size_t max_bytes, std::uint64_t& value);
  bool Skip(std::uint32_t tag);
  bool SkipBytes(std::size_t length);
  bool SkipGroup(std::uint32_t field);
  bool Refuse();

  Bytes rest_;
  std::uint32_t fields_ = 0;
  bool malformed_ = false;
};

// Nearly all fields of a batch: length-delimited, with a tag of one byte and a length of one or two. False, with
// nothing read, for all others and for those that are malformed.
inline bool FieldReader::NextShort(Field& field) {
  constexpr std::size_t kLongestStart = 3;
  if (rest_.size() < kLongestStart || fields_ == kMaxFields) return false;
  const std::uint32_t tag = rest_[0];
  if (tag < BytesTag(1) || tag >= 0x80 || (tag & 7) != static_cast<std::uint32_t>(WireType::kLengthDelimited)) {
    return false;
  }
  std::size_t start = 2;
  std::size_t length = rest_[1];
  if (length >= 0x80) {
    if (rest_[2] >= 0x80) return false;
    length = (length & 0x7F) | static_cast<std::size_t>(rest_[2]) << 7;
    start = kLongestStart;
  }
  if (length > rest_.size() - start) return false;
  ++fields_;
  field.tag = tag;
  field.bytes = rest_.subspan(start, length);
  rest_ = rest_.subspan(start + length);
  return true;
}

}  // namespace latchkey::wire
