#pragma once

#include <cstddef>
#include <cstdint>

#include "native/crypto/status.h"
#include "test/native/internals/stopwatch.h"

namespace latchkey::internals {

struct BatchLoopOptions {
  std::size_t items;
  std::size_t item_bytes;
  std::uint64_t rounds;
  bool column;   // with a context column of row numbers
  bool decrypt;  // BatchDecrypt instead of BatchEncrypt
};

// ParseBatch and RunBatch of one request, as the binding calls them, without JavaScript.
Status BatchLoop(const BatchLoopOptions& options, Elapsed& elapsed);

}  // namespace latchkey::internals
