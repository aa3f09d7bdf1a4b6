#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

struct DescribeCall {
  Bytes request;
  Bytes key_arn;
  bool current;  // whether the blob's backing key is the key's current one
  MutableBytes out;
};

Status ParseDescribeCiphertext(const DataPlane& plane, Bytes request, RequestView& view);

// Reads the header of a blob. Uses no key and does not say that the blob is authentic.
Outcome DescribeCiphertext(DataPlane& plane, const DescribeCall& call);

}  // namespace latchkey::data_plane
