#include "native/crypto/openssl_handles.h"

#include <openssl/evp.h>
#include <openssl/kdf.h>

namespace latchkey::crypto {

void OpensslFree::operator()(evp_cipher_ctx_st* context) const { EVP_CIPHER_CTX_free(context); }
void OpensslFree::operator()(evp_kdf_ctx_st* context) const { EVP_KDF_CTX_free(context); }
void OpensslFree::operator()(evp_mac_ctx_st* context) const { EVP_MAC_CTX_free(context); }
void OpensslFree::operator()(evp_pkey_ctx_st* context) const { EVP_PKEY_CTX_free(context); }
void OpensslFree::operator()(evp_pkey_st* key) const { EVP_PKEY_free(key); }

}  // namespace latchkey::crypto
