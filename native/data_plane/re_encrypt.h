#pragma once

#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

struct ReEncryptCall {
  Bytes request;
  Handle source;
  Bytes source_arn;
  Handle destination;
  Bytes destination_arn;
  MutableBytes out;
};

Status ParseReEncrypt(const DataPlane& plane, Bytes request, RequestView& view);

// The plaintext is only ever in the data plane's scratch pages, and wiped before this returns.
Outcome ReEncrypt(DataPlane& plane, const ReEncryptCall& call);

}  // namespace latchkey::data_plane
