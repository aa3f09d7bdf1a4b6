#pragma once

#include "native/crypto/key_derivation.h"
#include "native/crypto/secret_bytes.h"

namespace latchkey::crypto {

// AES-256-KWP (RFC 5649): key wrap with padding. False when it does not open, whatever the reason; nothing of it is
// left in `opened` then. `opened` has room for `wrapped`, which is more than what comes out.
[[nodiscard]] bool KwpUnwrap(Key key, Bytes wrapped, MutableBytes opened, std::size_t& size);

}  // namespace latchkey::crypto
