#include "native/data_plane/describe_ciphertext.h"

#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

using Request = wire::DescribeCiphertextRequest;
using Response = wire::DescribeCiphertextResponse;

Status ParseDescribeCiphertext(const DataPlane& plane, Bytes request, RequestView& view) {
  Request parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  CiphertextBlob blob{};
  if (const Status status = ViewBlob(plane, BlobOf(parsed), view, blob); status != Status::kOk) return status;
  view.response_bytes = Response::MaxBytes();
  return Status::kOk;
}

Outcome DescribeCiphertext(DataPlane& plane, const DescribeCall& call) {
  OperationCounts& counts = CountCall(plane, Operation::kDescribeCiphertext);
  Request request;
  CiphertextBlob blob{};
  if (const Status status = ParseAgain(plane, call.request, request); status != Status::kOk) return Failed(status);
  if (const Status status = ParseBlob(request.blob, blob); status != Status::kOk) return Failed(status);
  const std::size_t needed = Response::MaxBytes() + call.key_arn.size();
  if (const Status status = CheckOut(call.request, call.out, needed); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(call.out);
  response.String(Response::kKeyArnField, call.key_arn);
  response.Hex(Response::kKeyMaterialIdField, blob.material_id);
  response.Bool(Response::kCurrentField, call.current);
  response.Uint32(Response::kFormatVersionField, kBlobVersion);
  if (!response.ok()) return Failed(Status::kBufferTooSmall);
  CountSuccess(counts, 0, 0);
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace latchkey::data_plane
