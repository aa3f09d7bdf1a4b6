#include "native/data_plane/request_texts.h"

#include <cstring>

#include "native/data_plane/batch_items.h"
#include "native/wire/repeated_bytes.h"

namespace latchkey::data_plane {

Status ReadGrantTokens(Bytes request, std::uint32_t field, std::span<Bytes> tokens, std::size_t& count) {
  wire::RepeatedBytes reader(request, field);
  count = 0;
  for (Bytes token; reader.Next(token); ++count) {
    if (count == tokens.size()) return Status::kBufferTooSmall;
    tokens[count] = token;
  }
  return Status::kOk;
}

Status ReadContext(Bytes request, std::uint32_t field, wire::EncryptionContext& context) {
  wire::RepeatedBytes reader(request, field);
  for (Bytes entry; reader.Next(entry);) {
    if (const Status status = context.Add(entry); status != Status::kOk) return status;
  }
  return context.Finish();
}

bool ColumnValueRef::operator==(const ColumnValueRef& other) const {
  return text.size() == other.text.size() &&
         (text.empty() || std::memcmp(text.data(), other.text.data(), text.size()) == 0);
}

Status ReadColumn(Bytes request, std::uint32_t field, ColumnIndex& values, std::span<std::uint32_t> numbers) {
  wire::RepeatedBytes reader(request, field);
  std::size_t item = 0;
  for (Bytes value; reader.Next(value); ++item) {
    if (item == numbers.size()) return Status::kInvalidArgument;
    if (const Status status = values.NumberOf({value}, numbers[item]); status != Status::kOk) return status;
  }
  return item == numbers.size() ? Status::kOk : Status::kInvalidArgument;
}

Status ReadMaterials(const DataPlane& plane, Operation operation, Bytes request, std::span<std::uint32_t> numbers) {
  if (operation != Operation::kBatchDecrypt && operation != Operation::kBatchReEncrypt) return Status::kInvalidArgument;
  MaterialIndex materials;
  wire::RepeatedBytes reader(request, RequestFieldsOf(operation).items);
  std::size_t item = 0;
  for (Bytes bytes; reader.Next(bytes); ++item) {
    if (item == numbers.size()) return Status::kInvalidArgument;
    numbers[item] = kNoMaterial;
    CiphertextBlob blob{};
    if (ReadBlob(bytes, plane.limits, blob) != kSucceeded) continue;
    const Status status = materials.NumberOf({blob.material_id.data()}, numbers[item]);
    if (status != Status::kOk) return status;
  }
  return item == numbers.size() ? Status::kOk : Status::kInvalidArgument;
}

}  // namespace latchkey::data_plane
