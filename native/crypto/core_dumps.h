#pragma once

namespace latchkey::crypto {

// Makes the process undumpable: no core file, no ptrace by its own user. False when the kernel refuses.
[[nodiscard]] bool ForbidCoreDumps();

}  // namespace latchkey::crypto
