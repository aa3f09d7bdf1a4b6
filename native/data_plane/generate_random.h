#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

Status ParseGenerateRandom(const DataPlane& plane, Bytes request, RequestView& view);
Outcome GenerateRandom(DataPlane& plane, Bytes request, MutableBytes out);

}  // namespace latchkey::data_plane
