#include "native/data_plane/batch_results.h"

#include <algorithm>

namespace latchkey::data_plane {
namespace {

std::uint8_t* WriteVarint(std::uint32_t value, std::uint8_t* out) {
  for (; value >= 0x80; value >>= 7) *out++ = static_cast<std::uint8_t>(value | 0x80);
  *out++ = static_cast<std::uint8_t>(value);
  return out;
}

}  // namespace

BatchResults::BatchResults(const BatchCall& call, const wire::BatchResponseFields& fields)
    : call_(call), fields_(fields), response_(call.out) {
  call.workspace.outcomes.clear();
}

void BatchResults::Key(const crypto::BackingKey& key) {
  response_.String(fields_.key_arn, call_.key_arn);
  response_.Hex(fields_.key_material_id, key.material_id);
}

MutableBytes BatchResults::Reserve(std::size_t length) {
  last_result_ = response_.size();
  return response_.ReserveBytes(fields_.results, length);
}

void BatchResults::TakeBack() { response_.Rewind(last_result_); }

MutableBytes BatchResults::ReservePlaintexts(std::size_t result_bytes, std::size_t bytes) {
  const std::size_t start = response_.size();
  static_cast<void>(response_.Skip(result_bytes));
  const MutableBytes place = response_.Skip(bytes);
  if (!response_.ok()) return {};
  plaintexts_end_ = response_.size();
  response_.Rewind(start);
  return place;
}

void BatchResults::Fail(ItemOutcome outcome) {
  static_cast<void>(response_.ReserveBytes(fields_.results, 0));
  call_.workspace.outcomes.push_back(outcome);
  ++failed_;
}

void BatchResults::Flags(std::span<const std::uint8_t> flags) {
  const MutableBytes packed = response_.ReserveBytes(fields_.re_encrypted, flags.size());
  if (response_.ok()) std::ranges::copy(flags, packed.begin());
}

// In one pass over the items for the sizes and one for the indexes, however many reasons there are.
void BatchResults::Errors() {
  if (failed_ == 0) return;
  CountReasons();
  for (std::size_t slot = 0; slot < call_.statuses.size(); ++slot) {
    BatchWorkspace::Reason& reason = call_.workspace.reasons[slot];
    if (reason.count > 0) WriteFrame(call_.statuses[slot], reason);
  }
  if (response_.ok()) WriteIndexes();
  response_.Uint32(fields_.failed_count, static_cast<std::uint32_t>(failed_));
}

void BatchResults::CountReasons() {
  BatchWorkspace& workspace = call_.workspace;
  workspace.reasons.assign(call_.statuses.size(), {});
  for (std::size_t item = 0; item < workspace.outcomes.size(); ++item) {
    if (workspace.outcomes[item] == kSucceeded) continue;
    BatchWorkspace::Reason& reason = workspace.reasons[workspace.outcomes[item] - 1U];
    ++reason.count;
    reason.index_bytes += static_cast<std::uint32_t>(wire::VarintBytes(item));
  }
}

void BatchResults::WriteFrame(Bytes status, BatchWorkspace::Reason& reason) {
  const std::size_t size = wire::BytesFieldBytes(status.size()) + wire::BytesFieldBytes(reason.index_bytes);
  const MutableBytes room = response_.ReserveBytes(fields_.errors, size);
  if (!response_.ok()) return;
  wire::ResponseWriter error(room);
  const MutableBytes copy = error.ReserveBytes(wire::BatchError::kStatusField, status.size());
  std::ranges::copy(status, copy.begin());
  reason.next = error.ReserveBytes(wire::BatchError::kIndexesField, reason.index_bytes).data();
}

void BatchResults::WriteIndexes() {
  BatchWorkspace& workspace = call_.workspace;
  for (std::size_t item = 0; item < workspace.outcomes.size(); ++item) {
    if (workspace.outcomes[item] == kSucceeded) continue;
    BatchWorkspace::Reason& reason = workspace.reasons[workspace.outcomes[item] - 1U];
    reason.next = WriteVarint(static_cast<std::uint32_t>(item), reason.next);
  }
}

}  // namespace latchkey::data_plane
