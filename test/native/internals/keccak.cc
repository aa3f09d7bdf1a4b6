#include "test/native/internals/keccak.h"

#include <bit>

namespace latchkey::internals {
namespace {

// One step of the linear feedback register of FIPS 202 §3.2.5.
std::uint8_t NextRoundBit(std::uint8_t& state) {
  const auto bit = static_cast<std::uint8_t>(state & 1);
  state = static_cast<std::uint8_t>((state << 1) ^ ((state & 0x80) != 0 ? 0x71 : 0));
  return bit;
}

}  // namespace

Shake128Stream::Shake128Stream() {
  // Padding of the empty message: the suffix 1111 of SHAKE, then 10*1.
  lanes_[0] = 0x1f;
  lanes_[kRateBytes / 8 - 1] = 0x8000000000000000U;
  Permute();
}

void Shake128Stream::Read(std::span<std::uint8_t> out) {
  for (std::uint8_t& byte : out) {
    if (used_ == kRateBytes) Permute();
    byte = static_cast<std::uint8_t>(lanes_[used_ / 8] >> (8 * (used_ % 8)));
    ++used_;
  }
}

// Keccak-f[1600], FIPS 202 §3.2 and §3.3.
void Shake128Stream::Permute() {
  std::uint8_t feedback = 1;
  for (int round = 0; round < 24; ++round) {
    std::array<std::uint64_t, 5> parity{};
    for (std::size_t i = 0; i < 25; ++i) parity[i % 5] ^= lanes_[i];
    for (std::size_t i = 0; i < 25; ++i) lanes_[i] ^= parity[(i + 4) % 5] ^ std::rotl(parity[(i + 1) % 5], 1);

    std::size_t x = 1;
    std::size_t y = 0;
    std::uint64_t moved = lanes_[1];
    for (int step = 0; step < 24; ++step) {
      const std::size_t next_y = (2 * x + 3 * y) % 5;
      x = y;
      y = next_y;
      const std::uint64_t kept = lanes_[x + 5 * y];
      lanes_[x + 5 * y] = std::rotl(moved, (step + 1) * (step + 2) / 2 % 64);
      moved = kept;
    }
    for (std::size_t row = 0; row < 25; row += 5) {
      const std::array<std::uint64_t, 5> r = {lanes_[row], lanes_[row + 1], lanes_[row + 2], lanes_[row + 3],
                                              lanes_[row + 4]};
      for (std::size_t i = 0; i < 5; ++i) lanes_[row + i] = r[i] ^ (~r[(i + 1) % 5] & r[(i + 2) % 5]);
    }
    for (int j = 0; j <= 6; ++j) lanes_[0] ^= std::uint64_t{NextRoundBit(feedback)} << ((1 << j) - 1);
  }
  used_ = 0;
}

}  // namespace latchkey::internals
