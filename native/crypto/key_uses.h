#pragma once

#include <algorithm>
#include <cstdint>
#include <ctime>

namespace latchkey::crypto {

// What was done with one backing key, successfully. Advisory: nothing is decided by it.
struct KeyUses {
  std::uint64_t encryptions = 0;
  std::uint64_t decryptions = 0;
  std::uint64_t plaintext_bytes = 0;
  std::uint64_t first_used_at = 0;  // milliseconds since 1970; 0 when it was not used
  std::uint64_t last_used_at = 0;

  [[nodiscard]] bool any() const { return encryptions > 0 || decryptions > 0; }

  void Add(const KeyUses& more) {
    if (!more.any()) return;
    first_used_at = any() ? std::min(first_used_at, more.first_used_at) : more.first_used_at;
    last_used_at = std::max(last_used_at, more.last_used_at);
    encryptions += more.encryptions;
    decryptions += more.decryptions;
    plaintext_bytes += more.plaintext_bytes;
  }
};

// The time of a use: as of the last tick of the kernel, which costs a tenth of the exact one.
inline std::uint64_t UseTime() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME_COARSE, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1000U + static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000U;
}

inline KeyUses Encryptions(std::uint64_t count, std::uint64_t plaintext_bytes) {
  const std::uint64_t now = UseTime();
  return {.encryptions = count,
          .decryptions = 0,
          .plaintext_bytes = plaintext_bytes,
          .first_used_at = now,
          .last_used_at = now};
}

inline KeyUses Decryptions(std::uint64_t count, std::uint64_t plaintext_bytes) {
  const std::uint64_t now = UseTime();
  return {.encryptions = 0,
          .decryptions = count,
          .plaintext_bytes = plaintext_bytes,
          .first_used_at = now,
          .last_used_at = now};
}

}  // namespace latchkey::crypto
