#include "native/crypto/stored_key.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "native/crypto/random.h"

namespace latchkey::crypto {
namespace {

constexpr std::uint8_t kVersion = 0x01;
constexpr std::size_t kWrappedBytes = kXaesNonceBytes + kKeyBytes + kTagBytes;

using Wrapped = std::span<std::uint8_t, kWrappedBytes>;
using WrappedView = std::span<const std::uint8_t, kWrappedBytes>;

void Append(std::vector<std::uint8_t>& bytes, Bytes more) { bytes.insert(bytes.end(), more.begin(), more.end()); }

std::string_view ContextOf(KeyKind kind) {
  return kind == KeyKind::kDomain ? std::string_view("latchkey domain key v1\0", 23)
                                  : std::string_view("latchkey import key v1\0", 23);
}

std::vector<std::uint8_t> KeyContext(KeyKind kind, const KeyId& wrapping_id, const KeyId& id) {
  std::vector<std::uint8_t> context;
  Append(context, TextBytes(ContextOf(kind)));
  Append(context, wrapping_id);
  Append(context, id);
  return context;
}

std::vector<std::uint8_t> MaterialContext(const MaterialName& name) {
  std::vector<std::uint8_t> context;
  Append(context, TextBytes(std::string_view("latchkey stored key v1\0", 23)));
  Append(context, name.owner.key_id);
  Append(context, name.id);
  Append(context, TextBytes(name.owner.key_spec));
  return context;
}

// Wrapping is rare, and a context that outlived it would be one more copy of the wrapping key on the heap.
Status Wrap(const WrappingKey& wrapping, Bytes context, Key key, Wrapped wrapped) {
  XaesKey xaes;
  if (const Status status = XaesKey::Make(wrapping.key, *wrapping.arena, xaes); status != Status::kOk) return status;
  const auto nonce = wrapped.first<kXaesNonceBytes>();
  if (const Status status = DrawNonces(nonce); status != Status::kOk) return status;
  return xaes.Seal(nonce, context, key, wrapped.subspan<kXaesNonceBytes>());
}

Status Unwrap(const WrappingKey& wrapping, Bytes context, WrappedView wrapped, MutableKey key) {
  XaesKey xaes;
  if (const Status status = XaesKey::Make(wrapping.key, *wrapping.arena, xaes); status != Status::kOk) return status;
  const auto nonce = wrapped.first<kXaesNonceBytes>();
  const Status opened = xaes.Open(nonce, context, wrapped.subspan<kXaesNonceBytes>(), key);
  return opened == Status::kOpenFailed ? Status::kStoredKeyRefused : opened;
}

}  // namespace

Status StoreKey(KeyKind kind, const WrappingKey& wrapping, const KeyId& id, Key key, StoredDomainKey& stored) {
  const auto out = std::span(stored);
  out[0] = kVersion;
  std::ranges::copy(wrapping.id, out.subspan<1>().begin());
  std::ranges::copy(id, out.subspan<1 + kKeyIdBytes>().begin());
  return Wrap(wrapping, KeyContext(kind, wrapping.id, id), key, out.last<kWrappedBytes>());
}

Status ReadStoredKeyWrapping(Bytes stored, KeyId& wrapping_key_id) {
  if (stored.size() != kStoredDomainKeyBytes || stored[0] != kVersion) return Status::kStoredKeyRefused;
  std::ranges::copy(stored.subspan(1, kKeyIdBytes), wrapping_key_id.begin());
  return Status::kOk;
}

Status OpenStoredKey(KeyKind kind, const WrappingKey& wrapping, Bytes stored, KeyId& id, MutableKey key) {
  KeyId wrapping_id{};
  if (const Status read = ReadStoredKeyWrapping(stored, wrapping_id); read != Status::kOk) return read;
  if (wrapping_id != wrapping.id) return Status::kStoredKeyRefused;
  std::ranges::copy(stored.subspan(1 + kKeyIdBytes, kKeyIdBytes), id.begin());

  Status status = Unwrap(wrapping, KeyContext(kind, wrapping.id, id), stored.last<kWrappedBytes>(), key);
  KeyId derived{};
  if (status == Status::kOk) status = DeriveKeyId(key, derived);
  if (status == Status::kOk && !EqualInConstantTime(derived, id)) status = Status::kStoredKeyRefused;
  if (status != Status::kOk) Wipe(key);
  return status;
}

Status StoreMaterial(const WrappingKey& domain, const MaterialName& name, Key material, StoredMaterial& stored) {
  const auto out = std::span(stored);
  out[0] = kVersion;
  std::ranges::copy(domain.id, out.subspan<1>().begin());
  return Wrap(domain, MaterialContext(name), material, out.last<kWrappedBytes>());
}

Status ReadStoredMaterialDomain(Bytes stored, KeyId& domain_key_id) {
  if (stored.size() != kStoredMaterialBytes || stored[0] != kVersion) return Status::kStoredKeyRefused;
  std::ranges::copy(stored.subspan(1, kKeyIdBytes), domain_key_id.begin());
  return Status::kOk;
}

Status OpenStoredMaterial(const WrappingKey& domain, const MaterialName& name, Bytes stored, MutableKey input_key) {
  KeyId domain_id{};
  if (const Status status = ReadStoredMaterialDomain(stored, domain_id); status != Status::kOk) return status;
  if (domain_id != domain.id) return Status::kStoredKeyRefused;

  ArenaSlot slot;
  if (const Status status = domain.arena->Allocate(slot); status != Status::kOk) return status;
  const auto material = slot.bytes().first<kKeyBytes>();
  Status status = Unwrap(domain, MaterialContext(name), stored.last<kWrappedBytes>(), material);
  MaterialId derived{};
  if (status == Status::kOk) status = DeriveFromMaterial(material, name.owner, derived, input_key);
  if (status == Status::kOk && !EqualInConstantTime(derived, name.id)) status = Status::kStoredKeyRefused;
  if (status != Status::kOk) Wipe(input_key);
  return status;
}

}  // namespace latchkey::crypto
