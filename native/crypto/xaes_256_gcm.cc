#include "native/crypto/xaes_256_gcm.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "native/crypto/algorithms.h"
#include "native/crypto/error_queue.h"

namespace latchkey::crypto {
namespace {

// Multiplies by x in GF(2^128), as CMAC does for its first subkey (SP 800-38B §6.1); no branch depends on the bits.
void Double(std::span<std::uint8_t, kAesBlockBytes> block) {
  const auto carry = static_cast<std::uint8_t>(block[0] >> 7);
  for (std::size_t i = 0; i + 1 < block.size(); ++i) {
    block[i] = static_cast<std::uint8_t>((block[i] << 1) | (block[i + 1] >> 7));
  }
  block.back() = static_cast<std::uint8_t>((block.back() << 1) ^ (0x87 & -carry));
}

// For counters 1 and 2: u16 counter || 'X' || 0x00 || salt
void WriteKdfInputs(std::span<const std::uint8_t, kGcmNonceBytes> salt, std::span<std::uint8_t, kGcmKeyBytes> inputs) {
  constexpr std::array<std::uint8_t, 4> kFirst = {0, 1, 'X', 0};
  constexpr std::array<std::uint8_t, 4> kSecond = {0, 2, 'X', 0};
  std::memcpy(&inputs[0], kFirst.data(), kFirst.size());
  std::memcpy(&inputs[4], salt.data(), salt.size());
  std::memcpy(&inputs[kAesBlockBytes], kSecond.data(), kSecond.size());
  std::memcpy(&inputs[kAesBlockBytes + 4], salt.data(), salt.size());
}

bool EncryptBlocks(EVP_CIPHER_CTX* block_cipher, Bytes in, MutableBytes out) {
  int written = 0;
  return EVP_EncryptUpdate(block_cipher, out.data(), &written, in.data(), static_cast<int>(in.size())) == 1 &&
         written == static_cast<int>(out.size());
}

}  // namespace

Status XaesKey::Make(XaesInputKey input_key, KeyArena& arena, XaesKey& key) {
  const ErrorQueueGuard drain;
  XaesKey made;
  if (const Status status = arena.Allocate(made.k1_); status != Status::kOk) return status;

  made.block_cipher_.reset(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX* block_cipher = made.block_cipher_.get();
  const EVP_CIPHER* ecb = FetchedAlgorithms().aes_256_ecb;
  const auto k1 = made.k1_.bytes().first<kAesBlockBytes>();
  constexpr std::array<std::uint8_t, kAesBlockBytes> kZeros{};
  if (block_cipher == nullptr || EVP_EncryptInit_ex2(block_cipher, ecb, input_key.data(), nullptr, nullptr) != 1 ||
      EVP_CIPHER_CTX_set_padding(block_cipher, 0) != 1 || !EncryptBlocks(block_cipher, kZeros, k1)) {
    return Status::kOpensslFailed;
  }
  Double(k1);
  key = std::move(made);
  return Status::kOk;
}

Status XaesKey::Copy(KeyArena& arena, XaesKey& copy) const {
  const ErrorQueueGuard drain;
  XaesKey made;
  if (const Status status = arena.Allocate(made.k1_); status != Status::kOk) return status;
  made.block_cipher_.reset(EVP_CIPHER_CTX_new());
  if (made.block_cipher_ == nullptr || EVP_CIPHER_CTX_copy(made.block_cipher_.get(), block_cipher_.get()) != 1) {
    return Status::kOpensslFailed;
  }
  std::ranges::copy(k1(), made.k1_.bytes().begin());
  copy = std::move(made);
  return Status::kOk;
}

Status XaesKey::Seal(XaesNonce nonce, Bytes associated_data, Bytes plaintext, MutableBytes sealed) const {
  SecretBytes<kGcmKeyBytes> message_key;
  const Status derived = DeriveMessageKey(nonce.first<kGcmNonceBytes>(), message_key.span());
  if (derived != Status::kOk) return derived;
  return GcmSeal({message_key.span(), nonce.last<kGcmNonceBytes>()}, associated_data, plaintext, sealed);
}

Status XaesKey::Open(XaesNonce nonce, Bytes associated_data, Bytes sealed, MutableBytes plaintext) const {
  SecretBytes<kGcmKeyBytes> message_key;
  const Status derived = DeriveMessageKey(nonce.first<kGcmNonceBytes>(), message_key.span());
  if (derived != Status::kOk) {
    Wipe(plaintext);
    return derived;
  }
  return GcmOpen({message_key.span(), nonce.last<kGcmNonceBytes>()}, associated_data, sealed, plaintext);
}

Status XaesKey::DeriveMessageKey(std::span<const std::uint8_t, kGcmNonceBytes> salt,
                                 std::span<std::uint8_t, kGcmKeyBytes> message_key) const {
  WriteKdfInputs(salt, message_key);
  return CmacOfBlocks(message_key);
}

// A message of one whole block has the MAC E_K(message xor K1).
Status XaesKey::CmacOfBlocks(MutableBytes blocks) const {
  ErrorQueueGuard drain;
  using Words = std::array<std::uint64_t, 2>;
  Words subkey{};
  std::memcpy(subkey.data(), k1().data(), kAesBlockBytes);
  for (std::size_t start = 0; start < blocks.size(); start += kAesBlockBytes) {
    Words block{};
    std::memcpy(block.data(), &blocks[start], kAesBlockBytes);
    block[0] ^= subkey[0];
    block[1] ^= subkey[1];
    std::memcpy(&blocks[start], block.data(), kAesBlockBytes);
  }
  if (!EncryptBlocks(block_cipher_.get(), blocks, blocks)) return Status::kOpensslFailed;
  drain.NothingToDrain();
  return Status::kOk;
}

void MessageKeys::Set(std::size_t index, XaesNonce nonce) {
  WriteKdfInputs(nonce.first<kGcmNonceBytes>(),
                 keys_.span().subspan(index * kGcmKeyBytes).template first<kGcmKeyBytes>());
  std::memcpy(nonces_[index].data(), nonce.last<kGcmNonceBytes>().data(), kGcmNonceBytes);
}

Status MessageKeys::Derive(const XaesKey& key, std::size_t first, std::size_t count) {
  return key.CmacOfBlocks(keys_.span().subspan(first * kGcmKeyBytes, count * kGcmKeyBytes));
}

Status MessageKeys::Seal(std::size_t index, Bytes associated_data, Bytes plaintext, MutableBytes sealed) const {
  return GcmSeal(KeyOf(index), associated_data, plaintext, sealed);
}

Status MessageKeys::Open(std::size_t index, Bytes associated_data, Bytes sealed, MutableBytes plaintext) const {
  return GcmOpen(KeyOf(index), associated_data, sealed, plaintext);
}

GcmKey MessageKeys::KeyOf(std::size_t index) const {
  return {keys_.span().subspan(index * kGcmKeyBytes).template first<kGcmKeyBytes>(), nonces_[index]};
}

}  // namespace latchkey::crypto
