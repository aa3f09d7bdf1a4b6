#pragma once

#include "native/crypto/import_token.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/rsa_key.h"

namespace latchkey::crypto {

// Whether `wrapped` has the length of 32 bytes that were wrapped this way for a key of `modulus_bytes`.
[[nodiscard]] bool HasWrappedLength(ImportWrapping wrapping, std::size_t modulus_bytes, std::size_t wrapped_bytes);

// Unwraps what is to be imported. `unwrapped` is false, and `material` random, when anything about `wrapped` did not
// fit: its length, the padding, the key wrap, the length of what came out. The work is the same in every case, and the
// caller must go on as with real material until the end, so that nobody can tell the cases apart (no padding oracle:
// RFC 8017 §7.1.2). Anything but kOk is about the machine or the private key.
Status UnwrapImported(const PrivateKey& key, ImportWrapping wrapping, Bytes wrapped, MutableKey material,
                      bool& unwrapped);

}  // namespace latchkey::crypto
