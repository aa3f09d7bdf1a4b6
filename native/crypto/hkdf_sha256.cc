#include "native/crypto/hkdf_sha256.h"

#include <openssl/core_names.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <array>
#include <string>
#include <vector>

#include "native/crypto/algorithms.h"
#include "native/crypto/error_queue.h"
#include "native/crypto/openssl_handles.h"

namespace latchkey::crypto {
namespace {

// OSSL_PARAM is also used for results, so it takes no pointer to const.
OSSL_PARAM Octets(const char* name, Bytes bytes) {
  return OSSL_PARAM_construct_octet_string(name, const_cast<std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace

Status HkdfSha256(const HkdfInput& input, MutableBytes okm) {
  const ErrorQueueGuard drain;
  const KdfContext context(EVP_KDF_CTX_new(FetchedAlgorithms().hkdf));
  std::string digest = "SHA256";
  std::vector<OSSL_PARAM> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
      Octets(OSSL_KDF_PARAM_KEY, input.key),
  };
  // RFC 5869 §2.2: no salt is a salt of zeros, which is what OpenSSL takes when none is named.
  if (!input.salt.empty()) parameters.push_back(Octets(OSSL_KDF_PARAM_SALT, input.salt));
  if (!input.info.empty()) parameters.push_back(Octets(OSSL_KDF_PARAM_INFO, input.info));
  parameters.push_back(OSSL_PARAM_construct_end());
  if (context != nullptr && EVP_KDF_derive(context.get(), okm.data(), okm.size(), parameters.data()) == 1) {
    return Status::kOk;
  }
  Wipe(okm);
  return Status::kOpensslFailed;
}

}  // namespace latchkey::crypto
