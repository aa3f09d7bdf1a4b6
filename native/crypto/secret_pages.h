#pragma once

#include "native/crypto/private_pages.h"
#include "native/crypto/secret_bytes.h"

namespace latchkey::crypto {

// A secret too large for an arena slot, or one that crosses threads: pages of its own, wiped when it ends.
class SecretPages {
 public:
  explicit SecretPages(std::size_t size) : pages_(size, PrivatePages::Lock::kTry) {}
  ~SecretPages() { Wipe(pages_.bytes()); }
  SecretPages(const SecretPages&) = delete;
  SecretPages& operator=(const SecretPages&) = delete;
  SecretPages(SecretPages&&) = delete;
  SecretPages& operator=(SecretPages&&) = delete;

  // Whether there was memory; `bytes()` is empty otherwise.
  [[nodiscard]] bool mapped() const { return pages_.mapped(); }
  [[nodiscard]] MutableBytes bytes() const { return pages_.bytes(); }

 private:
  PrivatePages pages_;
};

}  // namespace latchkey::crypto
