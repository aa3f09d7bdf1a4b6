// Writes protobuf messages byte by byte, well-formed or not, for tests and fuzzers. Independent of the code under test.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "native/wire/bytes.h"

namespace latchkey::wire {

class Message {
 public:
  Message& Raw(std::string_view bytes) {
    bytes_ += bytes;
    return *this;
  }
  Message& RawVarint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) bytes_.push_back(static_cast<char>(value | 0x80));
    bytes_.push_back(static_cast<char>(value));
    return *this;
  }
  Message& Tag(std::uint32_t field, std::uint32_t wire_type) { return RawVarint(field << 3 | wire_type); }
  Message& Varint(std::uint32_t field, std::uint64_t value) { return Tag(field, 0).RawVarint(value); }
  Message& Fixed64(std::uint32_t field) { return Tag(field, 1).Raw("8 bytes."); }
  Message& Bytes(std::uint32_t field, std::string_view bytes) {
    return Tag(field, 2).RawVarint(bytes.size()).Raw(bytes);
  }
  Message& Fixed32(std::uint32_t field) { return Tag(field, 5).Raw("four"); }
  Message& Group(std::uint32_t field, std::string_view content) { return Tag(field, 3).Raw(content).Tag(field, 4); }
  // One entry of a map<string, string>.
  Message& Pair(std::uint32_t field, std::string_view key, std::string_view value) {
    return Bytes(field, Message().Bytes(1, key).Bytes(2, value).str());
  }

  [[nodiscard]] const std::string& str() const { return bytes_; }

 private:
  std::string bytes_;
};

// A copy on the heap of exactly its own size, so that AddressSanitizer sees a read of the first byte behind it.
class ExactBytes {
 public:
  explicit ExactBytes(std::string_view bytes) : size_(bytes.size()), bytes_(new std::uint8_t[bytes.size()]) {
    bytes.copy(reinterpret_cast<char*>(bytes_.get()), size_);
  }
  [[nodiscard]] wire::Bytes view() const { return {bytes_.get(), size_}; }

 private:
  std::size_t size_;
  std::unique_ptr<std::uint8_t[]> bytes_;
};

inline std::string ToString(wire::Bytes bytes) { return {bytes.begin(), bytes.end()}; }

}  // namespace latchkey::wire
