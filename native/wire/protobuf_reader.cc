#include "native/wire/protobuf_reader.h"

#include <array>
#include <limits>

namespace latchkey::wire {
namespace {

// Tags and lengths are varints of 32 bits: longer ones are refused even when padded with zeros, as C++ and upb do.
constexpr std::size_t kMaxVarint32Bytes = 5;
constexpr std::size_t kMaxVarint64Bytes = 10;

constexpr WireType TypeOf(std::uint32_t tag) { return static_cast<WireType>(tag & 7); }
constexpr std::uint32_t NumberOf(std::uint32_t tag) { return tag >> 3; }

}  // namespace

bool FieldReader::NextOfAny(Field& field) {
  while (!rest_.empty()) {
    if (!ReadTag(field.tag)) return Refuse();
    if (TypeOf(field.tag) == WireType::kLengthDelimited) return ReadBytes(field.bytes) || Refuse();
    if (TypeOf(field.tag) == WireType::kVarint) return ReadVarint(kMaxVarint64Bytes, field.varint) || Refuse();
    if (!Skip(field.tag)) return Refuse();
  }
  return false;
}

// Counts the field too.
inline bool FieldReader::ReadTag(std::uint32_t& tag) {
  if (fields_ == kMaxFields) return false;
  ++fields_;
  std::uint64_t value = 0;
  if (!ReadVarint(kMaxVarint32Bytes, value) || value > std::numeric_limits<std::uint32_t>::max()) return false;
  tag = static_cast<std::uint32_t>(value);
  return NumberOf(tag) != 0;
}

inline bool FieldReader::ReadBytes(Bytes& bytes) {
  std::uint64_t length = 0;
  if (!ReadVarint(kMaxVarint32Bytes, length) || length > rest_.size()) return false;
  bytes = rest_.first(length);
  rest_ = rest_.subspan(length);
  return true;
}

inline bool FieldReader::ReadVarint(std::size_t max_bytes, std::uint64_t& value) {
  // Nearly every tag and length of a request has one byte.
  if (rest_.empty() || rest_[0] >= 0x80) return ReadLongVarint(max_bytes, value);
  value = rest_[0];
  rest_ = rest_.subspan(1);
  return true;
}

bool FieldReader::ReadLongVarint(std::size_t max_bytes, std::uint64_t& value) {
  value = 0;
  for (std::size_t at = 0; at < max_bytes && at < rest_.size(); ++at) {
    const std::uint64_t bits = rest_[at] & 0x7F;
    // The tenth byte has room for the 64th bit only.
    if (at == kMaxVarint64Bytes - 1 && bits > 1) return false;
    value |= bits << (7 * at);
    if (rest_[at] < 0x80) return SkipBytes(at + 1);
  }
  return false;
}

// Skips what follows a tag.
bool FieldReader::Skip(std::uint32_t tag) {
  std::uint64_t ignored_varint = 0;
  Bytes ignored_bytes;
  switch (TypeOf(tag)) {
    case WireType::kVarint:
      return ReadVarint(kMaxVarint64Bytes, ignored_varint);
    case WireType::kLengthDelimited:
      return ReadBytes(ignored_bytes);
    case WireType::kFixed64:
      return SkipBytes(8);
    case WireType::kFixed32:
      return SkipBytes(4);
    case WireType::kStartGroup:
      return SkipGroup(NumberOf(tag));
    default:
      return false;
  }
}

bool FieldReader::SkipBytes(std::size_t length) {
  if (length > rest_.size()) return false;
  rest_ = rest_.subspan(length);
  return true;
}

// Keeps the numbers of the open groups itself: recursion would let a request choose the depth of the stack.
bool FieldReader::SkipGroup(std::uint32_t field) {
  std::array<std::uint32_t, kMaxGroupDepth> open{};
  std::size_t depth = 0;
  open[depth++] = field;
  while (depth > 0) {
    std::uint32_t tag = 0;
    if (!ReadTag(tag)) return false;
    if (TypeOf(tag) == WireType::kStartGroup) {
      if (depth == open.size()) return false;
      open[depth++] = NumberOf(tag);
    } else if (TypeOf(tag) == WireType::kEndGroup) {
      if (open[--depth] != NumberOf(tag)) return false;
    } else if (!Skip(tag)) {
      return false;
    }
  }
  return true;
}

bool FieldReader::Refuse() {
  malformed_ = true;
  rest_ = {};
  return false;
}

}  // namespace latchkey::wire
