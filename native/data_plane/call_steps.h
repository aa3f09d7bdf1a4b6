// Steps that operations have in common.
#pragma once

#include <optional>

#include "native/data_plane/ciphertext_blob.h"
#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

// Parses a request and keeps the number of the field that a failure is about.
template <typename Request>
Status ParseInto(const DataPlane& plane, Bytes bytes, Request& request, RequestView& view) {
  const wire::RequestError error = wire::Parse(bytes, plane.limits, request);
  view.field = error.field;
  return error.status;
}

// The same for a request that was checked before.
template <typename Request>
Status ParseAgain(const DataPlane& plane, Bytes bytes, Request& request) {
  return wire::Parse(bytes, plane.limits, request).status;
}

// What requests that use a key have in common.
template <typename Request>
void ViewAccess(const Request& request, RequestView& view) {
  view.grant_tokens = request.grant_tokens.count();
  view.dry_run = request.dry_run;
}

// kChecksumMismatch when a checksum is given and is not that of the payload.
Status CheckPayload(Bytes payload, const std::optional<std::uint32_t>& checksum);

// A blob as it stands in a request, with the numbers of its field and of its checksum's.
struct BlobField {
  Bytes bytes;
  std::optional<std::uint32_t> checksum;
  std::uint32_t field;
  std::uint32_t checksum_field;
};

template <typename Request>
BlobField BlobOf(const Request& parsed) {
  return {.bytes = parsed.blob,
          .checksum = parsed.blob_crc32c,
          .field = Request::kBlobField,
          .checksum_field = Request::kChecksumField};
}

// Checks the checksum, then the structure of a blob, and says which backing key opens it.
Status ViewBlob(const DataPlane& plane, const BlobField& field, RequestView& view, CiphertextBlob& blob);

// kBufferTooSmall, or kInvalidArgument when `out` overlaps the request.
Status CheckOut(Bytes request, MutableBytes out, std::size_t needed);

// Adds the time until it ends to an operation's cipher time.
class CipherTimer {
 public:
  explicit CipherTimer(OperationCounts& counts);
  ~CipherTimer();
  CipherTimer(const CipherTimer&) = delete;
  CipherTimer& operator=(const CipherTimer&) = delete;
  CipherTimer(CipherTimer&&) = delete;
  CipherTimer& operator=(CipherTimer&&) = delete;

 private:
  OperationCounts& counts_;
  std::uint64_t start_;
};

// The first bytes of a data plane's scratch pages, wiped on every way out.
class Scratch {
 public:
  Scratch(const DataPlane& plane, std::size_t size) : bytes_(plane.scratch.first(size)) {}
  ~Scratch() { crypto::Wipe(bytes_); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  Scratch(Scratch&&) = delete;
  Scratch& operator=(Scratch&&) = delete;

  [[nodiscard]] MutableBytes bytes() const { return bytes_; }

 private:
  MutableBytes bytes_;
};

// Counts a unary call, as failed until it is known that it did not. The reference is the operation's.
OperationCounts& CountCall(DataPlane& plane, Operation operation);
void CountSuccess(OperationCounts& counts, std::size_t plaintext_bytes, std::size_t ciphertext_bytes);

}  // namespace latchkey::data_plane
