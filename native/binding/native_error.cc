#include "native/binding/native_error.h"

#include <string>

namespace latchkey::binding {

Napi::Value Throw(Napi::Env env, Status status) {
  const std::string name(StatusName(status));
  const Napi::Error error = Napi::Error::New(env, "native call failed: " + name);
  error.Set("code", Napi::String::New(env, name));
  error.ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace latchkey::binding
