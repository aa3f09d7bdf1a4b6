#pragma once

#include <cstddef>

#include "native/crypto/status.h"
#include "native/wire/bytes.h"
#include "native/wire/utf8.h"

namespace latchkey::wire {

inline constexpr std::size_t kMaxGrantTokens = 10;
inline constexpr std::size_t kMaxGrantTokenBytes = 8192;

// The grant tokens of a request: counted and not collected, because nearly no request has any. RepeatedBytes reads them
// where they stand.
class GrantTokens {
 public:
  // Takes one. Errors: kInvalidUtf8, and kTooManyGrantTokens from the first that is too many on.
  [[nodiscard]] Status Add(Bytes token) {
    if (++count_ > kMaxGrantTokens) return Status::kTooManyGrantTokens;
    out_of_range_ = out_of_range_ || token.empty() || token.size() > kMaxGrantTokenBytes;
    return IsUtf8(token) ? Status::kOk : Status::kInvalidUtf8;
  }
  // After the last Add. kGrantTokenOutOfRange when one is empty or over kMaxGrantTokenBytes.
  [[nodiscard]] Status Finish() const { return out_of_range_ ? Status::kGrantTokenOutOfRange : Status::kOk; }

  [[nodiscard]] std::size_t count() const { return count_; }

 private:
  std::size_t count_ = 0;
  bool out_of_range_ = false;
};

}  // namespace latchkey::wire
