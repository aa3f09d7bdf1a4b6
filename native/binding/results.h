// C++ values as JavaScript results.
#pragma once

#include <napi.h>

#include "native/crypto/secret_bytes.h"

namespace latchkey::binding {

Napi::Value NewBuffer(Napi::Env env, crypto::Bytes bytes);

// { id, stored }
Napi::Value IdAndStored(Napi::Env env, crypto::Bytes id, crypto::Bytes stored);

}  // namespace latchkey::binding
