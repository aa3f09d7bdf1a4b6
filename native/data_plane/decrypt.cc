#include "native/data_plane/decrypt.h"

#include "native/crypto/crc32c.h"
#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

using Request = wire::DecryptRequest;
using Response = wire::DecryptResponse;

Status ParseDecrypt(const DataPlane& plane, Bytes request, RequestView& view) {
  Request parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  CiphertextBlob blob{};
  if (const Status status = ViewBlob(plane, BlobOf(parsed), view, blob); status != Status::kOk) return status;
  view.key_id = parsed.key_id;
  view.response_bytes = Response::MaxBytes(blob.plaintext_bytes);
  ViewAccess(parsed, view);
  return Status::kOk;
}

Outcome Decrypt(DataPlane& plane, const KeyedCall& call) {
  OperationCounts& counts = CountCall(plane, Operation::kDecrypt);
  Request request;
  CiphertextBlob blob{};
  if (const Status status = ParseAgain(plane, call.request, request); status != Status::kOk) return Failed(status);
  if (const Status status = ParseBlob(request.blob, blob); status != Status::kOk) return Failed(status);
  const std::size_t needed = Response::MaxBytes(blob.plaintext_bytes) + call.key_arn.size();
  if (const Status status = CheckOut(call.request, call.out, needed); status != Status::kOk) return Failed(status);
  const crypto::BackingKey* key = nullptr;
  if (const Status status = plane.keys.Use(call.handle, key); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(call.out);
  response.String(Response::kKeyArnField, call.key_arn);
  response.Hex(Response::kKeyMaterialIdField, key->material_id);
  const MutableBytes plaintext = response.ReserveBytes(Response::kPlaintextField, blob.plaintext_bytes);
  {
    const CipherTimer timer(counts);
    const Status status = OpenBlob(*key, request.context, blob, plaintext);
    if (status != Status::kOk) return Failed(status);
  }
  response.Uint32(Response::kPlaintextChecksumField, crypto::Crc32c(plaintext));
  if (!response.ok()) {
    crypto::Wipe(plaintext);
    return Failed(Status::kBufferTooSmall);
  }
  key->uses.Add(crypto::Decryptions(1, plaintext.size()));
  CountSuccess(counts, plaintext.size(), request.blob.size());
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace latchkey::data_plane
