#include "native/crypto/key_derivation.h"

#include <algorithm>
#include <string>
#include <vector>

#include "native/crypto/hkdf_sha256.h"

namespace latchkey::crypto {

Status DeriveFromMaterial(Key material, const MaterialOwner& owner, MaterialId& id,
                          std::span<std::uint8_t, kXaesKeyBytes> input_key) {
  const Bytes spec = TextBytes(owner.key_spec);
  std::vector<std::uint8_t> info(spec.begin(), spec.end());
  info.push_back(0);
  info.insert(info.end(), owner.key_id.begin(), owner.key_id.end());

  SecretBytes<kMaterialIdBytes + kXaesKeyBytes> okm;
  const Status status =
      HkdfSha256({.key = material, .salt = TextBytes("latchkey key material v1"), .info = info}, okm.span());
  if (status != Status::kOk) return status;
  std::ranges::copy(okm.span().first<kMaterialIdBytes>(), id.begin());
  std::ranges::copy(okm.span().last<kXaesKeyBytes>(), input_key.begin());
  return Status::kOk;
}

Status DeriveForPurpose(Key key, std::string_view purpose, MutableKey derived) {
  const std::string info = "latchkey " + std::string(purpose) + " v1";
  return HkdfSha256({.key = key, .salt = {}, .info = TextBytes(info)}, derived);
}

Status DeriveKeyId(Key key, KeyId& id) {
  SecretBytes<kKeyBytes> derived;
  if (const Status status = DeriveForPurpose(key, "id", derived.span()); status != Status::kOk) return status;
  std::ranges::copy(derived.span().first<kKeyIdBytes>(), id.begin());
  return Status::kOk;
}

Bytes TextBytes(std::string_view text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

}  // namespace latchkey::crypto
