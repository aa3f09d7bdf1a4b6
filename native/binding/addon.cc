// Entry point: exports the surface that src/crypto/native.ts describes.
#include <napi.h>

#include <span>
#include <string>
#include <string_view>

#include "native/binding/arguments.h"
#include "native/binding/key_table_object.h"
#include "native/binding/native_error.h"
#include "native/crypto/core_dumps.h"
#include "native/crypto/crc32c.h"
#include "native/crypto/openssl_runtime.h"
#include "native/crypto/status.h"
#include "native/data_plane/batch.h"
#include "native/data_plane/data_plane.h"

namespace latchkey::binding {
namespace {

Napi::Value Names(Napi::Env env, std::span<const std::string_view> names) {
  const Napi::Array list = Napi::Array::New(env, names.size());
  std::uint32_t index = 0;
  for (const std::string_view name : names) list.Set(index++, Napi::String::New(env, name.data(), name.size()));
  return list;
}

Napi::Value Openssl(const Napi::CallbackInfo& info) {
  const Napi::Object answer = Napi::Object::New(info.Env());
  answer.Set("version", Napi::String::New(info.Env(), crypto::OpensslVersion()));
  answer.Set("file", Napi::String::New(info.Env(), crypto::OpensslFile()));
  return answer;
}

Napi::Value ForbidCoreDumps(const Napi::CallbackInfo& info) {
  if (crypto::ForbidCoreDumps()) return info.Env().Undefined();
  Napi::Error::New(info.Env(), "the kernel refuses to make this process undumpable").ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

Napi::Value Crc32c(const Napi::CallbackInfo& info) {
  crypto::MutableBytes bytes;
  if (!ToBytes(info.Env(), info[0], bytes)) return Throw(info.Env(), Status::kInvalidArgument);
  return Napi::Number::New(info.Env(), crypto::Crc32c(bytes));
}

Napi::Object Init(Napi::Env env, Napi::Object exports) {
  if (!crypto::OpensslFits()) {
    Napi::Error::New(env, "the addon needs OpenSSL 3 with AES-256-GCM, AES-256-KWP, HMAC and HKDF; this process runs " +
                              crypto::OpensslVersion())
        .ThrowAsJavaScriptException();
    return exports;
  }
  exports.Set("statusNames", Names(env, kStatusNames));
  exports.Set("operationNames", Names(env, data_plane::kOperationNames));
  exports.Set("batchItemFailureNames", Names(env, data_plane::kItemFailureNames));
  exports.Set("openssl", Napi::Function::New<Openssl>(env, "openssl"));
  exports.Set("forbidCoreDumps", Napi::Function::New<ForbidCoreDumps>(env, "forbidCoreDumps"));
  exports.Set("crc32c", Napi::Function::New<Crc32c>(env, "crc32c"));
  exports.Set("KeyTable", KeyTableObject::Define(env));
  return exports;
}

NODE_API_MODULE(latchkey, Init)

}  // namespace
}  // namespace latchkey::binding
