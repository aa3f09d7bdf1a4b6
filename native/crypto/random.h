#pragma once

#include "native/crypto/openssl_handles.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// Nonces, straight from getrandom(2): nothing between the kernel and the call buffers them, so a cloned or forked
// process cannot repeat one. Draw all nonces of a call at once and wipe them when it ends.
Status DrawNonces(MutableBytes nonces);

// The nonces of one batch: AES-256-CTR under a key and counter that getrandom(2) gives to this batch alone, because the
// kernel takes a fifth of the time of sealing short messages for so many bytes. What is true of DrawNonces stays true:
// no random byte, and no state that makes one, is there before the batch or after it. Within a batch no 16 bytes
// repeat.
class NonceSource {
 public:
  // Fills `nonces` with the next bytes; seeds itself before the first. kRandomUnavailable.
  Status Draw(MutableBytes nonces);

 private:
  Status Seed();

  CipherContext stream_;
};

// Keys, data keys and GenerateRandom: OpenSSL's private DRBG, which reseeds after a fork.
Status DrawSecret(MutableBytes secret);

}  // namespace latchkey::crypto
