// Test-only addon: the production code with what production must never take from a caller, such as nonces. Typed in
// test/native/internals.ts.
#include <napi.h>

#include <string>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/native_error.h"
#include "native/crypto/aes_256_gcm.h"
#include "native/crypto/aes_key_wrap.h"
#include "native/crypto/crc32c.h"
#include "native/crypto/hkdf_sha256.h"
#include "native/crypto/import_unwrap.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/rsa_key.h"
#include "native/crypto/xaes_256_gcm.h"
#include "native/wire/requests.h"
#include "test/native/internals/accumulated.h"
#include "test/native/internals/batch_loop.h"
#include "test/native/internals/bench_loops.h"

namespace latchkey::internals {
namespace {

using binding::Throw;
using crypto::Bytes;
using crypto::MutableBytes;
using Info = Napi::CallbackInfo;
using Vector = std::vector<std::uint8_t>;

Bytes BytesAt(const Info& info, std::size_t index) {
  MutableBytes bytes;
  return binding::ToBytes(info.Env(), info[index], bytes) ? bytes : MutableBytes();
}

Napi::Value NewBuffer(Napi::Env env, Bytes bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size());
}

// A key and a nonce of the right lengths, then associated data and a message of any.
template <std::size_t kNonceBytes>
bool WellFormed(const Info& info) {
  return BytesAt(info, 0).size() == 32 && BytesAt(info, 1).size() == kNonceBytes;
}

Status MakeKey(const Info& info, crypto::KeyArena& arena, crypto::XaesKey& key) {
  if (!arena.mapped()) return Status::kOutOfMemory;
  return crypto::XaesKey::Make(BytesAt(info, 0).first<crypto::kXaesKeyBytes>(), arena, key);
}

Napi::Value XaesSeal(const Info& info) {
  if (!WellFormed<crypto::kXaesNonceBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  Vector sealed(BytesAt(info, 3).size() + crypto::kTagBytes);
  Status status = MakeKey(info, arena, key);
  if (status == Status::kOk) {
    status = key.Seal(BytesAt(info, 1).first<crypto::kXaesNonceBytes>(), BytesAt(info, 2), BytesAt(info, 3), sealed);
  }
  return status == Status::kOk ? NewBuffer(info.Env(), sealed) : Throw(info.Env(), status);
}

// The plaintext, or null when the tag does not fit; then the buffer that was to hold it must be zeros.
Napi::Value Opened(const Info& info, Status status, const Vector& plaintext) {
  if (status == Status::kOk) return NewBuffer(info.Env(), plaintext);
  for (const std::uint8_t byte : plaintext) {
    if (byte != 0) return Throw(info.Env(), Status::kInvalidArgument);
  }
  return status == Status::kOpenFailed ? info.Env().Null() : Throw(info.Env(), status);
}

Napi::Value XaesOpen(const Info& info) {
  const Bytes sealed = BytesAt(info, 3);
  if (!WellFormed<crypto::kXaesNonceBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  if (sealed.size() < crypto::kTagBytes) return info.Env().Null();
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  Vector plaintext(sealed.size() - crypto::kTagBytes, 0xee);
  Status status = MakeKey(info, arena, key);
  if (status == Status::kOk) {
    status = key.Open(BytesAt(info, 1).first<crypto::kXaesNonceBytes>(), BytesAt(info, 2), sealed, plaintext);
  }
  return Opened(info, status, plaintext);
}

crypto::GcmKey GcmKeyOf(const Info& info) {
  return {BytesAt(info, 0).first<crypto::kGcmKeyBytes>(), BytesAt(info, 1).first<crypto::kGcmNonceBytes>()};
}

Napi::Value GcmSeal(const Info& info) {
  if (!WellFormed<crypto::kGcmNonceBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  Vector sealed(BytesAt(info, 3).size() + crypto::kTagBytes);
  const Status status = crypto::GcmSeal(GcmKeyOf(info), BytesAt(info, 2), BytesAt(info, 3), sealed);
  return status == Status::kOk ? NewBuffer(info.Env(), sealed) : Throw(info.Env(), status);
}

Napi::Value GcmOpen(const Info& info) {
  const Bytes sealed = BytesAt(info, 3);
  if (!WellFormed<crypto::kGcmNonceBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  if (sealed.size() < crypto::kTagBytes) return info.Env().Null();
  Vector plaintext(sealed.size() - crypto::kTagBytes, 0xee);
  return Opened(info, crypto::GcmOpen(GcmKeyOf(info), BytesAt(info, 2), sealed, plaintext), plaintext);
}

Napi::Value DeriveXaesKey(const Info& info) {
  if (!WellFormed<crypto::kGcmNonceBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  std::array<std::uint8_t, crypto::kGcmKeyBytes> message_key{};
  Status status = MakeKey(info, arena, key);
  if (status == Status::kOk) {
    status = key.DeriveMessageKey(BytesAt(info, 1).first<crypto::kGcmNonceBytes>(), message_key);
  }
  if (status != Status::kOk) return Throw(info.Env(), status);
  const Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("k1", NewBuffer(info.Env(), key.k1()));
  answer.Set("messageKey", NewBuffer(info.Env(), message_key));
  return answer;
}

Napi::Value CmacOfBlock(const Info& info) {
  const Bytes message = BytesAt(info, 1);
  if (!WellFormed<crypto::kAesBlockBytes>(info)) return Throw(info.Env(), Status::kInvalidArgument);
  crypto::KeyArena arena(1);
  crypto::XaesKey key;
  std::array<std::uint8_t, 2 * crypto::kAesBlockBytes> macs{};
  std::copy(message.begin(), message.end(), macs.begin());
  std::copy(message.begin(), message.end(), macs.begin() + crypto::kAesBlockBytes);
  Status status = MakeKey(info, arena, key);
  if (status == Status::kOk) status = key.CmacOfBlocks(macs);
  const auto second = macs.begin() + crypto::kAesBlockBytes;
  if (status != Status::kOk || !std::equal(macs.begin(), second, second)) return Throw(info.Env(), status);
  return NewBuffer(info.Env(), Bytes(macs).first(crypto::kAesBlockBytes));
}

Napi::Value HkdfSha256(const Info& info) {
  const auto length = binding::ToInteger(info.Env(), info[3]);
  if (!length.has_value() || *length > 255 * 32) return Throw(info.Env(), Status::kInvalidArgument);
  Vector okm(*length);
  const Status status = crypto::HkdfSha256({BytesAt(info, 0), BytesAt(info, 1), BytesAt(info, 2)}, okm);
  return status == Status::kOk ? NewBuffer(info.Env(), okm) : Throw(info.Env(), status);
}

Napi::Value MaterialIdentity(const Info& info) {
  const auto key_id = binding::ToId<crypto::kKeyIdBytes>(info[1]);
  const auto key_spec = binding::ToText(info[2]);
  if (BytesAt(info, 0).size() != crypto::kKeyBytes || !key_id.has_value() || !key_spec.has_value()) {
    return Throw(info.Env(), Status::kInvalidArgument);
  }
  crypto::MaterialId id{};
  std::array<std::uint8_t, crypto::kXaesKeyBytes> input_key{};
  const Status status = crypto::DeriveFromMaterial(BytesAt(info, 0).first<crypto::kKeyBytes>(),
                                                   {.key_id = *key_id, .key_spec = *key_spec}, id, input_key);
  if (status != Status::kOk) return Throw(info.Env(), status);
  const Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("id", NewBuffer(info.Env(), id));
  answer.Set("inputKey", NewBuffer(info.Env(), input_key));
  return answer;
}

Napi::Value KwpUnwrap(const Info& info) {
  if (BytesAt(info, 0).size() != crypto::kKeyBytes) return Throw(info.Env(), Status::kInvalidArgument);
  Vector opened(BytesAt(info, 1).size(), 0xee);
  std::size_t size = 0;
  if (crypto::KwpUnwrap(BytesAt(info, 0).first<crypto::kKeyBytes>(), BytesAt(info, 1), opened, size)) {
    return NewBuffer(info.Env(), Bytes(opened).first(size));
  }
  return info.Env().Null();
}

Napi::Value RsaOaepOpen(const Info& info) {
  crypto::PrivateKey key;
  const Status loaded = crypto::LoadRsaKey(BytesAt(info, 0), key);
  if (loaded != Status::kOk) return Throw(info.Env(), loaded);
  const auto hash = binding::ToText(info[1]) == "SHA-1" ? crypto::OaepHash::kSha1 : crypto::OaepHash::kSha256;
  Vector opened(crypto::kMaxModulusBytes);
  std::size_t size = 0;
  if (!crypto::RsaOaepOpen(key, hash, BytesAt(info, 2), opened, size)) return info.Env().Null();
  return NewBuffer(info.Env(), Bytes(opened).first(size));
}

Napi::Value UnwrapImported(const Info& info) {
  crypto::PrivateKey key;
  const auto wrapping = binding::ToInteger(info.Env(), info[1]);
  if (!crypto::IsImportWrapping(wrapping.value_or(0))) return Throw(info.Env(), Status::kInvalidArgument);
  std::array<std::uint8_t, crypto::kKeyBytes> material{};
  bool unwrapped = false;
  Status status = crypto::LoadRsaKey(BytesAt(info, 0), key);
  if (status == Status::kOk) {
    status = crypto::UnwrapImported(key, static_cast<crypto::ImportWrapping>(*wrapping), BytesAt(info, 2), material,
                                    unwrapped);
  }
  if (status != Status::kOk) return Throw(info.Env(), status);
  return unwrapped ? NewBuffer(info.Env(), material) : info.Env().Null();
}

Napi::Value Accumulated(const Info& info) {
  const auto iterations = binding::ToInteger(info.Env(), info[0]);
  if (!iterations.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  std::array<std::uint8_t, 32> hash{};
  const Status status = AccumulatedXaes(*iterations, hash);
  if (status != Status::kOk) return Throw(info.Env(), status);
  return NewBuffer(info.Env(), hash)
      .As<Napi::Object>()
      .Get("toString")
      .As<Napi::Function>()
      .Call(NewBuffer(info.Env(), hash), {Napi::String::New(info.Env(), "hex")});
}

Napi::Value CanonicalContext(const Info& info) {
  wire::EncryptRequest request;
  const wire::RequestError error = wire::Parse(BytesAt(info, 0), {.max_plaintext_bytes = 1U << 20}, request);
  if (!error.ok()) return Throw(info.Env(), error.status);
  Vector canonical(request.context.CanonicalSize());
  request.context.WriteCanonical(canonical);
  return NewBuffer(info.Env(), canonical);
}

Napi::Value Crc32cByTables(const Info& info) {
  return Napi::Number::New(info.Env(), crypto::Crc32cByTables(BytesAt(info, 0)));
}

Napi::Value ElapsedObject(Napi::Env env, const Elapsed& elapsed) {
  const Napi::Object answer = Napi::Object::New(env);
  answer.Set("wallNanoseconds", Napi::Number::New(env, elapsed.wall_nanoseconds));
  answer.Set("cpuNanoseconds", Napi::Number::New(env, elapsed.cpu_nanoseconds));
  return answer;
}

template <Status (*kLoop)(const Loop&, Elapsed&)>
Napi::Value RunLoop(const Info& info) {
  const Napi::Object options = info[0].As<Napi::Object>();
  const auto bytes = binding::ToInteger(info.Env(), options.Get("bytes"));
  const auto iterations = binding::ToInteger(info.Env(), options.Get("iterations"));
  if (!bytes.has_value() || !iterations.has_value()) return Throw(info.Env(), Status::kInvalidArgument);
  Elapsed elapsed{};
  const Status status = kLoop({.plaintext_bytes = *bytes, .iterations = *iterations}, elapsed);
  if (status != Status::kOk) return Throw(info.Env(), status);
  return ElapsedObject(info.Env(), elapsed);
}

Napi::Value RunBatchLoop(const Info& info) {
  const Napi::Object options = info[0].As<Napi::Object>();
  const auto bytes = binding::ToInteger(info.Env(), options.Get("bytes"));
  const auto items = binding::ToInteger(info.Env(), options.Get("items"));
  const auto rounds = binding::ToInteger(info.Env(), options.Get("rounds"));
  const bool column = options.Get("column").ToBoolean();
  const bool decrypt = options.Get("decrypt").ToBoolean();
  if (!bytes.has_value() || !items.has_value() || !rounds.has_value()) {
    return Throw(info.Env(), Status::kInvalidArgument);
  }
  Elapsed elapsed{};
  const Status status = BatchLoop(
      {.items = *items, .item_bytes = *bytes, .rounds = *rounds, .column = column, .decrypt = decrypt}, elapsed);
  return status == Status::kOk ? ElapsedObject(info.Env(), elapsed) : Throw(info.Env(), status);
}

Napi::Value Agree(const Info& info) {
  const auto bytes = binding::ToInteger(info.Env(), info[0]);
  bool agree = false;
  const Status status = bytes.has_value() ? LoopsAgree(*bytes, agree) : Status::kInvalidArgument;
  return status == Status::kOk ? Napi::Boolean::New(info.Env(), agree) : Throw(info.Env(), status);
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  exports.Set("xaesSeal", Napi::Function::New<XaesSeal>(env));
  exports.Set("xaesOpen", Napi::Function::New<XaesOpen>(env));
  exports.Set("gcmSeal", Napi::Function::New<GcmSeal>(env));
  exports.Set("gcmOpen", Napi::Function::New<GcmOpen>(env));
  exports.Set("deriveXaesKey", Napi::Function::New<DeriveXaesKey>(env));
  exports.Set("cmacOfBlock", Napi::Function::New<CmacOfBlock>(env));
  exports.Set("hkdfSha256", Napi::Function::New<HkdfSha256>(env));
  exports.Set("materialIdentity", Napi::Function::New<MaterialIdentity>(env));
  exports.Set("kwpUnwrap", Napi::Function::New<KwpUnwrap>(env));
  exports.Set("rsaOaepOpen", Napi::Function::New<RsaOaepOpen>(env));
  exports.Set("unwrapImported", Napi::Function::New<UnwrapImported>(env));
  exports.Set("accumulatedXaes", Napi::Function::New<Accumulated>(env));
  exports.Set("canonicalContext", Napi::Function::New<CanonicalContext>(env));
  exports.Set("crc32cByTables", Napi::Function::New<Crc32cByTables>(env));
  exports.Set("sealLoop", Napi::Function::New<RunLoop<SealLoop>>(env));
  exports.Set("evpLoop", Napi::Function::New<RunLoop<EvpLoop>>(env));
  exports.Set("batchLoop", Napi::Function::New<RunBatchLoop>(env));
  exports.Set("loopsAgree", Napi::Function::New<Agree>(env));
  return exports;
}

NODE_API_MODULE(latchkey_internals, Init)

}  // namespace
}  // namespace latchkey::internals
