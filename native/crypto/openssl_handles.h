// Owners of OpenSSL's objects. Its headers are included by the .cc files of this folder only, so that the layers above
// see types and no functions of OpenSSL.
#pragma once

#include <memory>

struct evp_cipher_ctx_st;
struct evp_kdf_ctx_st;
struct evp_mac_ctx_st;
struct evp_pkey_ctx_st;
struct evp_pkey_st;

namespace latchkey::crypto {

// Freeing wipes the key schedule and every other state of the object (OPENSSL_clear_free).
struct OpensslFree {
  void operator()(evp_cipher_ctx_st* context) const;
  void operator()(evp_kdf_ctx_st* context) const;
  void operator()(evp_mac_ctx_st* context) const;
  void operator()(evp_pkey_ctx_st* context) const;
  void operator()(evp_pkey_st* key) const;
};

using CipherContext = std::unique_ptr<evp_cipher_ctx_st, OpensslFree>;
using KdfContext = std::unique_ptr<evp_kdf_ctx_st, OpensslFree>;
using MacContext = std::unique_ptr<evp_mac_ctx_st, OpensslFree>;
using PrivateKey = std::unique_ptr<evp_pkey_st, OpensslFree>;
using PrivateKeyContext = std::unique_ptr<evp_pkey_ctx_st, OpensslFree>;

}  // namespace latchkey::crypto
