#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "native/wire/bytes.h"

namespace latchkey::wire {

// Writes one protobuf message into a caller's buffer, which it never overruns: what does not fit is left out with
// everything after it, and ok() says so. Check ok() once, at the end.
class ResponseWriter {
 public:
  explicit ResponseWriter(std::span<std::uint8_t> out) : out_(out) {}

  // A string field. Nothing for the empty string, as in all proto3 writers.
  void String(std::uint32_t field, Bytes text);
  // A string field of two lower-case hex digits for each byte.
  void Hex(std::uint32_t field, Bytes bytes);
  // A bytes field whose `length` bytes, at least one, the caller fills in. Empty when it does not fit.
  [[nodiscard]] std::span<std::uint8_t> ReserveBytes(std::uint32_t field, std::size_t length);
  // The next `length` bytes, for fields that the caller writes. Empty when they do not fit.
  [[nodiscard]] std::span<std::uint8_t> Skip(std::size_t length) { return Claim(length); }
  // Nothing for zero and false, as in all proto3 writers.
  void Uint32(std::uint32_t field, std::uint32_t value);
  void Bool(std::uint32_t field, bool value);

  // Forgets what was written behind the first `size` bytes, which stays in the buffer until it is written over.
  void Rewind(std::size_t size) { size_ = size; }

  [[nodiscard]] bool ok() const { return ok_; }
  // Bytes written so far.
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  std::span<std::uint8_t> Claim(std::size_t length);
  void Varint(std::uint64_t value);

  std::span<std::uint8_t> out_;
  std::size_t size_ = 0;
  bool ok_ = true;
};

}  // namespace latchkey::wire
