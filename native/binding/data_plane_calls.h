#pragma once

#include <node_api.h>

#include <span>

namespace latchkey::binding {

// The methods of KeyTable that every request goes through. They use Node-API itself: node-addon-api costs as much again
// as the whole call. They never throw; each answers a length, or minus a status.
std::span<const napi_property_descriptor> DataPlaneCalls();

}  // namespace latchkey::binding
