// Import as a caller of the service sees it: keys made once, and wrapping done by OpenSSL itself.
#pragma once

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <atomic>
#include <memory>

#include "native/crypto/import_jobs.h"
#include "native/crypto/random.h"
#include "native/crypto/rsa_key.h"
#include "test/native/support.h"

namespace latchkey::testing_support {

struct FreeKey {
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(EVP_PKEY_CTX* context) const { EVP_PKEY_CTX_free(context); }
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};

inline bool UsesSha256(crypto::ImportWrapping wrapping) {
  return wrapping == crypto::ImportWrapping::kRsaesOaepSha256 ||
         wrapping == crypto::ImportWrapping::kRsaAesKeyWrapSha256;
}
inline bool WrapsKey(crypto::ImportWrapping wrapping) {
  return wrapping == crypto::ImportWrapping::kRsaAesKeyWrapSha256 ||
         wrapping == crypto::ImportWrapping::kRsaAesKeyWrapSha1;
}

inline Vector RandomBytes(std::size_t size) {
  Vector bytes(size);
  EXPECT_EQ(crypto::DrawSecret(bytes), Status::kOk);
  return bytes;
}

struct Oaep {
  bool sha256;
  bool mgf_sha256;
  std::string label;
};

inline Vector OaepSeal(const Vector& public_key, const Oaep& oaep, const Vector& bytes) {
  const unsigned char* der = public_key.data();
  const std::unique_ptr<EVP_PKEY, FreeKey> key(d2i_PUBKEY(nullptr, &der, static_cast<long>(public_key.size())));
  const std::unique_ptr<EVP_PKEY_CTX, FreeKey> context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  EXPECT_EQ(EVP_PKEY_encrypt_init(context.get()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_padding(context.get(), RSA_PKCS1_OAEP_PADDING), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_oaep_md(context.get(), oaep.sha256 ? EVP_sha256() : EVP_sha1()), 1);
  EXPECT_EQ(EVP_PKEY_CTX_set_rsa_mgf1_md(context.get(), oaep.mgf_sha256 ? EVP_sha256() : EVP_sha1()), 1);
  if (!oaep.label.empty()) {
    void* label = OPENSSL_memdup(oaep.label.data(), oaep.label.size());
    EXPECT_EQ(EVP_PKEY_CTX_set0_rsa_oaep_label(context.get(), label, static_cast<int>(oaep.label.size())), 1);
  }
  std::size_t size = crypto::kMaxPkcs8Bytes;
  Vector sealed(size);
  EXPECT_EQ(EVP_PKEY_encrypt(context.get(), sealed.data(), &size, bytes.data(), bytes.size()), 1);
  sealed.resize(size);
  return sealed;
}

inline Vector KwpSeal(const Vector& key, const Vector& bytes) {
  const std::unique_ptr<EVP_CIPHER_CTX, FreeKey> context(EVP_CIPHER_CTX_new());
  EVP_CIPHER_CTX_set_flags(context.get(), EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  EXPECT_EQ(EVP_EncryptInit_ex(context.get(), EVP_aes_256_wrap_pad(), nullptr, key.data(), nullptr), 1);
  Vector sealed(bytes.size() + 16);
  int size = 0;
  EXPECT_EQ(EVP_EncryptUpdate(context.get(), sealed.data(), &size, bytes.data(), static_cast<int>(bytes.size())), 1);
  sealed.resize(static_cast<std::size_t>(size));
  return sealed;
}

inline Vector Joined(Vector first, const Vector& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

inline Vector WrapFor(const Vector& public_key, crypto::ImportWrapping wrapping, const Vector& material) {
  const Oaep oaep = {.sha256 = UsesSha256(wrapping), .mgf_sha256 = UsesSha256(wrapping), .label = {}};
  if (!WrapsKey(wrapping)) return OaepSeal(public_key, oaep, material);
  const Vector key = RandomBytes(crypto::kKeyBytes);
  return Joined(OaepSeal(public_key, oaep, key), KwpSeal(key, material));
}

struct Token {
  crypto::TokenId id;
  Vector token;
  Vector public_key;
};

struct KeyPair {
  Vector private_key;
  Vector public_key;
};

// Made once: under sanitizers each would cost a good part of a second.
inline const KeyPair& SharedKeyPair() {
  static const KeyPair pair = [] {
    KeyPair made;
    Vector buffer(crypto::kMaxPkcs8Bytes);
    crypto::Bytes private_key;
    const std::atomic<bool> stop = false;
    EXPECT_EQ(crypto::GenerateRsaKey(2048, stop, buffer, private_key, made.public_key), Status::kOk);
    made.private_key = ToVector(private_key);
    return made;
  }();
  return pair;
}

// A table with an import key.
struct TableForImport : TableWithKeys {
  TableForImport() : TableWithKeys(2) {
    EXPECT_EQ(table.keyring().CreateImportKey(domain_id, import_id, stored_import), Status::kOk);
  }

  [[nodiscard]] crypto::ImportTokenFields Fields(crypto::ImportWrapping wrapping) const {
    return {.token_id = {}, .wrapping = wrapping, .wrapping_key_bits = 2048, .expires_at = 1'900'000'000'123};
  }

  // With the shared key pair.
  Token MakeToken(crypto::ImportWrapping wrapping) {
    const KeyPair& pair = SharedKeyPair();
    crypto::ImportTokenFields fields = Fields(wrapping);
    EXPECT_EQ(crypto::DrawNonces(fields.token_id), Status::kOk);
    crypto::ImportTokenContent content;
    content.Hold(pair.private_key.size());
    const auto place = content.whole().last(pair.private_key.size());
    std::copy(pair.private_key.begin(), pair.private_key.end(), place.begin());
    Token made = {.id = fields.token_id, .token = {}, .public_key = pair.public_key};
    EXPECT_EQ(table.keyring().SealToken(import_id, owner.key_id, fields, content, made.token), Status::kOk);
    return made;
  }

  // As the service makes one, with a key pair of its own.
  Token MakeFreshToken(crypto::ImportWrapping wrapping) {
    crypto::KeyPairGeneration work(import_id, owner.key_id, Fields(wrapping));
    EXPECT_EQ(work.Prepare(table.keyring()), Status::kOk);
    EXPECT_EQ(work.Run(go_on), Status::kOk);
    EXPECT_EQ(work.Finish(table.keyring()), Status::kOk);
    return {.id = work.token_id(), .token = work.token(), .public_key = work.public_key()};
  }

  [[nodiscard]] crypto::UnwrapOrder Order(const Vector& token, const Vector& wrapped) const {
    return {.key_id = owner.key_id,
            .domain_key_id = domain_id,
            .key_spec = std::string(owner.key_spec),
            .token = token,
            .wrapped = wrapped};
  }

  Status Unwrap(const Vector& token, const Vector& wrapped, Material& material) {
    crypto::MaterialUnwrapping work(Order(token, wrapped));
    if (const Status status = work.Prepare(table.keyring()); status != Status::kOk) return status;
    if (const Status status = work.Run(go_on); status != Status::kOk) return status;
    const Status status = work.Finish(table.keyring());
    material = {.id = work.id(), .stored = work.stored()};
    return status;
  }

  const std::atomic<bool> go_on = false;
  crypto::KeyId import_id{};
  crypto::StoredImportKey stored_import{};
};

}  // namespace latchkey::testing_support
