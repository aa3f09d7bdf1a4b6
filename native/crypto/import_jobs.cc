#include "native/crypto/import_jobs.h"

#include "native/crypto/import_unwrap.h"
#include "native/crypto/random.h"
#include "native/crypto/rsa_key.h"

namespace latchkey::crypto {

Status KeyPairGeneration::Prepare(const Keyring& keyring) {
  if (const Status status = keyring.CheckImportKey(import_key_id_); status != Status::kOk) return status;
  return content_.mapped() ? DrawNonces(fields_.token_id) : Status::kOutOfMemory;
}

Status KeyPairGeneration::Run(const std::atomic<bool>& stop) {
  Bytes private_key;
  const Status status = GenerateRsaKey(fields_.wrapping_key_bits, stop, content_.room(), private_key, public_key_);
  if (status == Status::kOk) content_.Hold(private_key.size());
  return status;
}

Status KeyPairGeneration::Finish(const Keyring& keyring) {
  return keyring.SealToken(import_key_id_, key_id_, fields_, content_, token_);
}

Status MaterialUnwrapping::Prepare(const Keyring& keyring) {
  if (!content_.mapped() || !material_.mapped()) return Status::kOutOfMemory;
  if (const Status status = keyring.CheckDomainKey(order_.domain_key_id); status != Status::kOk) return status;
  const Status opened = keyring.OpenToken(order_.key_id, order_.token, content_, fields_);
  if (opened != Status::kOk) return opened;
  // No more is copied than can be of use: what has another length does not unwrap.
  if (HasWrappedLength(fields_.wrapping, fields_.wrapping_key_bits / 8, order_.wrapped.size())) {
    wrapped_.assign(order_.wrapped.begin(), order_.wrapped.end());
  }
  order_.token = {};
  order_.wrapped = {};
  return Status::kOk;
}

Status MaterialUnwrapping::Run(const std::atomic<bool>& /*stop*/) {
  PrivateKey key;
  if (const Status status = LoadRsaKey(content_.private_key(), key); status != Status::kOk) return status;
  Wipe(content_.whole());
  return UnwrapImported(key, fields_.wrapping, wrapped_, material(), unwrapped_);
}

Status MaterialUnwrapping::Finish(Keyring& keyring) {
  const MaterialOwner owner = {.key_id = order_.key_id, .key_spec = order_.key_spec};
  const Status status = keyring.WrapMaterial(order_.domain_key_id, owner, material(), id_, stored_);
  Wipe(material());
  if (status != Status::kOk || unwrapped_) return status;
  id_ = {};
  stored_ = {};
  return Status::kImportUnwrapFailed;
}

}  // namespace latchkey::crypto
