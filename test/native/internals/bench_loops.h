// What benchmarks compare: our sealing, and the plainest loop over EVP that computes the same.
#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/status.h"
#include "test/native/internals/stopwatch.h"

namespace latchkey::internals {

struct Loop {
  std::size_t plaintext_bytes;
  std::uint64_t iterations;
};

// XaesKey::Seal, as the data plane calls it, with the nonce given and 38 bytes of associated data.
Status SealLoop(const Loop& loop, Elapsed& elapsed);

// Keyed ECB context, two-block update, EVP_EncryptInit_ex with key and IV, associated data, update, final, tag.
Status EvpLoop(const Loop& loop, Elapsed& elapsed);

// Whether both loops would make the same bytes of one message.
Status LoopsAgree(std::size_t plaintext_bytes, bool& agree);

}  // namespace latchkey::internals
