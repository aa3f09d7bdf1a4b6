#include "native/crypto/random.h"

#include <openssl/rand.h>
#include <sys/random.h>

#include <cerrno>
#include <climits>

#include "native/crypto/error_queue.h"

namespace latchkey::crypto {

Status DrawNonces(MutableBytes nonces) {
  while (!nonces.empty()) {
    const ssize_t drawn = getrandom(nonces.data(), nonces.size(), 0);
    if (drawn < 0 && errno == EINTR) continue;
    if (drawn <= 0) return Status::kRandomUnavailable;
    nonces = nonces.subspan(static_cast<std::size_t>(drawn));
  }
  return Status::kOk;
}

Status DrawSecret(MutableBytes secret) {
  const ErrorQueueGuard drain;
  if (secret.size() > INT_MAX) return Status::kInvalidArgument;
  if (RAND_priv_bytes(secret.data(), static_cast<int>(secret.size())) == 1) return Status::kOk;
  Wipe(secret);
  return Status::kRandomUnavailable;
}

}  // namespace latchkey::crypto
