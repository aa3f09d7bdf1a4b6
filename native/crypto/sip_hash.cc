#include "native/crypto/sip_hash.h"

#include <bit>
#include <cstring>

namespace latchkey::crypto {
namespace {

static_assert(std::endian::native == std::endian::little);

struct State {
  std::uint64_t v0, v1, v2, v3;

  void Round() {
    v0 += v1;
    v1 = std::rotl(v1, 13) ^ v0;
    v0 = std::rotl(v0, 32);
    v2 += v3;
    v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3;
    v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1;
    v1 = std::rotl(v1, 17) ^ v2;
    v2 = std::rotl(v2, 32);
  }
  void Take(std::uint64_t word) {
    v3 ^= word;
    Round();
    Round();
    v0 ^= word;
  }
};

}  // namespace

std::uint64_t SipHash(const SipKey& key, Bytes message) {
  State state{.v0 = key[0] ^ 0x736f6d6570736575,
              .v1 = key[1] ^ 0x646f72616e646f6d,
              .v2 = key[0] ^ 0x6c7967656e657261,
              .v3 = key[1] ^ 0x7465646279746573};
  const std::uint64_t length = message.size();
  std::uint64_t word = 0;
  for (; message.size() >= sizeof word; message = message.subspan(sizeof word)) {
    std::memcpy(&word, message.data(), sizeof word);
    state.Take(word);
  }
  word = length << 56;
  for (std::size_t at = 0; at < message.size(); ++at) word |= static_cast<std::uint64_t>(message[at]) << (8 * at);
  state.Take(word);
  state.v2 ^= 0xff;
  for (int round = 0; round < 4; ++round) state.Round();
  return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace latchkey::crypto
