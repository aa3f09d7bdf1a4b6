#include "native/data_plane/generate_data_key.h"

#include <algorithm>

#include "native/crypto/crc32c.h"
#include "native/crypto/random.h"
#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {
namespace {

using Request = wire::DataKeyRequest;
using Response = wire::GenerateDataKeyResponse;
using ShortResponse = wire::GenerateDataKeyWithoutPlaintextResponse;

// The two responses begin with the same fields.
static_assert(Response::kKeyArnField == ShortResponse::kKeyArnField &&
              Response::kKeyMaterialIdField == ShortResponse::kKeyMaterialIdField &&
              Response::kBlobField == ShortResponse::kBlobField);

std::size_t ResponseBytes(Operation operation, std::size_t length) {
  return operation == Operation::kGenerateDataKey ? Response::MaxBytes(length + kBlobOverheadBytes, length)
                                                  : ShortResponse::MaxBytes(length + kBlobOverheadBytes);
}

Status ViewRequest(const DataPlane& plane, Operation operation, Bytes request, RequestView& view) {
  Request parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  view.key_id = parsed.key_id;
  view.response_bytes = ResponseBytes(operation, parsed.length);
  ViewAccess(parsed, view);
  return Status::kOk;
}

void WriteRest(wire::ResponseWriter& response, Operation operation, Bytes blob, Bytes data_key) {
  if (operation == Operation::kGenerateDataKeyWithoutPlaintext) {
    response.Uint32(ShortResponse::kBlobChecksumField, crypto::Crc32c(blob));
    return;
  }
  const MutableBytes plaintext = response.ReserveBytes(Response::kPlaintextField, data_key.size());
  if (response.ok()) std::ranges::copy(data_key, plaintext.begin());
  response.Uint32(Response::kBlobChecksumField, crypto::Crc32c(blob));
  response.Uint32(Response::kPlaintextChecksumField, crypto::Crc32c(data_key));
}

Outcome Generate(DataPlane& plane, Operation operation, const KeyedCall& call) {
  OperationCounts& counts = CountCall(plane, operation);
  Request request;
  if (const Status status = ParseAgain(plane, call.request, request); status != Status::kOk) return Failed(status);
  const std::size_t needed = ResponseBytes(operation, request.length) + call.key_arn.size();
  if (const Status status = CheckOut(call.request, call.out, needed); status != Status::kOk) return Failed(status);
  const crypto::BackingKey* key = nullptr;
  if (const Status status = plane.keys.Use(call.handle, key); status != Status::kOk) return Failed(status);
  const Scratch data_key(plane, request.length);
  if (const Status status = crypto::DrawSecret(data_key.bytes()); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(call.out);
  response.String(Response::kKeyArnField, call.key_arn);
  response.Hex(Response::kKeyMaterialIdField, key->material_id);
  const MutableBytes blob = response.ReserveBytes(Response::kBlobField, request.length + kBlobOverheadBytes);
  {
    const CipherTimer timer(counts);
    const Status status = SealBlob(*key, request.context, data_key.bytes(), blob);
    if (status != Status::kOk) return Failed(status);
  }
  WriteRest(response, operation, blob, data_key.bytes());
  if (!response.ok()) return Failed(Status::kBufferTooSmall);

  key->uses.Add(crypto::Encryptions(1, request.length));
  CountSuccess(counts, request.length, blob.size());
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace

Status ParseGenerateDataKey(const DataPlane& plane, Bytes request, RequestView& view) {
  return ViewRequest(plane, Operation::kGenerateDataKey, request, view);
}

Outcome GenerateDataKey(DataPlane& plane, const KeyedCall& call) {
  return Generate(plane, Operation::kGenerateDataKey, call);
}

Status ParseGenerateDataKeyWithoutPlaintext(const DataPlane& plane, Bytes request, RequestView& view) {
  return ViewRequest(plane, Operation::kGenerateDataKeyWithoutPlaintext, request, view);
}

Outcome GenerateDataKeyWithoutPlaintext(DataPlane& plane, const KeyedCall& call) {
  return Generate(plane, Operation::kGenerateDataKeyWithoutPlaintext, call);
}

}  // namespace latchkey::data_plane
