#include "native/crypto/openssl_runtime.h"

#include <dlfcn.h>
#include <link.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <filesystem>
#include <system_error>

#include "native/crypto/algorithms.h"

namespace latchkey::crypto {

bool OpensslFits() {
  return OPENSSL_version_major() == OPENSSL_VERSION_MAJOR && OPENSSL_version_major() >= 3 &&
         FetchedAlgorithms().complete;
}

std::string OpensslVersion() { return OpenSSL_version(OPENSSL_VERSION_STRING); }

std::string OpensslFile() {
  Dl_info symbol{};
  link_map* object = nullptr;
  const auto* code = reinterpret_cast<const void*>(&EVP_EncryptUpdate);
  if (dladdr1(code, &symbol, reinterpret_cast<void**>(&object), RTLD_DL_LINKMAP) == 0 || object == nullptr) return {};
  // The program itself has no name in the link map, and dladdr would answer argv[0].
  const char* name = object->l_name[0] == '\0' ? "/proc/self/exe" : object->l_name;
  std::error_code failure;
  return std::filesystem::canonical(name, failure).string();
}

}  // namespace latchkey::crypto
