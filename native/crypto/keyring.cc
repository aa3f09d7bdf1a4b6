#include "native/crypto/keyring.h"

#include <algorithm>
#include <utility>

#include "native/crypto/random.h"

namespace latchkey::crypto {

Status Keyring::OpenRootKey(const RootKeyPath& path, KeyId& id) {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  ArenaSlot root_key;
  ArenaSlot wrap;
  if (const Status status = arena_->Allocate(root_key); status != Status::kOk) return status;
  if (const Status status = arena_->Allocate(wrap); status != Status::kOk) return status;
  const auto key = root_key.bytes().first<kKeyBytes>();
  if (const Status status = OpenRootKeyFile(path, *arena_, id, key); status != Status::kOk) return status;
  const Status derived = DeriveForPurpose(key, "wrap", wrap.bytes().first<kKeyBytes>());
  if (derived != Status::kOk) return derived;
  root_id_ = id;
  root_wrap_ = std::move(wrap);
  return Status::kOk;
}

Status Keyring::CreateDomainKey(KeyId& id, StoredDomainKey& stored) {
  if (const Status status = CheckRootKey(); status != Status::kOk) return status;
  ArenaSlot slot;
  if (const Status status = arena_->Allocate(slot); status != Status::kOk) return status;
  const auto key = slot.bytes().first<kKeyBytes>();
  if (const Status status = DrawSecret(key); status != Status::kOk) return status;
  if (const Status status = DeriveKeyId(key, id); status != Status::kOk) return status;
  const Status wrapped = StoreKey(KeyKind::kDomain, RootWrapping(), id, key, stored);
  return wrapped == Status::kOk ? Keep(id, key) : wrapped;
}

Status Keyring::LoadDomainKey(Bytes stored, KeyId& id) {
  if (const Status status = CheckRootKey(); status != Status::kOk) return status;
  ArenaSlot slot;
  if (const Status status = arena_->Allocate(slot); status != Status::kOk) return status;
  const auto key = slot.bytes().first<kKeyBytes>();
  KeyId root_id{};
  if (const Status status = ReadStoredKeyWrapping(stored, root_id); status != Status::kOk) return status;
  if (root_id != *root_id_) return Status::kWrongRootKey;
  const Status opened = OpenStoredKey(KeyKind::kDomain, RootWrapping(), stored, id, key);
  return opened == Status::kOk ? Keep(id, key) : opened;
}

Status Keyring::GenerateMaterial(const KeyId& domain_key_id, const MaterialOwner& owner, MaterialId& id,
                                 StoredMaterial& stored) {
  if (const Status status = CheckDomainKey(domain_key_id); status != Status::kOk) return status;
  ArenaSlot slot;
  if (const Status status = arena_->Allocate(slot); status != Status::kOk) return status;
  const auto material = slot.bytes().first<kKeyBytes>();
  if (const Status status = DrawSecret(material); status != Status::kOk) return status;
  return WrapMaterial(domain_key_id, owner, material, id, stored);
}

Status Keyring::WrapMaterial(const KeyId& domain_key_id, const MaterialOwner& owner, Key material, MaterialId& id,
                             StoredMaterial& stored) {
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_key_id, domain); status != Status::kOk) return status;
  ArenaSlot derived;
  if (const Status status = arena_->Allocate(derived); status != Status::kOk) return status;
  const auto input_key = derived.bytes().first<kKeyBytes>();
  if (const Status status = DeriveFromMaterial(material, owner, id, input_key); status != Status::kOk) return status;
  return StoreMaterial(Wrapping(*domain), {.owner = owner, .id = id}, material, stored);
}

Status Keyring::OpenMaterial(const MaterialName& name, Bytes stored, MutableKey input_key) {
  KeyId domain_id{};
  if (const Status status = ReadStoredMaterialDomain(stored, domain_id); status != Status::kOk) return status;
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_id, domain); status != Status::kOk) return status;
  return OpenStoredMaterial(Wrapping(*domain), name, stored, input_key);
}

Status Keyring::CreateImportKey(const KeyId& domain_key_id, KeyId& id, StoredImportKey& stored) {
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_key_id, domain); status != Status::kOk) return status;
  ArenaSlot slot;
  if (const Status status = arena_->Allocate(slot); status != Status::kOk) return status;
  const auto key = slot.bytes().first<kKeyBytes>();
  if (const Status status = DrawSecret(key); status != Status::kOk) return status;
  if (const Status status = DeriveKeyId(key, id); status != Status::kOk) return status;
  const Status wrapped = StoreKey(KeyKind::kImport, Wrapping(*domain), id, key, stored);
  return wrapped == Status::kOk ? KeepImportKey(id, key) : wrapped;
}

Status Keyring::LoadImportKey(Bytes stored, KeyId& id) {
  KeyId domain_id{};
  if (const Status status = ReadStoredKeyWrapping(stored, domain_id); status != Status::kOk) return status;
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_id, domain); status != Status::kOk) return status;
  ArenaSlot slot;
  if (const Status status = arena_->Allocate(slot); status != Status::kOk) return status;
  const auto key = slot.bytes().first<kKeyBytes>();
  const Status opened = OpenStoredKey(KeyKind::kImport, Wrapping(*domain), stored, id, key);
  return opened == Status::kOk ? KeepImportKey(id, key) : opened;
}

bool Keyring::EvictImportKey(const KeyId& id) {
  return std::erase_if(import_keys_, [&id](const ImportKey& key) { return key.id == id; }) > 0;
}

Status Keyring::SealToken(const KeyId& import_key_id, const KeyId& key_id, const ImportTokenFields& fields,
                          const ImportTokenContent& content, std::vector<std::uint8_t>& token) const {
  const ImportKey* key = nullptr;
  if (const Status status = FindImportKey(import_key_id, key); status != Status::kOk) return status;
  return SealImportToken(Wrapping(*key), key_id, fields, content, token);
}

Status Keyring::OpenToken(const KeyId& key_id, Bytes token, ImportTokenContent& content,
                          ImportTokenFields& fields) const {
  KeyId import_key_id{};
  if (const Status status = ReadImportTokenKey(token, import_key_id); status != Status::kOk) return status;
  const ImportKey* key = nullptr;
  if (const Status status = FindImportKey(import_key_id, key); status != Status::kOk) return status;
  return OpenImportToken(Wrapping(*key), key_id, token, content, fields);
}

Status Keyring::CheckImportKey(const KeyId& id) const {
  const ImportKey* found = nullptr;
  return FindImportKey(id, found);
}

Status Keyring::CheckDomainKey(const KeyId& id) const {
  const DomainKey* found = nullptr;
  return FindDomainKey(id, found);
}

Status Keyring::RecordMac(const KeyId& domain_key_id, const Record& record, Mac& mac) const {
  constexpr auto kHoldsNul = [](std::string_view text) { return text.find('\0') != std::string_view::npos; };
  if (kHoldsNul(record.kind) || kHoldsNul(record.primary_key)) return Status::kInvalidArgument;
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_key_id, domain); status != Status::kOk) return status;
  const Bytes nul = TextBytes(std::string_view("\0", 1));
  return HmacSha256(domain->macs.bytes().first<kKeyBytes>(),
                    {TextBytes("latchkey row v1"), nul, TextBytes(record.kind), nul, TextBytes(record.primary_key), nul,
                     record.bytes},
                    mac);
}

Status Keyring::PageMac(const KeyId& domain_key_id, Bytes content, Mac& mac) const {
  const DomainKey* domain = nullptr;
  if (const Status status = FindDomainKey(domain_key_id, domain); status != Status::kOk) return status;
  return HmacSha256(domain->macs.bytes().last<kKeyBytes>(), {content}, mac);
}

void Keyring::Forget() {
  import_keys_.clear();
  domain_keys_.clear();
  root_wrap_ = ArenaSlot();
  root_id_.reset();
}

Status Keyring::Keep(const KeyId& id, Key domain_key) {
  const DomainKey* present = nullptr;
  if (FindDomainKey(id, present) == Status::kOk) return Status::kOk;
  if (domain_keys_.size() == kMaxDomainKeys) return Status::kOutOfMemory;
  DomainKey kept{.id = id, .wrap = {}, .macs = {}};
  if (const Status status = arena_->Allocate(kept.wrap); status != Status::kOk) return status;
  if (const Status status = arena_->Allocate(kept.macs); status != Status::kOk) return status;
  const auto wrap = kept.wrap.bytes().first<kKeyBytes>();
  const auto row = kept.macs.bytes().first<kKeyBytes>();
  const auto page = kept.macs.bytes().last<kKeyBytes>();
  if (const Status status = DeriveForPurpose(domain_key, "wrap", wrap); status != Status::kOk) return status;
  if (const Status status = DeriveForPurpose(domain_key, "row", row); status != Status::kOk) return status;
  if (const Status status = DeriveForPurpose(domain_key, "page", page); status != Status::kOk) return status;
  domain_keys_.push_back(std::move(kept));
  return Status::kOk;
}

Status Keyring::KeepImportKey(const KeyId& id, Key import_key) {
  if (CheckImportKey(id) == Status::kOk) return Status::kOk;
  if (import_keys_.size() == kMaxImportKeys) return Status::kOutOfMemory;
  ImportKey kept{.id = id, .wrap = {}};
  if (const Status status = arena_->Allocate(kept.wrap); status != Status::kOk) return status;
  const Status derived = DeriveForPurpose(import_key, "wrap", kept.wrap.bytes().first<kKeyBytes>());
  if (derived != Status::kOk) return derived;
  import_keys_.push_back(std::move(kept));
  return Status::kOk;
}

Status Keyring::FindDomainKey(const KeyId& id, const DomainKey*& found) const {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  const auto place = std::ranges::find(domain_keys_, id, &DomainKey::id);
  if (place == domain_keys_.end()) return Status::kNoSuchDomainKey;
  found = &*place;
  return Status::kOk;
}

Status Keyring::FindImportKey(const KeyId& id, const ImportKey*& found) const {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  const auto place = std::ranges::find(import_keys_, id, &ImportKey::id);
  if (place == import_keys_.end()) return Status::kImportTokenRefused;
  found = &*place;
  return Status::kOk;
}

WrappingKey Keyring::Wrapping(const ImportKey& import_key) const {
  return {.id = import_key.id, .key = import_key.wrap.bytes().first<kKeyBytes>(), .arena = arena_};
}

WrappingKey Keyring::Wrapping(const DomainKey& domain) const {
  return {.id = domain.id, .key = domain.wrap.bytes().first<kKeyBytes>(), .arena = arena_};
}

WrappingKey Keyring::RootWrapping() const {
  return {.id = *root_id_, .key = root_wrap_.bytes().first<kKeyBytes>(), .arena = arena_};
}

Status Keyring::CheckRootKey() const {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  return root_id_.has_value() ? Status::kOk : Status::kNoRootKey;
}

}  // namespace latchkey::crypto
