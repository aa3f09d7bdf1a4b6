// GenerateDataKey and GenerateDataKeyWithoutPlaintext, which differ in one field of the response.
#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

Status ParseGenerateDataKey(const DataPlane& plane, Bytes request, RequestView& view);
Outcome GenerateDataKey(DataPlane& plane, const KeyedCall& call);

// Here the plain data key is only ever in the data plane's scratch pages.
Status ParseGenerateDataKeyWithoutPlaintext(const DataPlane& plane, Bytes request, RequestView& view);
Outcome GenerateDataKeyWithoutPlaintext(DataPlane& plane, const KeyedCall& call);

}  // namespace latchkey::data_plane
