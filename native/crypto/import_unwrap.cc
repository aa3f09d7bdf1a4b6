#include "native/crypto/import_unwrap.h"

#include <array>

#include "native/crypto/aes_key_wrap.h"
#include "native/crypto/random.h"

namespace latchkey::crypto {
namespace {

// 32 bytes and the half block of RFC 5649.
constexpr std::size_t kKwpBytes = kKeyBytes + 8;

OaepHash HashOf(ImportWrapping wrapping) {
  return wrapping == ImportWrapping::kRsaesOaepSha256 || wrapping == ImportWrapping::kRsaAesKeyWrapSha256
             ? OaepHash::kSha256
             : OaepHash::kSha1;
}

bool WrapsAesKey(ImportWrapping wrapping) {
  return wrapping == ImportWrapping::kRsaAesKeyWrapSha256 || wrapping == ImportWrapping::kRsaAesKeyWrapSha1;
}

// Copies `chosen` over `key` when `choose`, without a branch.
void ReplaceIf(bool choose, Bytes chosen, MutableKey key) {
  const auto mask = static_cast<std::uint8_t>(-static_cast<int>(choose));
  for (std::size_t i = 0; i < key.size(); ++i) {
    key[i] = static_cast<std::uint8_t>((chosen[i] & mask) | (key[i] & ~mask));
  }
}

// The 32 bytes that OAEP hides; random bytes when they do not come out.
Status OpenKey(const PrivateKey& key, OaepHash hash, Bytes wrapped, MutableKey opened_key, bool& opened) {
  if (const Status status = DrawSecret(opened_key); status != Status::kOk) return status;
  SecretBytes<kMaxModulusBytes> buffer;
  std::size_t size = 0;
  opened = static_cast<bool>(static_cast<int>(RsaOaepOpen(key, hash, wrapped, buffer.span(), size)) &
                             static_cast<int>(size == kKeyBytes));
  ReplaceIf(opened, buffer.span(), opened_key);
  return Status::kOk;
}

Status UnwrapKey(Key wrapping_key, std::span<const std::uint8_t, kKwpBytes> wrapped, MutableKey material,
                 bool& opened) {
  if (const Status status = DrawSecret(material); status != Status::kOk) return status;
  SecretBytes<kKwpBytes> buffer;
  std::size_t size = 0;
  opened = static_cast<bool>(static_cast<int>(KwpUnwrap(wrapping_key, wrapped, buffer.span(), size)) &
                             static_cast<int>(size == kKeyBytes));
  ReplaceIf(opened, buffer.span(), material);
  return Status::kOk;
}

}  // namespace

bool HasWrappedLength(ImportWrapping wrapping, std::size_t modulus_bytes, std::size_t wrapped_bytes) {
  return wrapped_bytes == modulus_bytes + (WrapsAesKey(wrapping) ? kKwpBytes : 0);
}

Status UnwrapImported(const PrivateKey& key, ImportWrapping wrapping, Bytes wrapped, MutableKey material,
                      bool& unwrapped) {
  // What has another length is replaced by a number below the modulus that nothing was hidden in.
  std::array<std::uint8_t, kMaxModulusBytes + kKwpBytes> other{};
  other[1] = 1;
  const std::size_t modulus_bytes = ModulusBytes(key);
  const bool has_length = HasWrappedLength(wrapping, modulus_bytes, wrapped.size());
  const Bytes input = has_length ? wrapped : other;

  SecretBytes<kKeyBytes> hidden;
  bool opened = false;
  const Status status = OpenKey(key, HashOf(wrapping), input.first(modulus_bytes), hidden.span(), opened);
  if (status != Status::kOk) return status;
  if (!WrapsAesKey(wrapping)) {
    ReplaceIf(true, hidden.span(), material);
    unwrapped = static_cast<bool>(static_cast<int>(has_length) & static_cast<int>(opened));
    return Status::kOk;
  }
  bool key_unwrapped = false;
  const Status rest =
      UnwrapKey(hidden.span(), input.subspan(modulus_bytes).first<kKwpBytes>(), material, key_unwrapped);
  unwrapped =
      static_cast<bool>(static_cast<int>(has_length) & static_cast<int>(opened) & static_cast<int>(key_unwrapped));
  return rest;
}

}  // namespace latchkey::crypto
