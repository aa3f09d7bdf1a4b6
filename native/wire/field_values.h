// Values of fields, as protobuf reads them. Shared by the parsers of unary requests and of batches.
#pragma once

#include <cstdint>

#include "native/crypto/status.h"
#include "native/wire/bytes.h"
#include "native/wire/protobuf_reader.h"
#include "native/wire/requests.h"
#include "native/wire/utf8.h"

namespace latchkey::wire {

inline Status ReadString(const Field& field, Bytes& out) {
  out = field.bytes;
  return IsUtf8(field.bytes) ? Status::kOk : Status::kInvalidUtf8;
}

inline Status ReadBytes(const Field& field, Bytes& out) {
  out = field.bytes;
  return Status::kOk;
}

// Protobuf keeps the low 32 bits of a longer varint.
template <typename Number>
Status ReadUint32(const Field& field, Number& out) {
  out = static_cast<std::uint32_t>(field.varint);
  return Status::kOk;
}

inline Status ReadBool(const Field& field, bool& out) {
  out = field.varint != 0;
  return Status::kOk;
}

// The oneof `length` of requests for data keys: which of its two fields came last, if any, with what value.
struct DataKeyLength {
  std::uint32_t field = 0;
  std::uint32_t value = 0;

  // The length in bytes. kLengthMissing, kDataKeySpecUnknown, kLengthOutOfRange.
  [[nodiscard]] RequestError Resolve(std::uint32_t& bytes) const;
};

}  // namespace latchkey::wire
