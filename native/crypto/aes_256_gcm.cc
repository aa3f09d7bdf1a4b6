#include "native/crypto/aes_256_gcm.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>

#include <algorithm>
#include <array>
#include <climits>
#include <utility>

#include "native/crypto/algorithms.h"
#include "native/crypto/error_queue.h"
#include "native/crypto/openssl_handles.h"

namespace latchkey::crypto {
namespace {

CipherContext NewGcmContext() {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return nullptr;
  const bool ready =
      EVP_CipherInit_ex2(context.get(), FetchedAlgorithms().aes_256_gcm, nullptr, nullptr, 1, nullptr) == 1;
  return ready ? std::move(context) : nullptr;
}

// One context per thread, given a new key per message: setting one up costs twice what a short message does. Between
// messages it holds the last message's derived key, which opens that message only.
EVP_CIPHER_CTX* ThreadContext() {
  thread_local const CipherContext context = NewGcmContext();
  return context.get();
}

bool FitsInt(Bytes bytes) { return bytes.size() <= INT_MAX - kTagBytes; }

// Bytes into the cipher: as associated data where `out` is null. EVP takes no null input, which empty bytes may be.
bool Update(EVP_CIPHER_CTX* context, std::uint8_t* out, Bytes in) {
  int written = 0;
  return in.empty() || EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(in.size())) == 1;
}

bool Start(EVP_CIPHER_CTX* context, const GcmKey& key, int encrypt) {
  return EVP_CipherInit_ex2(context, nullptr, key.key.data(), key.nonce.data(), encrypt, nullptr) == 1;
}

// What EVP_CIPHER_CTX_ctrl does with tags, at a third of its cost.
OSSL_PARAM TagParameter(std::uint8_t* tag) {
  return OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, tag, kTagBytes);
}

bool ReadTag(EVP_CIPHER_CTX* context, std::uint8_t* tag) {
  std::array<OSSL_PARAM, 2> parameters = {TagParameter(tag), OSSL_PARAM_construct_end()};
  return EVP_CIPHER_CTX_get_params(context, parameters.data()) == 1;
}

bool ExpectTag(EVP_CIPHER_CTX* context, std::uint8_t* tag) {
  const std::array<OSSL_PARAM, 2> parameters = {TagParameter(tag), OSSL_PARAM_construct_end()};
  return EVP_CIPHER_CTX_set_params(context, parameters.data()) == 1;
}

}  // namespace

Status GcmSeal(const GcmKey& key, Bytes associated_data, Bytes plaintext, MutableBytes sealed) {
  ErrorQueueGuard drain;
  if (sealed.size() != plaintext.size() + kTagBytes || !FitsInt(plaintext) || !FitsInt(associated_data)) {
    return Status::kInvalidArgument;
  }
  EVP_CIPHER_CTX* context = ThreadContext();
  std::uint8_t* tag = sealed.last<kTagBytes>().data();
  int written = 0;
  const bool done = context != nullptr && Start(context, key, 1) && Update(context, nullptr, associated_data) &&
                    Update(context, sealed.data(), plaintext) && EVP_CipherFinal_ex(context, tag, &written) == 1 &&
                    ReadTag(context, tag);
  if (done) {
    drain.NothingToDrain();
    return Status::kOk;
  }
  Wipe(sealed);
  return Status::kOpensslFailed;
}

Status GcmOpen(const GcmKey& key, Bytes associated_data, Bytes sealed, MutableBytes plaintext) {
  ErrorQueueGuard drain;
  if (sealed.size() != plaintext.size() + kTagBytes || !FitsInt(plaintext) || !FitsInt(associated_data)) {
    Wipe(plaintext);
    return Status::kInvalidArgument;
  }
  EVP_CIPHER_CTX* context = ThreadContext();
  std::array<std::uint8_t, kTagBytes> tag{};
  std::ranges::copy(sealed.last<kTagBytes>(), tag.begin());
  const bool decrypted = context != nullptr && Start(context, key, 0) && Update(context, nullptr, associated_data) &&
                         Update(context, plaintext.data(), sealed.first(plaintext.size())) &&
                         ExpectTag(context, tag.data());
  int written = 0;
  if (decrypted && EVP_CipherFinal_ex(context, tag.data(), &written) == 1) {
    drain.NothingToDrain();
    return Status::kOk;
  }
  Wipe(plaintext);
  return decrypted ? Status::kOpenFailed : Status::kOpensslFailed;
}

}  // namespace latchkey::crypto
