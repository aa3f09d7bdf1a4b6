#include "native/data_plane/parse_request.h"

#include "native/data_plane/decrypt.h"
#include "native/data_plane/describe_ciphertext.h"
#include "native/data_plane/encrypt.h"
#include "native/data_plane/generate_data_key.h"
#include "native/data_plane/generate_random.h"
#include "native/data_plane/re_encrypt.h"

namespace latchkey::data_plane {

Status ParseRequest(const DataPlane& plane, Operation operation, Bytes request, RequestView& view) {
  switch (operation) {
    case Operation::kEncrypt:
      return ParseEncrypt(plane, request, view);
    case Operation::kDecrypt:
      return ParseDecrypt(plane, request, view);
    case Operation::kReEncrypt:
      return ParseReEncrypt(plane, request, view);
    case Operation::kGenerateDataKey:
      return ParseGenerateDataKey(plane, request, view);
    case Operation::kGenerateDataKeyWithoutPlaintext:
      return ParseGenerateDataKeyWithoutPlaintext(plane, request, view);
    case Operation::kGenerateRandom:
      return ParseGenerateRandom(plane, request, view);
    case Operation::kDescribeCiphertext:
      return ParseDescribeCiphertext(plane, request, view);
    default:
      return Status::kInvalidArgument;
  }
}

}  // namespace latchkey::data_plane
