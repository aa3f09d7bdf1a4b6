#include "native/data_plane/encrypt.h"

#include "native/crypto/crc32c.h"
#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

using Response = wire::EncryptResponse;

Status ParseEncrypt(const DataPlane& plane, Bytes request, RequestView& view) {
  wire::EncryptRequest parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  if (const Status status = CheckPayload(parsed.plaintext, parsed.plaintext_crc32c); status != Status::kOk) {
    view.field = wire::EncryptRequest::kChecksumField;
    return status;
  }
  view.key_id = parsed.key_id;
  view.payload = parsed.plaintext;
  view.response_bytes = Response::MaxBytes(parsed.plaintext.size() + kBlobOverheadBytes);
  ViewAccess(parsed, view);
  return Status::kOk;
}

Outcome Encrypt(DataPlane& plane, const KeyedCall& call) {
  OperationCounts& counts = CountCall(plane, Operation::kEncrypt);
  wire::EncryptRequest request;
  if (const Status status = ParseAgain(plane, call.request, request); status != Status::kOk) return Failed(status);
  const std::size_t blob_bytes = request.plaintext.size() + kBlobOverheadBytes;
  const std::size_t needed = Response::MaxBytes(blob_bytes) + call.key_arn.size();
  if (const Status status = CheckOut(call.request, call.out, needed); status != Status::kOk) return Failed(status);
  const crypto::BackingKey* key = nullptr;
  if (const Status status = plane.keys.Use(call.handle, key); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(call.out);
  response.String(Response::kKeyArnField, call.key_arn);
  response.Hex(Response::kKeyMaterialIdField, key->material_id);
  const MutableBytes blob = response.ReserveBytes(Response::kBlobField, blob_bytes);
  {
    const CipherTimer timer(counts);
    const Status status = SealBlob(*key, request.context, request.plaintext, blob);
    if (status != Status::kOk) return Failed(status);
  }
  response.Uint32(Response::kBlobChecksumField, crypto::Crc32c(blob));
  if (!response.ok()) return Failed(Status::kBufferTooSmall);

  key->uses.Add(crypto::Encryptions(1, request.plaintext.size()));
  CountSuccess(counts, request.plaintext.size(), blob_bytes);
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace latchkey::data_plane
