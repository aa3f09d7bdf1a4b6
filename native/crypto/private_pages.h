#pragma once

#include "native/crypto/secret_bytes.h"

namespace latchkey::crypto {

// Pages of our own for secrets: absent from core dumps, zero in a forked child, locked in memory where the system lets
// us. OPENSSL_secure_malloc would be plain malloc unless Node runs with --secure-heap.
class PrivatePages {
 public:
  // Maps `size` bytes of zeros; `mapped()` says whether that worked.
  enum class Lock : bool { kNo, kTry };
  PrivatePages(std::size_t size, Lock lock);
  ~PrivatePages();
  PrivatePages(const PrivatePages&) = delete;
  PrivatePages& operator=(const PrivatePages&) = delete;
  PrivatePages(PrivatePages&&) = delete;
  PrivatePages& operator=(PrivatePages&&) = delete;

  [[nodiscard]] bool mapped() const { return !bytes_.empty(); }
  [[nodiscard]] bool locked() const { return locked_; }
  [[nodiscard]] MutableBytes bytes() const { return bytes_; }

 private:
  MutableBytes bytes_;
  bool locked_ = false;
};

}  // namespace latchkey::crypto
