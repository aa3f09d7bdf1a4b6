#include "native/crypto/random.h"

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/random.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <utility>

#include "native/crypto/algorithms.h"
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

Status NonceSource::Draw(MutableBytes nonces) {
  const ErrorQueueGuard drain;
  if (nonces.size() > INT_MAX) return Status::kInvalidArgument;
  if (stream_ == nullptr) {
    if (const Status status = Seed(); status != Status::kOk) return status;
  }
  std::ranges::fill(nonces, std::uint8_t{0});
  int written = 0;
  const bool drawn =
      EVP_EncryptUpdate(stream_.get(), nonces.data(), &written, nonces.data(), static_cast<int>(nonces.size())) == 1 &&
      written == static_cast<int>(nonces.size());
  // Zeros must not be taken for a nonce.
  return drawn ? Status::kOk : Status::kRandomUnavailable;
}

Status NonceSource::Seed() {
  constexpr std::size_t kKeyBytes = 32;
  SecretBytes<kKeyBytes + 16> seed;
  if (const Status status = DrawNonces(seed.span()); status != Status::kOk) return status;
  CipherContext stream(EVP_CIPHER_CTX_new());
  const std::uint8_t* const counter = seed.span().subspan<kKeyBytes>().data();
  if (stream == nullptr ||
      EVP_EncryptInit_ex2(stream.get(), FetchedAlgorithms().aes_256_ctr, seed.span().data(), counter, nullptr) != 1) {
    return Status::kRandomUnavailable;
  }
  stream_ = std::move(stream);
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
