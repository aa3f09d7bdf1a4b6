#include "native/binding/key_table_object.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/data_plane_calls.h"
#include "native/binding/native_error.h"
#include "native/binding/results.h"

namespace latchkey::binding {
namespace {

using crypto::Bytes;
using crypto::KeyId;
using crypto::Mac;
using crypto::MaterialId;
using crypto::MutableBytes;

// Far above any use, far below where sizes computed from them could overflow.
constexpr std::uint64_t kMaxCapacity = 1U << 20;
constexpr std::uint64_t kMaxPlaintextBytes = 1U << 30;

std::optional<std::uint64_t> Option(const Napi::CallbackInfo& info, const char* name, std::uint64_t greatest) {
  if (!info[0].IsObject()) return std::nullopt;
  const Napi::Value value = info[0].As<Napi::Object>().Get(name);
  const auto number = ToInteger(info.Env(), value);
  return number.has_value() && *number >= 1 && *number <= greatest ? number : std::nullopt;
}

std::optional<crypto::RootKeyPath> ToRootKeyPath(const Napi::CallbackInfo& info) {
  auto directory = ToText(info[0]);
  auto name = ToText(info[1]);
  if (!directory.has_value() || !name.has_value()) return std::nullopt;
  return crypto::RootKeyPath{.directory = *std::move(directory), .name = *std::move(name)};
}

// Whether a MAC is the one that was computed. What is checked comes from the store, where anything may stand: what no
// MAC can be computed for has none.
Napi::Value Verdict(Napi::Env env, Status computed, const Mac& mac, Bytes claimed) {
  if (computed == Status::kNoSuchDomainKey || computed == Status::kInvalidArgument)
    return Napi::Boolean::New(env, false);
  if (computed != Status::kOk) return Throw(env, computed);
  return Napi::Boolean::New(env, crypto::EqualInConstantTime(mac, claimed));
}

}  // namespace

KeyTableState::KeyTableState(std::size_t capacity, std::size_t max_plaintext_bytes)
    : keys(capacity),
      scratch(std::max<std::size_t>(max_plaintext_bytes, wire::kMaxRandomBytes), crypto::PrivatePages::Lock::kNo),
      plane{.keys = keys.backing_keys(),
            .limits = {.max_plaintext_bytes = max_plaintext_bytes},
            .scratch = scratch.bytes(),
            .counts = {}} {}

KeyTableObject::KeyTableObject(const Napi::CallbackInfo& info) : Napi::ObjectWrap<KeyTableObject>(info) {
  const auto capacity = Option(info, "capacity", kMaxCapacity);
  const auto max_plaintext_bytes = Option(info, "maxPlaintextBytes", kMaxPlaintextBytes);
  if (!capacity.has_value() || !max_plaintext_bytes.has_value()) {
    Throw(info.Env(), Status::kInvalidArgument);
    return;
  }
  state_ = std::make_unique<KeyTableState>(*capacity, *max_plaintext_bytes);
  imports_ = std::make_unique<ImportPromises>(*this, state_->keys.keyring());
  batches_ = std::make_unique<BatchCallbacks>(*this, state_->plane);
  if (!state_->keys.usable() || !state_->scratch.mapped()) Throw(info.Env(), Status::kOutOfMemory);
}

Napi::Value KeyTableObject::CreateRootKeyFile(const Napi::CallbackInfo& info) {
  const auto path = ToRootKeyPath(info);
  if (!path.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  bool created = false;
  const Status status = crypto::CreateRootKeyFile(*path, state_->keys.arena(), created);
  return status == Status::kOk ? Napi::Boolean::New(info.Env(), created) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::OpenRootKeyFile(const Napi::CallbackInfo& info) {
  const auto path = ToRootKeyPath(info);
  if (!path.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  KeyId id{};
  const Status status = state_->keys.keyring().OpenRootKey(*path, id);
  return status == Status::kOk ? NewBuffer(info.Env(), id) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::CreateDomainKey(const Napi::CallbackInfo& info) {
  KeyId id{};
  crypto::StoredDomainKey stored{};
  const Status status = state_->keys.keyring().CreateDomainKey(id, stored);
  return status == Status::kOk ? IdAndStored(info.Env(), id, stored) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::LoadDomainKey(const Napi::CallbackInfo& info) {
  MutableBytes stored;
  if (!ToBytes(info.Env(), info[0], stored)) return Throw(info.Env(), Status::kInvalidArgument);
  KeyId id{};
  const Status status = state_->keys.keyring().LoadDomainKey(stored, id);
  return status == Status::kOk ? NewBuffer(info.Env(), id) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::GenerateMaterial(const Napi::CallbackInfo& info) {
  const auto domain_key_id = ToId<crypto::kKeyIdBytes>(info[0]);
  const auto key_id = ToId<crypto::kKeyIdBytes>(info[1]);
  const auto key_spec = ToText(info[2]);
  if (!domain_key_id.has_value() || !key_id.has_value() || key_spec != kSymmetricDefault) {
    return Throw(info.Env(), Status::kInvalidArgument);
  }
  MaterialId id{};
  crypto::StoredMaterial stored{};
  const crypto::MaterialOwner owner = {.key_id = *key_id, .key_spec = *key_spec};
  const Status status = state_->keys.keyring().GenerateMaterial(*domain_key_id, owner, id, stored);
  return status == Status::kOk ? IdAndStored(info.Env(), id, stored) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::LoadMaterial(const Napi::CallbackInfo& info) {
  MutableBytes stored;
  std::span<double> handles;
  const auto key_id = ToId<crypto::kKeyIdBytes>(info[1]);
  const auto material_id = ToId<crypto::kMaterialIdBytes>(info[2]);
  const auto key_spec = ToText(info[3]);
  if (!ToBytes(info.Env(), info[0], stored) || !key_id.has_value() || !material_id.has_value() ||
      !key_spec.has_value() || !ToNumbers(info.Env(), info[4], handles) || handles.size() < 2) {
    return Throw(info.Env(), Status::kInvalidArgument);
  }
  if (key_spec != kSymmetricDefault) return Throw(info.Env(), Status::kStoredKeyRefused);
  const crypto::MaterialName name = {.owner = {.key_id = *key_id, .key_spec = *key_spec}, .id = *material_id};
  crypto::BackingKeyTable::Added added{};
  const Status status = state_->keys.LoadMaterial(name, stored, added);
  if (status != Status::kOk) return Throw(info.Env(), status);
  handles[0] = static_cast<double>(added.handle);
  handles[1] = static_cast<double>(added.evicted);
  return info.Env().Undefined();
}

Napi::Value KeyTableObject::Evict(const Napi::CallbackInfo& info) {
  const auto handle = ToInteger(info.Env(), info[0]);
  if (!handle.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  return Napi::Boolean::New(info.Env(), state_->keys.backing_keys().Evict(*handle));
}

Napi::Value KeyTableObject::RowMac(const Napi::CallbackInfo& info) {
  Mac mac{};
  const Status status = ComputeRowMac(info, mac);
  return status == Status::kOk ? NewBuffer(info.Env(), mac) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::VerifyRowMac(const Napi::CallbackInfo& info) {
  MutableBytes claimed;
  if (!ToBytes(info.Env(), info[4], claimed)) return Napi::Boolean::New(info.Env(), false);
  Mac mac{};
  return Verdict(info.Env(), ComputeRowMac(info, mac), mac, claimed);
}

Napi::Value KeyTableObject::PageMac(const Napi::CallbackInfo& info) {
  Mac mac{};
  const Status status = ComputePageMac(info, mac);
  return status == Status::kOk ? NewBuffer(info.Env(), mac) : Throw(info.Env(), status);
}

Napi::Value KeyTableObject::VerifyPageMac(const Napi::CallbackInfo& info) {
  MutableBytes claimed;
  if (!ToBytes(info.Env(), info[2], claimed)) return Napi::Boolean::New(info.Env(), false);
  Mac mac{};
  return Verdict(info.Env(), ComputePageMac(info, mac), mac, claimed);
}

Napi::Value KeyTableObject::TakeUses(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  constexpr std::size_t kNumbersOfOne = 5;
  const auto taken = state_->keys.backing_keys().TakeUses();
  if (taken.empty()) return env.Undefined();
  std::vector<std::uint8_t> ids;
  Napi::Float64Array counts = Napi::Float64Array::New(env, kNumbersOfOne * taken.size());
  if (counts.IsEmpty()) return env.Undefined();
  std::size_t next = 0;
  for (const auto& [id, uses] : taken) {
    ids.insert(ids.end(), id.begin(), id.end());
    counts[next++] = static_cast<double>(uses.encryptions);
    counts[next++] = static_cast<double>(uses.decryptions);
    counts[next++] = static_cast<double>(uses.plaintext_bytes);
    counts[next++] = static_cast<double>(uses.first_used_at);
    counts[next++] = static_cast<double>(uses.last_used_at);
  }
  const Napi::Object answer = Napi::Object::New(env);
  answer.Set("ids", NewBuffer(env, ids));
  answer.Set("counts", counts);
  return answer;
}

Napi::Value KeyTableObject::Stats(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  constexpr std::size_t kCountsOfOne = 6;
  Napi::Float64Array operations = Napi::Float64Array::New(env, kCountsOfOne * state_->plane.counts.size());
  // Nothing can be made in a worker that is being terminated, and what node-addon-api answers then has no elements.
  if (operations.IsEmpty()) return env.Undefined();
  std::size_t next = 0;
  for (const data_plane::OperationCounts& counts : state_->plane.counts) {
    operations[next++] = static_cast<double>(counts.calls);
    operations[next++] = static_cast<double>(counts.plaintext_bytes);
    operations[next++] = static_cast<double>(counts.ciphertext_bytes);
    operations[next++] = static_cast<double>(counts.cipher_nanoseconds);
    operations[next++] = static_cast<double>(counts.items);
    operations[next++] = static_cast<double>(counts.failed_items);
  }
  const crypto::BackingKeyTable& keys = state_->keys.backing_keys();
  const Napi::Object stats = Napi::Object::New(env);
  stats.Set("entries", Napi::Number::New(env, static_cast<double>(keys.size())));
  stats.Set("capacity", Napi::Number::New(env, static_cast<double>(keys.capacity())));
  // Each entry owns one, and each pending batch has its own; the contexts that wrap and unwrap end with their call.
  stats.Set("liveCipherContexts", Napi::Number::New(env, static_cast<double>(keys.size() + batches_->contexts())));
  stats.Set("memoryLocked", Napi::Boolean::New(env, state_->keys.locked()));
  stats.Set("operations", operations);
  return stats;
}

Napi::Value KeyTableObject::Close(const Napi::CallbackInfo& info) {
  state_->keys.Forget();
  imports_->RejectWaiting();
  batches_->FailWaiting();
  return info.Env().Undefined();
}

Status KeyTableObject::ComputeRowMac(const Napi::CallbackInfo& info, Mac& mac) {
  MutableBytes record;
  const auto domain_key_id = ToId<crypto::kKeyIdBytes>(info[0]);
  const auto kind = ToText(info[1]);
  const auto primary_key = ToText(info[2]);
  if (!domain_key_id.has_value() || !kind.has_value() || !primary_key.has_value() ||
      !ToBytes(info.Env(), info[3], record)) {
    return Status::kInvalidArgument;
  }
  return state_->keys.keyring().RecordMac(*domain_key_id, {.kind = *kind, .primary_key = *primary_key, .bytes = record},
                                          mac);
}

Status KeyTableObject::ComputePageMac(const Napi::CallbackInfo& info, Mac& mac) {
  MutableBytes content;
  const auto domain_key_id = ToId<crypto::kKeyIdBytes>(info[0]);
  if (!domain_key_id.has_value() || !ToBytes(info.Env(), info[1], content)) return Status::kInvalidArgument;
  return state_->keys.keyring().PageMac(*domain_key_id, content, mac);
}

Napi::Function KeyTableObject::Define(Napi::Env env) {
  std::vector<PropertyDescriptor> members = {
      InstanceMethod<&KeyTableObject::CreateRootKeyFile>("createRootKeyFile"),
      InstanceMethod<&KeyTableObject::OpenRootKeyFile>("openRootKeyFile"),
      InstanceMethod<&KeyTableObject::CreateDomainKey>("createDomainKey"),
      InstanceMethod<&KeyTableObject::LoadDomainKey>("loadDomainKey"),
      InstanceMethod<&KeyTableObject::GenerateMaterial>("generateMaterial"),
      InstanceMethod<&KeyTableObject::LoadMaterial>("loadMaterial"),
      InstanceMethod<&KeyTableObject::Evict>("evict"),
      InstanceMethod<&KeyTableObject::CreateImportKey>("createImportKey"),
      InstanceMethod<&KeyTableObject::LoadImportKey>("loadImportKey"),
      InstanceMethod<&KeyTableObject::EvictImportKey>("evictImportKey"),
      InstanceMethod<&KeyTableObject::CreateImportToken>("createImportToken"),
      InstanceMethod<&KeyTableObject::OpenImportToken>("openImportToken"),
      InstanceMethod<&KeyTableObject::UnwrapImport>("unwrapImport"),
      InstanceMethod<&KeyTableObject::DangerouslyWrapMaterial>("dangerouslyWrapMaterial"),
      InstanceMethod<&KeyTableObject::RowMac>("rowMac"),
      InstanceMethod<&KeyTableObject::VerifyRowMac>("verifyRowMac"),
      InstanceMethod<&KeyTableObject::PageMac>("pageMac"),
      InstanceMethod<&KeyTableObject::VerifyPageMac>("verifyPageMac"),
      InstanceMethod<&KeyTableObject::TakeUses>("takeUses"),
      InstanceMethod<&KeyTableObject::Stats>("stats"),
      InstanceMethod<&KeyTableObject::Close>("close"),
  };
  for (const napi_property_descriptor& call : DataPlaneCalls()) members.emplace_back(call);
  return DefineClass(env, "KeyTable", members);
}

}  // namespace latchkey::binding
