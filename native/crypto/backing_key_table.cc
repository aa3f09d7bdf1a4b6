#include "native/crypto/backing_key_table.h"

#include <cstring>
#include <utility>

namespace latchkey::crypto {

Status BackingKeyTable::Add(const MaterialId& material_id, XaesInputKey input_key, Added& added) {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  added = {.handle = Find(material_id), .evicted = kNoHandle};
  if (added.handle != kNoHandle) return Status::kOk;

  XaesKey key;
  if (const Status status = XaesKey::Make(input_key, *arena_, key); status != Status::kOk) return status;
  if (keys_.size() == capacity_) {
    added.evicted = keys_.back().handle;
    Evict(added.evicted);
  }
  added.handle = ++last_handle_;
  keys_.push_front({.handle = added.handle, .material_id = material_id, .key = std::move(key), .uses = {}});
  by_handle_.emplace(added.handle, keys_.begin());
  by_material_.emplace(material_id, added.handle);
  return Status::kOk;
}

Handle BackingKeyTable::Find(const MaterialId& material_id) const {
  const auto place = by_material_.find(material_id);
  return place == by_material_.end() ? kNoHandle : place->second;
}

Status BackingKeyTable::Use(Handle handle, const BackingKey*& key) {
  if (const Status status = arena_->CheckAlive(); status != Status::kOk) return status;
  const auto place = by_handle_.find(handle);
  if (place == by_handle_.end()) return Status::kNoSuchHandle;
  keys_.splice(keys_.begin(), keys_, place->second);
  key = &keys_.front();
  return Status::kOk;
}

bool BackingKeyTable::Evict(Handle handle) {
  const auto place = by_handle_.find(handle);
  if (place == by_handle_.end()) return false;
  KeepUses(*place->second);
  by_material_.erase(place->second->material_id);
  keys_.erase(place->second);
  by_handle_.erase(place);
  return true;
}

std::size_t BackingKeyTable::FirstBytes::operator()(const MaterialId& id) const {
  std::size_t hash = 0;
  std::memcpy(&hash, id.data(), sizeof hash);
  return hash;
}

void BackingKeyTable::CountUses(const MaterialId& material_id, const KeyUses& uses) {
  const auto place = by_handle_.find(Find(material_id));
  (place == by_handle_.end() ? uses_of_gone_[material_id] : place->second->uses).Add(uses);
}

std::unordered_map<MaterialId, KeyUses, BackingKeyTable::FirstBytes> BackingKeyTable::TakeUses() {
  for (const BackingKey& key : keys_) KeepUses(key);
  return std::exchange(uses_of_gone_, {});
}

void BackingKeyTable::KeepUses(const BackingKey& key) {
  if (key.uses.any()) uses_of_gone_[key.material_id].Add(std::exchange(key.uses, {}));
}

void BackingKeyTable::Forget() {
  for (const BackingKey& key : keys_) KeepUses(key);
  by_material_.clear();
  by_handle_.clear();
  keys_.clear();
}

}  // namespace latchkey::crypto
