#include "test/native/internals/bench_loops.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <vector>

#include "native/crypto/xaes_256_gcm.h"
#include "test/native/internals/stopwatch.h"

namespace latchkey::internals {
namespace {

using crypto::kGcmNonceBytes;
using crypto::kTagBytes;
using crypto::kXaesKeyBytes;
using crypto::kXaesNonceBytes;

// A blob's header and an empty context.
constexpr std::size_t kAssociatedBytes = 34 + 4;
constexpr std::array<std::uint8_t, kAssociatedBytes> kAssociatedData{1, 1};
constexpr std::array<std::uint8_t, kXaesKeyBytes> kInputKey{0x4b};

using Nonce = std::array<std::uint8_t, kXaesNonceBytes>;

// A nonce per message, as cheap as can be.
void Count(Nonce& nonce, std::uint64_t message) { std::memcpy(nonce.data(), &message, sizeof message); }

struct Buffers {
  explicit Buffers(std::size_t plaintext_bytes)
      : plaintext(plaintext_bytes, 0x61), sealed(plaintext_bytes + kTagBytes) {}
  std::vector<std::uint8_t> plaintext;
  std::vector<std::uint8_t> sealed;
};

// The reference: contexts made once, everything else per message.
class EvpXaes {
 public:
  EvpXaes() : block_(EVP_CIPHER_CTX_new()), message_(EVP_CIPHER_CTX_new()) {
    int length = 0;
    EVP_EncryptInit_ex(block_.get(), EVP_aes_256_ecb(), nullptr, kInputKey.data(), nullptr);
    EVP_CIPHER_CTX_set_padding(block_.get(), 0);
    EVP_EncryptUpdate(block_.get(), k1_.data(), &length, k1_.data(), static_cast<int>(k1_.size()));
    const int carry = k1_[0] >> 7;
    for (std::size_t i = 0; i < 15; ++i) k1_[i] = static_cast<std::uint8_t>((k1_[i] << 1) | (k1_[i + 1] >> 7));
    k1_[15] = static_cast<std::uint8_t>((k1_[15] << 1) ^ (carry * 0x87));
    EVP_EncryptInit_ex(message_.get(), EVP_aes_256_gcm(), nullptr, nullptr, nullptr);
  }

  bool Seal(const Nonce& nonce, Buffers& buffers) {
    std::array<std::uint8_t, 32> blocks = {0, 1, 'X', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 'X', 0};
    std::array<std::uint8_t, 32> key{};
    std::memcpy(&blocks[4], nonce.data(), kGcmNonceBytes);
    std::memcpy(&blocks[20], nonce.data(), kGcmNonceBytes);
    for (std::size_t i = 0; i < 32; ++i) blocks[i] ^= k1_[i % 16];
    int length = 0;
    const int size = static_cast<int>(buffers.plaintext.size());
    return EVP_EncryptUpdate(block_.get(), key.data(), &length, blocks.data(), 32) == 1 &&
           EVP_EncryptInit_ex(message_.get(), nullptr, nullptr, key.data(), &nonce[kGcmNonceBytes]) == 1 &&
           EVP_EncryptUpdate(message_.get(), nullptr, &length, kAssociatedData.data(), kAssociatedBytes) == 1 &&
           EVP_EncryptUpdate(message_.get(), buffers.sealed.data(), &length, buffers.plaintext.data(), size) == 1 &&
           EVP_EncryptFinal_ex(message_.get(), buffers.sealed.data() + size, &length) == 1 &&
           EVP_CIPHER_CTX_ctrl(message_.get(), EVP_CTRL_AEAD_GET_TAG, kTagBytes, buffers.sealed.data() + size) == 1;
  }

 private:
  crypto::CipherContext block_;
  crypto::CipherContext message_;
  std::array<std::uint8_t, 16> k1_{};
};

}  // namespace

Status SealLoop(const Loop& loop, Elapsed& elapsed) {
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  if (!arena.mapped()) return Status::kOutOfMemory;
  if (const Status status = crypto::XaesKey::Make(kInputKey, arena, key); status != Status::kOk) return status;
  Buffers buffers(loop.plaintext_bytes);
  Nonce nonce{};
  const Stopwatch stopwatch;
  for (std::uint64_t message = 0; message < loop.iterations; ++message) {
    Count(nonce, message);
    const Status status = key.Seal(nonce, kAssociatedData, buffers.plaintext, buffers.sealed);
    if (status != Status::kOk) return status;
  }
  elapsed = stopwatch.Read();
  return Status::kOk;
}

Status EvpLoop(const Loop& loop, Elapsed& elapsed) {
  EvpXaes reference;
  Buffers buffers(loop.plaintext_bytes);
  Nonce nonce{};
  const Stopwatch stopwatch;
  for (std::uint64_t message = 0; message < loop.iterations; ++message) {
    Count(nonce, message);
    if (!reference.Seal(nonce, buffers)) return Status::kOpensslFailed;
  }
  elapsed = stopwatch.Read();
  return Status::kOk;
}

Status LoopsAgree(std::size_t plaintext_bytes, bool& agree) {
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  if (!arena.mapped()) return Status::kOutOfMemory;
  if (const Status status = crypto::XaesKey::Make(kInputKey, arena, key); status != Status::kOk) return status;
  Buffers ours(plaintext_bytes);
  Buffers theirs(plaintext_bytes);
  Nonce nonce{};
  Count(nonce, 0x0123456789abcdefU);
  const Status status = key.Seal(nonce, kAssociatedData, ours.plaintext, ours.sealed);
  if (status != Status::kOk) return status;
  EvpXaes reference;
  if (!reference.Seal(nonce, theirs)) return Status::kOpensslFailed;
  agree = ours.sealed == theirs.sealed;
  return Status::kOk;
}

}  // namespace latchkey::internals
