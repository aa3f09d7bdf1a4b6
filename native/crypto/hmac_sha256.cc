#include "native/crypto/hmac_sha256.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <array>
#include <string>

#include "native/crypto/algorithms.h"
#include "native/crypto/error_queue.h"
#include "native/crypto/openssl_handles.h"

namespace latchkey::crypto {

Status HmacSha256(Bytes key, std::initializer_list<Bytes> parts, std::span<std::uint8_t, kMacBytes> mac) {
  const ErrorQueueGuard drain;
  const MacContext context(EVP_MAC_CTX_new(FetchedAlgorithms().hmac));
  std::string digest = "SHA256";
  const std::array<OSSL_PARAM, 2> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end(),
  };
  bool done = context != nullptr && EVP_MAC_init(context.get(), key.data(), key.size(), parameters.data()) == 1;
  for (const Bytes part : parts) done = done && EVP_MAC_update(context.get(), part.data(), part.size()) == 1;
  std::size_t written = 0;
  done = done && EVP_MAC_final(context.get(), mac.data(), &written, mac.size()) == 1 && written == mac.size();
  return done ? Status::kOk : Status::kOpensslFailed;
}

}  // namespace latchkey::crypto
