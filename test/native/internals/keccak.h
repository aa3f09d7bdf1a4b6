// SHAKE-128 with empty input as an endless stream of bytes. OpenSSL 3.0 can squeeze only once.
#pragma once

#include <array>
#include <cstdint>
#include <span>

namespace latchkey::internals {

class Shake128Stream {
 public:
  Shake128Stream();
  void Read(std::span<std::uint8_t> out);

 private:
  static constexpr std::size_t kRateBytes = 168;
  void Permute();

  std::array<std::uint64_t, 25> lanes_{};
  std::size_t used_ = 0;
};

}  // namespace latchkey::internals
