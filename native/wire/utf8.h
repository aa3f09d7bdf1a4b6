#pragma once

#include "native/wire/bytes.h"

namespace latchkey::wire {

// Whether `text` is well-formed UTF-8 (Unicode 15, table 3-7): no overlong form, no surrogate, nothing above U+10FFFF.
[[nodiscard]] bool IsUtf8(Bytes text);

}  // namespace latchkey::wire
