#pragma once

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

struct HkdfInput {
  Bytes key;
  Bytes salt;
  Bytes info;
};

// HKDF-SHA-256 (RFC 5869), extract and expand. `okm` is filled whole, at most 255 · 32 bytes; wiped on failure.
Status HkdfSha256(const HkdfInput& input, MutableBytes okm);

}  // namespace latchkey::crypto
