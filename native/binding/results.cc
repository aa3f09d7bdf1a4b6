#include "native/binding/results.h"

namespace latchkey::binding {

Napi::Value NewBuffer(Napi::Env env, crypto::Bytes bytes) {
  return Napi::Buffer<std::uint8_t>::Copy(env, bytes.data(), bytes.size());
}

Napi::Value IdAndStored(Napi::Env env, crypto::Bytes id, crypto::Bytes stored) {
  const Napi::Object answer = Napi::Object::New(env);
  answer.Set("id", NewBuffer(env, id));
  answer.Set("stored", NewBuffer(env, stored));
  return answer;
}

}  // namespace latchkey::binding
