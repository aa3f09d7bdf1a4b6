// RSA key pairs for wrapping what is imported. Any thread may call these: they touch no memory but the caller's.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "native/crypto/openssl_handles.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

inline constexpr std::size_t kMaxModulusBytes = 512;
// Room that the PKCS#8 form of the largest key fits in.
inline constexpr std::size_t kMaxPkcs8Bytes = 2560;

// 2048, 3072 or 4096
[[nodiscard]] bool IsWrappingKeySize(std::uint64_t modulus_bits);

// Makes a key pair, e = 65537. Writes the private key (PKCS#8 DER) to the end of `buffer`, where `private_key` borrows
// it, and the public key (SubjectPublicKeyInfo DER). Takes seconds; kOpensslFailed soon after `stop` was set.
Status GenerateRsaKey(unsigned modulus_bits, const std::atomic<bool>& stop, MutableBytes buffer, Bytes& private_key,
                      std::vector<std::uint8_t>& public_key);

// kInvalidArgument for what is no PKCS#8 of an RSA key of at most kMaxModulusBytes.
Status LoadRsaKey(Bytes private_key, PrivateKey& key);
[[nodiscard]] std::size_t ModulusBytes(const PrivateKey& key);

enum class OaepHash : std::uint8_t { kSha1, kSha256 };

// RSAES-OAEP (RFC 8017 §7.1.2) with MGF1 of the same hash and an empty label. False when it does not open, whatever the
// reason. `opened` has room for the modulus.
[[nodiscard]] bool RsaOaepOpen(const PrivateKey& key, OaepHash hash, Bytes wrapped, MutableBytes opened,
                               std::size_t& size);

}  // namespace latchkey::crypto
