#pragma once

#include <node_api.h>

namespace latchkey::binding {

// Methods of KeyTable for what decisions ask of a request, as those of data_plane_calls.h.
napi_value GrantTokens(napi_env env, napi_callback_info info);
napi_value ContextPairs(napi_env env, napi_callback_info info);
napi_value ColumnValues(napi_env env, napi_callback_info info);
napi_value ItemMaterials(napi_env env, napi_callback_info info);

}  // namespace latchkey::binding
