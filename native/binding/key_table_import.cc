// The calls of KeyTable that import key material.
#include <memory>
#include <optional>
#include <utility>

#include "native/binding/arguments.h"
#include "native/binding/key_table_object.h"
#include "native/binding/native_error.h"
#include "native/binding/results.h"
#include "native/crypto/rsa_key.h"

namespace latchkey::binding {
namespace {

using crypto::ImportJob;
using crypto::KeyId;
using crypto::kKeyIdBytes;
using crypto::MutableBytes;

// Named members of the one object that a call takes.
class Order {
 public:
  explicit Order(const Napi::CallbackInfo& info) : env_(info.Env()) {
    if (info[0].IsObject()) order_ = info[0].As<Napi::Object>();
  }

  [[nodiscard]] Napi::Value at(const char* name) const {
    return order_.IsEmpty() ? env_.Undefined() : order_.Get(name);
  }
  [[nodiscard]] std::optional<KeyId> Id(const char* name) const { return ToId<kKeyIdBytes>(at(name)); }
  [[nodiscard]] std::optional<std::uint64_t> Integer(const char* name) const { return ToInteger(env_, at(name)); }
  [[nodiscard]] bool Read(const char* name, MutableBytes& bytes) const { return ToBytes(env_, at(name), bytes); }

 private:
  Napi::Env env_;
  Napi::Object order_;
};

}  // namespace

Napi::Value KeyTableObject::CreateImportKey(const Napi::CallbackInfo& info) {
  const auto domain_key_id = ToId<kKeyIdBytes>(info[0]);
  if (!domain_key_id.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  KeyId id{};
  crypto::StoredImportKey stored{};
  const Status status = state_->keys.keyring().CreateImportKey(*domain_key_id, id, stored);
  return status == Status::kOk ? IdAndStored(info.Env(), id, stored) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::LoadImportKey(const Napi::CallbackInfo& info) {
  MutableBytes stored;
  if (!ToBytes(info.Env(), info[0], stored)) return Throw(info.Env(), Status::kInvalidArgument);
  KeyId id{};
  const Status status = state_->keys.keyring().LoadImportKey(stored, id);
  return status == Status::kOk ? NewBuffer(info.Env(), id) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::EvictImportKey(const Napi::CallbackInfo& info) {
  const auto id = ToId<kKeyIdBytes>(info[0]);
  if (!id.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  return Napi::Boolean::New(info.Env(), state_->keys.keyring().EvictImportKey(*id));
}

Napi::Value KeyTableObject::CreateImportToken(const Napi::CallbackInfo& info) {
  const Order order(info);
  const auto import_key_id = order.Id("importKeyId");
  const auto key_id = order.Id("keyId");
  const auto wrapping = order.Integer("wrappingAlgorithm");
  const auto bits = order.Integer("wrappingKeyBits");
  const auto expires_at = order.Integer("expiresAt");
  if (!import_key_id.has_value() || !key_id.has_value() || !crypto::IsImportWrapping(wrapping.value_or(0)) ||
      !crypto::IsWrappingKeySize(bits.value_or(0)) || !expires_at.has_value()) {
    return Rejected(info.Env(), Status::kInvalidArgument);
  }
  const crypto::ImportTokenFields fields = {.token_id = {},
                                            .wrapping = static_cast<crypto::ImportWrapping>(*wrapping),
                                            .wrapping_key_bits = static_cast<std::uint16_t>(*bits),
                                            .expires_at = *expires_at};
  return imports_->Start(info.Env(), std::make_unique<ImportJob>(std::in_place_type<crypto::KeyPairGeneration>,
                                                                 *import_key_id, *key_id, fields));
}

Napi::Value KeyTableObject::OpenImportToken(const Napi::CallbackInfo& info) {
  MutableBytes token;
  const auto key_id = ToId<kKeyIdBytes>(info[1]);
  if (!ToBytes(info.Env(), info[0], token) || !key_id.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  crypto::ImportTokenContent content;
  crypto::ImportTokenFields fields{};
  if (!content.mapped()) return Throw(info.Env(), Status::kOutOfMemory);
  const Status status = state_->keys.keyring().OpenToken(*key_id, token, content, fields);
  if (status != Status::kOk) return Throw(info.Env(), status);
  const Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("tokenId", NewBuffer(info.Env(), fields.token_id));
  answer.Set("wrappingAlgorithm", Napi::Number::New(info.Env(), static_cast<double>(fields.wrapping)));
  answer.Set("wrappingKeyBits", Napi::Number::New(info.Env(), fields.wrapping_key_bits));
  answer.Set("expiresAt", Napi::Number::New(info.Env(), static_cast<double>(fields.expires_at)));
  return answer;
}

Napi::Value KeyTableObject::UnwrapImport(const Napi::CallbackInfo& info) {
  const Order order(info);
  const auto key_id = order.Id("keyId");
  const auto domain_key_id = order.Id("domainKeyId");
  const auto key_spec = ToText(order.at("keySpec"));
  MutableBytes token;
  MutableBytes wrapped;
  if (!key_id.has_value() || !domain_key_id.has_value() || key_spec != kSymmetricDefault ||
      !order.Read("token", token) || !order.Read("wrapped", wrapped)) {
    return Rejected(info.Env(), Status::kInvalidArgument);
  }
  const crypto::UnwrapOrder unwrap = {
      .key_id = *key_id, .domain_key_id = *domain_key_id, .key_spec = *key_spec, .token = token, .wrapped = wrapped};
  return imports_->Start(info.Env(),
                         std::make_unique<ImportJob>(std::in_place_type<crypto::MaterialUnwrapping>, unwrap));
}

Napi::Value KeyTableObject::DangerouslyWrapMaterial(const Napi::CallbackInfo& info) {
  const auto domain_key_id = ToId<kKeyIdBytes>(info[0]);
  const auto key_id = ToId<kKeyIdBytes>(info[1]);
  const auto key_spec = ToText(info[2]);
  MutableBytes material;
  if (!domain_key_id.has_value() || !key_id.has_value() || key_spec != kSymmetricDefault ||
      !ToBytes(info.Env(), info[3], material) || material.size() != crypto::kKeyBytes) {
    return Throw(info.Env(), Status::kInvalidArgument);
  }
  crypto::MaterialId id{};
  crypto::StoredMaterial stored{};
  const Status status = state_->keys.keyring().WrapMaterial(*domain_key_id, {.key_id = *key_id, .key_spec = *key_spec},
                                                            material.first<crypto::kKeyBytes>(), id, stored);
  return status == Status::kOk ? IdAndStored(info.Env(), id, stored) : Throw(info.Env(), status);
}

}  // namespace latchkey::binding
