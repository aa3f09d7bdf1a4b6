#include "native/crypto/algorithms.h"

#include <openssl/kdf.h>

#include "native/crypto/error_queue.h"

namespace latchkey::crypto {
namespace {

Algorithms Fetch() {
  const ErrorQueueGuard drain;
  Algorithms fetched{
      .aes_256_ctr = EVP_CIPHER_fetch(nullptr, "AES-256-CTR", nullptr),
      .aes_256_ecb = EVP_CIPHER_fetch(nullptr, "AES-256-ECB", nullptr),
      .aes_256_gcm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr),
      .aes_256_kwp = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr),
      .hmac = EVP_MAC_fetch(nullptr, "HMAC", nullptr),
      .hkdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr),
      .complete = false,
  };
  fetched.complete = fetched.aes_256_ctr != nullptr && fetched.aes_256_ecb != nullptr &&
                     fetched.aes_256_gcm != nullptr && fetched.aes_256_kwp != nullptr && fetched.hmac != nullptr &&
                     fetched.hkdf != nullptr;
  return fetched;
}

}  // namespace

// Never freed: OpenSSL frees its own library context when the process ends, in an order that we do not control.
const Algorithms& FetchedAlgorithms() {
  static const Algorithms algorithms = Fetch();
  return algorithms;
}

}  // namespace latchkey::crypto
