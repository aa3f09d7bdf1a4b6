#include "test/native/internals/accumulated.h"

#include <openssl/evp.h>

#include <memory>
#include <vector>

#include "native/crypto/xaes_256_gcm.h"
#include "test/native/internals/keccak.h"

namespace latchkey::internals {
namespace {

struct FreeDigest {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Digest = std::unique_ptr<EVP_MD_CTX, FreeDigest>;

std::vector<std::uint8_t> ReadShort(Shake128Stream& random) {
  std::array<std::uint8_t, 1> length{};
  random.Read(length);
  std::vector<std::uint8_t> bytes(length[0]);
  random.Read(bytes);
  return bytes;
}

Status SealOne(Shake128Stream& random, crypto::KeyArena& arena, EVP_MD_CTX* digest) {
  std::array<std::uint8_t, crypto::kXaesKeyBytes> input_key{};
  std::array<std::uint8_t, crypto::kXaesNonceBytes> nonce{};
  random.Read(input_key);
  random.Read(nonce);
  const std::vector<std::uint8_t> plaintext = ReadShort(random);
  const std::vector<std::uint8_t> associated_data = ReadShort(random);

  crypto::XaesKey key;
  std::vector<std::uint8_t> sealed(plaintext.size() + crypto::kTagBytes);
  std::vector<std::uint8_t> opened(plaintext.size());
  Status status = crypto::XaesKey::Make(input_key, arena, key);
  if (status == Status::kOk) status = key.Seal(nonce, associated_data, plaintext, sealed);
  if (status == Status::kOk) status = key.Open(nonce, associated_data, sealed, opened);
  if (status != Status::kOk) return status;
  const bool hashed = EVP_DigestUpdate(digest, sealed.data(), sealed.size()) == 1;
  return hashed && opened == plaintext ? Status::kOk : Status::kOpensslFailed;
}

}  // namespace

Status AccumulatedXaes(std::uint64_t iterations, std::array<std::uint8_t, 32>& hash) {
  const Digest digest(EVP_MD_CTX_new());
  crypto::KeyArena arena(1);
  if (!arena.mapped() || EVP_DigestInit_ex(digest.get(), EVP_shake128(), nullptr) != 1) return Status::kOpensslFailed;
  Shake128Stream random;
  for (std::uint64_t i = 0; i < iterations; ++i) {
    if (const Status status = SealOne(random, arena, digest.get()); status != Status::kOk) return status;
  }
  return EVP_DigestFinalXOF(digest.get(), hash.data(), hash.size()) == 1 ? Status::kOk : Status::kOpensslFailed;
}

}  // namespace latchkey::internals
