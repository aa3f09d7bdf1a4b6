#include "native/data_plane/generate_random.h"

#include "native/crypto/crc32c.h"
#include "native/crypto/random.h"
#include "native/data_plane/call_steps.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

using Response = wire::GenerateRandomResponse;

Status ParseGenerateRandom(const DataPlane& plane, Bytes request, RequestView& view) {
  wire::RandomRequest parsed;
  if (const Status status = ParseInto(plane, request, parsed, view); status != Status::kOk) return status;
  view.response_bytes = Response::MaxBytes(parsed.number_of_bytes);
  return Status::kOk;
}

Outcome GenerateRandom(DataPlane& plane, Bytes request, MutableBytes out) {
  OperationCounts& counts = CountCall(plane, Operation::kGenerateRandom);
  wire::RandomRequest parsed;
  if (const Status status = ParseAgain(plane, request, parsed); status != Status::kOk) return Failed(status);
  const std::size_t needed = Response::MaxBytes(parsed.number_of_bytes);
  if (const Status status = CheckOut(request, out, needed); status != Status::kOk) return Failed(status);

  wire::ResponseWriter response(out);
  const MutableBytes random = response.ReserveBytes(Response::kPlaintextField, parsed.number_of_bytes);
  if (const Status status = crypto::DrawSecret(random); status != Status::kOk) return Failed(status);
  response.Uint32(Response::kPlaintextChecksumField, crypto::Crc32c(random));
  if (!response.ok()) return Failed(Status::kBufferTooSmall);
  CountSuccess(counts, random.size(), 0);
  return {.status = Status::kOk, .size = response.size()};
}

}  // namespace latchkey::data_plane
