#pragma once

#include <napi.h>

#include "native/crypto/status.h"

namespace latchkey::binding {

// An Error (src/crypto/native.ts) whose `code` is the status' name.
Napi::Error NewError(Napi::Env env, Status status);

// Throws one. Return what it answers at once.
Napi::Value Throw(Napi::Env env, Status status);

}  // namespace latchkey::binding
