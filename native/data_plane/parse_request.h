#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

// Parses and checks a request of any operation but the batches (batch.h): protobuf, limits and contexts, then the
// checksum, then the structure of a blob. On failure `view.field` says what it is about, and nothing else in `view`
// means anything.
Status ParseRequest(const DataPlane& plane, Operation operation, Bytes request, RequestView& view);

}  // namespace latchkey::data_plane
