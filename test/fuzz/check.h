#pragma once

#include <cstdio>
#include <cstdlib>
#include <string_view>

namespace latchkey::fuzz {

// Ends the process, which libFuzzer reports with the input, when a promise does not hold.
inline void Check(bool holds, std::string_view promise) {
  if (holds) return;
  std::fprintf(stderr, "broken: %.*s\n", static_cast<int>(promise.size()), promise.data());
  std::abort();
}

}  // namespace latchkey::fuzz
