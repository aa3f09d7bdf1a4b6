#pragma once

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// Nonces, straight from getrandom(2): nothing between the kernel and the call buffers them, so a cloned or forked
// process cannot repeat one. Draw all nonces of a call at once and wipe them when it ends.
Status DrawNonces(MutableBytes nonces);

// Keys, data keys and GenerateRandom: OpenSSL's private DRBG, which reseeds after a fork.
Status DrawSecret(MutableBytes secret);

}  // namespace latchkey::crypto
