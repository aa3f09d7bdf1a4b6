#include "native/crypto/crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#if defined(__x86_64__)
#include <nmmintrin.h>
#define LATCHKEY_CRC_TARGET __attribute__((target("sse4.2")))
#elif defined(__ARM_FEATURE_CRC32)
#include <arm_acle.h>
#define LATCHKEY_CRC_TARGET
#endif

namespace latchkey::crypto {
namespace {

static_assert(std::endian::native == std::endian::little);

using Table = std::array<std::uint32_t, 256>;

constexpr std::uint32_t kPolynomial = 0x82f63b78;  // reflected

constexpr std::uint32_t AdvanceByBits(std::uint32_t crc, int bits) {
  for (int bit = 0; bit < bits; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? kPolynomial : 0);
  return crc;
}

// kSlices[n][b]: what byte b contributes when n more bytes follow it in a word of eight.
constexpr std::array<Table, 8> MakeSlices() {
  std::array<Table, 8> slices{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) slices[0][byte] = AdvanceByBits(byte, 8);
  for (std::size_t n = 1; n < slices.size(); ++n) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = slices[n - 1][byte];
      slices[n][byte] = (before >> 8) ^ slices[0][before & 0xff];
    }
  }
  return slices;
}
constexpr std::array<Table, 8> kSlices = MakeSlices();

std::uint32_t AddByte(std::uint32_t crc, std::uint8_t byte) { return (crc >> 8) ^ kSlices[0][(crc ^ byte) & 0xff]; }

std::uint64_t LoadWord(const std::uint8_t* bytes) {
  std::uint64_t word = 0;
  std::memcpy(&word, bytes, sizeof word);
  return word;
}

#if defined(LATCHKEY_CRC_TARGET)

// The instruction has a latency of three cycles and a throughput of one: three lanes at a time, joined by advancing the
// earlier lanes' sums over the length of a lane. A sum is linear, so that the advance is four table look-ups.
constexpr std::size_t kLaneBytes = 256;

constexpr std::array<Table, 4> MakeLaneAdvance() {
  std::array<Table, 4> tables{};
  for (std::size_t position = 0; position < tables.size(); ++position) {
    for (std::uint32_t bit = 0; bit < 8; ++bit) {
      std::uint32_t crc = 1U << (8 * position + bit);
      for (std::size_t i = 0; i < kLaneBytes; ++i) crc = (crc >> 8) ^ kSlices[0][crc & 0xff];
      for (std::uint32_t byte = 1U << bit; byte < 2U << bit; ++byte) {
        tables[position][byte] = tables[position][byte - (1U << bit)] ^ crc;
      }
    }
  }
  return tables;
}
constexpr std::array<Table, 4> kLaneAdvance = MakeLaneAdvance();

std::uint32_t AdvanceByLane(std::uint32_t crc) {
  return kLaneAdvance[0][crc & 0xff] ^ kLaneAdvance[1][(crc >> 8) & 0xff] ^ kLaneAdvance[2][(crc >> 16) & 0xff] ^
         kLaneAdvance[3][crc >> 24];
}

LATCHKEY_CRC_TARGET inline std::uint32_t AddWord(std::uint32_t crc, std::uint64_t word) {
#if defined(__x86_64__)
  return static_cast<std::uint32_t>(_mm_crc32_u64(crc, word));
#else
  return __crc32cd(crc, word);
#endif
}

LATCHKEY_CRC_TARGET std::uint32_t ByInstruction(Bytes bytes) {
  std::uint32_t crc = ~0U;
  while (bytes.size() >= 3 * kLaneBytes) {
    std::uint32_t second = 0;
    std::uint32_t third = 0;
    for (std::size_t i = 0; i < kLaneBytes; i += sizeof(std::uint64_t)) {
      crc = AddWord(crc, LoadWord(&bytes[i]));
      second = AddWord(second, LoadWord(&bytes[kLaneBytes + i]));
      third = AddWord(third, LoadWord(&bytes[2 * kLaneBytes + i]));
    }
    crc = AdvanceByLane(AdvanceByLane(crc) ^ second) ^ third;
    bytes = bytes.subspan(3 * kLaneBytes);
  }
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    crc = AddWord(crc, LoadWord(bytes.data()));
  }
  for (const std::uint8_t byte : bytes) crc = AddByte(crc, byte);
  return ~crc;
}

#endif

using Implementation = std::uint32_t (*)(Bytes);

Implementation Fastest() {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("sse4.2") != 0) return ByInstruction;
#elif defined(LATCHKEY_CRC_TARGET)
  return ByInstruction;
#endif
  return Crc32cByTables;
}

}  // namespace

std::uint32_t Crc32c(Bytes bytes) {
  static const Implementation implementation = Fastest();
  return implementation(bytes);
}

std::uint32_t Crc32cByTables(Bytes bytes) {
  std::uint32_t crc = ~0U;
  for (; bytes.size() >= sizeof(std::uint64_t); bytes = bytes.subspan(sizeof(std::uint64_t))) {
    const std::uint64_t word = LoadWord(bytes.data()) ^ crc;
    crc = 0;
    for (std::size_t n = 0; n < kSlices.size(); ++n) crc ^= kSlices[7 - n][(word >> (8 * n)) & 0xff];
  }
  for (const std::uint8_t byte : bytes) crc = AddByte(crc, byte);
  return ~crc;
}

}  // namespace latchkey::crypto
