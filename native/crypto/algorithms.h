#pragma once

#include <openssl/evp.h>

namespace latchkey::crypto {

// The algorithms in use, fetched once per process: an implicit fetch costs half a microsecond per message.
struct Algorithms {
  const EVP_CIPHER* aes_256_ctr;
  const EVP_CIPHER* aes_256_ecb;
  const EVP_CIPHER* aes_256_gcm;
  const EVP_CIPHER* aes_256_kwp;
  EVP_MAC* hmac;
  EVP_KDF* hkdf;
  // Whether all of them are there.
  bool complete;
};

const Algorithms& FetchedAlgorithms();

}  // namespace latchkey::crypto
