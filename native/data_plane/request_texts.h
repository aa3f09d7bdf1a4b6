// What a decision about a request may depend on beside its keys. Read again from the request, and only for a decision
// that asks. All borrow a request that was accepted; where it is another one, what comes out is wrong and in bounds.
#pragma once

#include <cstdint>
#include <span>

#include "native/data_plane/data_plane.h"
#include "native/data_plane/distinct_index.h"
#include "native/wire/encryption_context.h"

namespace latchkey::data_plane {

// The grant tokens, which are in the field of this number. kBufferTooSmall when `tokens` has no room for all.
Status ReadGrantTokens(Bytes request, std::uint32_t field, std::span<Bytes> tokens, std::size_t& count);

// The encryption context in the field of this number.
Status ReadContext(Bytes request, std::uint32_t field, wire::EncryptionContext& context);

// One value of a context column, borrowed from a request.
struct ColumnValueRef {
  Bytes text;

  [[nodiscard]] Bytes bytes() const { return text; }
  bool operator==(const ColumnValueRef& other) const;
};
using ColumnIndex = DistinctIndex<ColumnValueRef>;

// The distinct values of the column whose values are in the field of this number, and for each item the number of its
// own. kInvalidArgument when there are not as many values as `numbers`; kRandomUnavailable.
Status ReadColumn(Bytes request, std::uint32_t field, ColumnIndex& values, std::span<std::uint32_t> numbers);

inline constexpr std::uint32_t kNoMaterial = UINT32_MAX;

// For each item of a BatchDecrypt or BatchReEncrypt the number of its material, as ParseBatch numbers them; kNoMaterial
// for one that fails before its material matters. kInvalidArgument for other operations and when there are not as many
// items as `numbers`; kRandomUnavailable.
Status ReadMaterials(const DataPlane& plane, Operation operation, Bytes request, std::span<std::uint32_t> numbers);

}  // namespace latchkey::data_plane
