#include "native/data_plane/re_encrypt.h"

#include "native/crypto/crc32c.h"
#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

using Request = wire::ReEncryptRequest;
using Response = wire::ReEncryptResponse;

namespace {

struct KeyPair {
  const crypto::BackingKey* source = nullptr;
  const crypto::BackingKey* destination = nullptr;
};

Status UseBoth(crypto::BackingKeyTable& keys, const ReEncryptCall& call, KeyPair& pair) {
  if (const Status status = keys.Use(call.source, pair.source); status != Status::kOk) return status;
  return keys.Use(call.destination, pair.destination);
}

// Opens the request's blob into `plaintext` and seals that to `resealed`.
Status Reseal(const KeyPair& keys, const Request& request, MutableBytes plaintext, MutableBytes resealed) {
  CiphertextBlob blob{};
  if (const Status status = ParseBlob(request.blob, blob); status != Status::kOk) return status;
  const Status opened = OpenBlob(*keys.source, request.source_context, blob, plaintext);
  if (opened != Status::kOk) return opened;
  return SealBlob(*keys.destination, request.destination_context, plaintext, resealed);
}

}  // namespace

Status ParseReEncrypt(const DataPlane& plane, Bytes request, RequestView& view) {
  Request parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  CiphertextBlob blob{};
  if (const Status status = ViewBlob(plane, BlobOf(parsed), view, blob); status != Status::kOk) return status;
  view.key_id = parsed.source_key_id;
  view.destination_key_id = parsed.destination_key_id;
  view.response_bytes = Response::MaxBytes(parsed.blob.size());
  ViewAccess(parsed, view);
  return Status::kOk;
}

Outcome ReEncrypt(DataPlane& plane, const ReEncryptCall& call) {
  OperationCounts& counts = CountCall(plane, Operation::kReEncrypt);
  Request request;
  if (const Status status = ParseAgain(plane, call.request, request); status != Status::kOk) return Failed(status);
  const std::size_t blob_bytes = request.blob.size();
  if (blob_bytes <= kBlobOverheadBytes) return Failed(Status::kBlobMalformed);
  const std::size_t needed = Response::MaxBytes(blob_bytes) + call.source_arn.size() + call.destination_arn.size();
  if (const Status status = CheckOut(call.request, call.out, needed); status != Status::kOk) return Failed(status);
  KeyPair keys;
  if (const Status status = UseBoth(plane.keys, call, keys); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(call.out);
  response.String(Response::kSourceKeyArnField, call.source_arn);
  response.String(Response::kKeyArnField, call.destination_arn);
  response.Hex(Response::kSourceKeyMaterialIdField, keys.source->material_id);
  response.Hex(Response::kDestinationKeyMaterialIdField, keys.destination->material_id);
  const MutableBytes resealed = response.ReserveBytes(Response::kBlobField, blob_bytes);
  {
    const CipherTimer timer(counts);
    const Scratch plaintext(plane, blob_bytes - kBlobOverheadBytes);
    const Status status = Reseal(keys, request, plaintext.bytes(), resealed);
    if (status != Status::kOk) return Failed(status);
  }
  response.Uint32(Response::kBlobChecksumField, crypto::Crc32c(resealed));
  if (!response.ok()) return Failed(Status::kBufferTooSmall);

  keys.source->uses.Add(crypto::Decryptions(1, blob_bytes - kBlobOverheadBytes));
  keys.destination->uses.Add(crypto::Encryptions(1, blob_bytes - kBlobOverheadBytes));
  CountSuccess(counts, blob_bytes - kBlobOverheadBytes, blob_bytes);
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace latchkey::data_plane
