#pragma once

#include <node_api.h>

namespace latchkey::binding {

// Methods of KeyTable for batches, as those of data_plane_calls.h.
napi_value ParseBatch(napi_env env, napi_callback_info info);
napi_value RunBatch(napi_env env, napi_callback_info info);
napi_value StartBatch(napi_env env, napi_callback_info info);

}  // namespace latchkey::binding
