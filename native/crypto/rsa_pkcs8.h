// RSA private keys as PKCS#8 DER (RFC 5958 version 0, RFC 8017 appendix A.1.2). OpenSSL's own encoder and decoder leave
// copies of the key in memory that they free without wiping; these work in memory of the caller's.
#pragma once

#include <array>

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// n, e, d, p, q, d mod (p-1), d mod (q-1), q^-1 mod p: big-endian, leading zeros allowed.
inline constexpr std::size_t kRsaComponents = 8;
using RsaComponents = std::array<Bytes, kRsaComponents>;

// Writes to the end of `buffer`; `der` borrows that end. kBufferTooSmall.
Status WriteRsaPkcs8(const RsaComponents& components, MutableBytes buffer, Bytes& der);

// `components` borrow from `der`. kInvalidArgument for anything but what WriteRsaPkcs8 writes.
Status ReadRsaPkcs8(Bytes der, RsaComponents& components);

}  // namespace latchkey::crypto
