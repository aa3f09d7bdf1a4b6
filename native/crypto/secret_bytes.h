// Borrowed bytes, and secrets on the stack that wipe themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace latchkey::crypto {

using Bytes = std::span<const std::uint8_t>;
using MutableBytes = std::span<std::uint8_t>;

// Overwrites with zeros in a way that the compiler may not remove.
void Wipe(MutableBytes bytes);

// Compares in a time that depends on the lengths only. False when they differ.
[[nodiscard]] bool EqualInConstantTime(Bytes a, Bytes b);

// A short-lived secret of fixed size: wiped when it goes out of scope. Keys that outlive a call are in a KeyArena.
template <std::size_t kSize>
class SecretBytes {
 public:
  SecretBytes() = default;
  ~SecretBytes() { Wipe(bytes_); }
  SecretBytes(const SecretBytes&) = delete;
  SecretBytes& operator=(const SecretBytes&) = delete;
  SecretBytes(SecretBytes&&) = delete;
  SecretBytes& operator=(SecretBytes&&) = delete;

  [[nodiscard]] std::span<std::uint8_t, kSize> span() { return bytes_; }
  [[nodiscard]] std::span<const std::uint8_t, kSize> span() const { return bytes_; }

 private:
  std::array<std::uint8_t, kSize> bytes_;
};

}  // namespace latchkey::crypto
