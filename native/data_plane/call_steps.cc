#include "native/data_plane/call_steps.h"

#include <algorithm>
#include <ctime>
#include <functional>

#include "native/crypto/crc32c.h"

namespace latchkey::data_plane {
namespace {

std::uint64_t MonotonicNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(now.tv_nsec);
}

bool Overlap(Bytes a, Bytes b) {
  constexpr std::less<const std::uint8_t*> kBefore;
  return !a.empty() && !b.empty() && kBefore(a.data(), b.data() + b.size()) && kBefore(b.data(), a.data() + a.size());
}

}  // namespace

Status CheckPayload(Bytes payload, const std::optional<std::uint32_t>& checksum) {
  const bool matches = !checksum.has_value() || crypto::Crc32c(payload) == *checksum;
  return matches ? Status::kOk : Status::kChecksumMismatch;
}

Status ViewBlob(const DataPlane& plane, const BlobField& field, RequestView& view, CiphertextBlob& blob) {
  view.field = field.checksum_field;
  if (const Status status = CheckPayload(field.bytes, field.checksum); status != Status::kOk) return status;
  view.field = field.field;
  if (const Status status = ParseBlob(field.bytes, blob); status != Status::kOk) return status;
  view.field = 0;
  crypto::MaterialId material_id{};
  std::ranges::copy(blob.material_id, material_id.begin());
  view.payload = field.bytes;
  view.handle = plane.keys.Find(material_id);
  return Status::kOk;
}

Status CheckOut(Bytes request, MutableBytes out, std::size_t needed) {
  if (out.size() < needed) return Status::kBufferTooSmall;
  return Overlap(request, out) ? Status::kInvalidArgument : Status::kOk;
}

CipherTimer::CipherTimer(OperationCounts& counts) : counts_(counts), start_(MonotonicNanoseconds()) {}

CipherTimer::~CipherTimer() { counts_.cipher_nanoseconds += MonotonicNanoseconds() - start_; }

OperationCounts& CountCall(DataPlane& plane, Operation operation) {
  OperationCounts& counts = plane.counts[static_cast<std::size_t>(operation)];
  ++counts.calls;
  ++counts.items;
  ++counts.failed_items;
  return counts;
}

void CountSuccess(OperationCounts& counts, std::size_t plaintext_bytes, std::size_t ciphertext_bytes) {
  --counts.failed_items;
  counts.plaintext_bytes += plaintext_bytes;
  counts.ciphertext_bytes += ciphertext_bytes;
}

}  // namespace latchkey::data_plane
