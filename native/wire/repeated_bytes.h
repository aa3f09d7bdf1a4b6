#pragma once

#include <cstdint>

#include "native/wire/bytes.h"
#include "native/wire/protobuf_reader.h"

namespace latchkey::wire {

// Reads the values of one repeated bytes or string field, in their order, from a request that was parsed.
class RepeatedBytes {
 public:
  RepeatedBytes(Bytes request, std::uint32_t field) : reader_(request), tag_(BytesTag(field)) {}

  // False when there is no further one.
  [[nodiscard]] bool Next(Bytes& value) {
    for (Field field; reader_.Next(field);) {
      if (field.tag != tag_) continue;
      value = field.bytes;
      return true;
    }
    return false;
  }

 private:
  FieldReader reader_;
  std::uint32_t tag_;
};

}  // namespace latchkey::wire
