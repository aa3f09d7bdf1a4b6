#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

Status ParseEncrypt(const DataPlane& plane, Bytes request, RequestView& view);
Outcome Encrypt(DataPlane& plane, const KeyedCall& call);

}  // namespace latchkey::data_plane
