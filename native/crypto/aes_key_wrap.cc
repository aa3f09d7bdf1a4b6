#include "native/crypto/aes_key_wrap.h"

#include <openssl/evp.h>

#include <climits>

#include "native/crypto/algorithms.h"
#include "native/crypto/error_queue.h"
#include "native/crypto/openssl_handles.h"

namespace latchkey::crypto {

bool KwpUnwrap(Key key, Bytes wrapped, MutableBytes opened, std::size_t& size) {
  const ErrorQueueGuard drain;
  constexpr std::size_t kHalfBlock = 8;
  constexpr std::size_t kShortest = 16;
  if (wrapped.size() < kShortest || wrapped.size() % kHalfBlock != 0 || wrapped.size() > INT_MAX) return false;
  if (opened.size() < wrapped.size()) return false;
  const CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return false;
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  int written = 0;
  const bool fits =
      EVP_DecryptInit_ex2(context.get(), FetchedAlgorithms().aes_256_kwp, key.data(), nullptr, nullptr) == 1 &&
      EVP_DecryptUpdate(context.get(), opened.data(), &written, wrapped.data(), static_cast<int>(wrapped.size())) ==
          1 &&
      written > 0;
  if (!fits) Wipe(opened);
  size = fits ? static_cast<std::size_t>(written) : 0;
  return fits;
}

}  // namespace latchkey::crypto
