#pragma once

#include <openssl/err.h>

namespace latchkey::crypto {

// Leaves this thread's OpenSSL error queue empty on every way out of a scope. The queue is shared with Node, which
// would report a leftover of ours as a failure of its own.
class ErrorQueueGuard {
 public:
  ErrorQueueGuard() = default;
  ~ErrorQueueGuard() {
    if (!clean_) ERR_clear_error();
  }
  ErrorQueueGuard(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard& operator=(const ErrorQueueGuard&) = delete;
  ErrorQueueGuard(ErrorQueueGuard&&) = delete;
  ErrorQueueGuard& operator=(ErrorQueueGuard&&) = delete;

  // Says that every call succeeded, which leaves nothing in the queue. Looking there costs a tenth of a short message,
  // so the hot path says it.
  void NothingToDrain() { clean_ = true; }

 private:
  bool clean_ = false;
};

}  // namespace latchkey::crypto
