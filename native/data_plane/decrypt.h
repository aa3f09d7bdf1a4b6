#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

Status ParseDecrypt(const DataPlane& plane, Bytes request, RequestView& view);

// On failure no byte of a plaintext is left in `call.out`. kOpenFailed for every blob that does not open.
Outcome Decrypt(DataPlane& plane, const KeyedCall& call);

}  // namespace latchkey::data_plane
