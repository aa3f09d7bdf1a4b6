#include "native/binding/native_error.h"

#include <string>

namespace latchkey::binding {

Napi::Error NewError(Napi::Env env, Status status) {
  const std::string name(StatusName(status));
  Napi::Error error = Napi::Error::New(env, "native call failed: " + name);
  error.Set("code", Napi::String::New(env, name));
  return error;
}

Napi::Value Throw(Napi::Env env, Status status) {
  NewError(env, status).ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace latchkey::binding
