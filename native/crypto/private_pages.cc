#include "native/crypto/private_pages.h"

#include <sys/mman.h>

namespace latchkey::crypto {

PrivatePages::PrivatePages(std::size_t size, Lock lock) {
  void* start = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) return;
  // Both are promises of SECURITY.md: a kernel that cannot keep them gets no keys.
  if (madvise(start, size, MADV_DONTDUMP) != 0 || madvise(start, size, MADV_WIPEONFORK) != 0) {
    munmap(start, size);
    return;
  }
  bytes_ = MutableBytes(static_cast<std::uint8_t*>(start), size);
  locked_ = lock == Lock::kTry && mlock(start, size) == 0;
}

PrivatePages::~PrivatePages() {
  // Nothing to wipe: whoever used the pages has wiped what was there, and the kernel clears pages before it reuses
  // them.
  if (mapped()) munmap(bytes_.data(), bytes_.size());
}

}  // namespace latchkey::crypto
