#include "native/crypto/key_table.h"

namespace latchkey::crypto {

Status KeyTable::LoadMaterial(const MaterialName& name, Bytes stored, BackingKeyTable::Added& added) {
  if (const Status status = arena_.CheckAlive(); status != Status::kOk) return status;
  added = {.handle = backing_keys_.Find(name.id), .evicted = kNoHandle};
  if (added.handle != kNoHandle) return Status::kOk;

  ArenaSlot slot;
  if (const Status status = arena_.Allocate(slot); status != Status::kOk) return status;
  const auto input_key = slot.bytes().first<kKeyBytes>();
  if (const Status status = keyring_.OpenMaterial(name, stored, input_key); status != Status::kOk) return status;
  return backing_keys_.Add(name.id, input_key, added);
}

void KeyTable::Forget() {
  backing_keys_.Forget();
  keyring_.Forget();
}

}  // namespace latchkey::crypto
