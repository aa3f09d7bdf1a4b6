#include "native/crypto/rsa_key.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <bit>
#include <string>

#include "native/crypto/error_queue.h"
#include "native/crypto/rsa_pkcs8.h"

namespace latchkey::crypto {
namespace {

constexpr std::array<const char*, kRsaComponents> kNames = {
    OSSL_PKEY_PARAM_RSA_N,         OSSL_PKEY_PARAM_RSA_E,           OSSL_PKEY_PARAM_RSA_D,
    OSSL_PKEY_PARAM_RSA_FACTOR1,   OSSL_PKEY_PARAM_RSA_FACTOR2,     OSSL_PKEY_PARAM_RSA_EXPONENT1,
    OSSL_PKEY_PARAM_RSA_EXPONENT2, OSSL_PKEY_PARAM_RSA_COEFFICIENT1};
constexpr std::size_t kExponentBytes = 8;

// Numbers in OSSL_PARAM are in the machine's byte order, those of DER big-endian.
static_assert(std::endian::native == std::endian::little);

using Parameters = std::array<OSSL_PARAM, kRsaComponents + 1>;
using Numbers = SecretBytes<kMaxPkcs8Bytes>;

int GoOn(EVP_PKEY_CTX* context) {
  return static_cast<const std::atomic<bool>*>(EVP_PKEY_CTX_get_app_data(context))->load() ? 0 : 1;
}

PrivateKey Generate(unsigned modulus_bits, const std::atomic<bool>& stop) {
  const PrivateKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* generated = nullptr;
  // e is 65537 unless another is asked for.
  if (context == nullptr || EVP_PKEY_keygen_init(context.get()) != 1 ||
      EVP_PKEY_CTX_set_rsa_keygen_bits(context.get(), static_cast<int>(modulus_bits)) != 1) {
    return nullptr;
  }
  EVP_PKEY_CTX_set_app_data(context.get(), const_cast<std::atomic<bool>*>(&stop));
  EVP_PKEY_CTX_set_cb(context.get(), GoOn);
  if (EVP_PKEY_generate(context.get(), &generated) != 1) return nullptr;
  return PrivateKey(generated);
}

std::size_t RoomFor(std::size_t component, std::size_t modulus_bytes) {
  if (component == 1) return kExponentBytes;
  return component == 0 || component == 2 ? modulus_bytes : modulus_bytes / 2;
}

Status WritePrivateKey(EVP_PKEY* key, std::size_t modulus_bytes, MutableBytes buffer, Bytes& private_key) {
  Numbers numbers;
  Parameters parameters{};
  RsaComponents components;
  std::array<MutableBytes, kRsaComponents> places;
  MutableBytes room = numbers.span();
  for (std::size_t i = 0; i < kRsaComponents; ++i) {
    places[i] = room.first(RoomFor(i, modulus_bytes));
    room = room.subspan(places[i].size());
    components[i] = places[i];
    parameters[i] = OSSL_PARAM_construct_BN(kNames[i], places[i].data(), places[i].size());
  }
  parameters.back() = OSSL_PARAM_construct_end();
  // Pads every number to the length of its place.
  if (EVP_PKEY_get_params(key, parameters.data()) != 1) return Status::kOpensslFailed;
  for (const MutableBytes place : places) std::ranges::reverse(place);
  return WriteRsaPkcs8(components, buffer, private_key);
}

bool WritePublicKey(EVP_PKEY* key, std::vector<std::uint8_t>& public_key) {
  const int size = i2d_PUBKEY(key, nullptr);
  if (size <= 0) return false;
  public_key.resize(static_cast<std::size_t>(size));
  unsigned char* out = public_key.data();
  return i2d_PUBKEY(key, &out) == size;
}

}  // namespace

bool IsWrappingKeySize(std::uint64_t modulus_bits) {
  return modulus_bits == 2048 || modulus_bits == 3072 || modulus_bits == 4096;
}

Status GenerateRsaKey(unsigned modulus_bits, const std::atomic<bool>& stop, MutableBytes buffer, Bytes& private_key,
                      std::vector<std::uint8_t>& public_key) {
  const ErrorQueueGuard drain;
  if (!IsWrappingKeySize(modulus_bits)) return Status::kInvalidArgument;
  const PrivateKey key = Generate(modulus_bits, stop);
  if (key == nullptr || !WritePublicKey(key.get(), public_key)) return Status::kOpensslFailed;
  return WritePrivateKey(key.get(), modulus_bits / 8, buffer, private_key);
}

Status LoadRsaKey(Bytes private_key, PrivateKey& key) {
  const ErrorQueueGuard drain;
  RsaComponents components;
  if (const Status status = ReadRsaPkcs8(private_key, components); status != Status::kOk) return status;
  Numbers numbers;
  Parameters parameters{};
  // The numbers are a part of the DER, so they have room where it has.
  if (private_key.size() > numbers.span().size()) return Status::kInvalidArgument;
  MutableBytes room = numbers.span();
  for (std::size_t i = 0; i < kRsaComponents; ++i) {
    const MutableBytes place = room.first(components[i].size());
    room = room.subspan(place.size());
    std::ranges::reverse_copy(components[i], place.begin());
    parameters[i] = OSSL_PARAM_construct_BN(kNames[i], place.data(), place.size());
  }
  parameters.back() = OSSL_PARAM_construct_end();
  const PrivateKeyContext context(EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* loaded = nullptr;
  if (context == nullptr || EVP_PKEY_fromdata_init(context.get()) != 1) return Status::kOpensslFailed;
  const bool fits = EVP_PKEY_fromdata(context.get(), &loaded, EVP_PKEY_KEYPAIR, parameters.data()) == 1;
  key.reset(loaded);
  return fits && ModulusBytes(key) <= kMaxModulusBytes ? Status::kOk : Status::kInvalidArgument;
}

std::size_t ModulusBytes(const PrivateKey& key) { return static_cast<std::size_t>(EVP_PKEY_get_size(key.get())); }

bool RsaOaepOpen(const PrivateKey& key, OaepHash hash, Bytes wrapped, MutableBytes opened, std::size_t& size) {
  const ErrorQueueGuard drain;
  const PrivateKeyContext context(EVP_PKEY_CTX_new_from_pkey(nullptr, key.get(), nullptr));
  std::string padding = OSSL_PKEY_RSA_PAD_MODE_OAEP;
  std::string digest = hash == OaepHash::kSha1 ? "SHA1" : "SHA256";
  const std::array<OSSL_PARAM, 4> parameters = {
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_PAD_MODE, padding.data(), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_OAEP_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_utf8_string(OSSL_ASYM_CIPHER_PARAM_MGF1_DIGEST, digest.data(), 0),
      OSSL_PARAM_construct_end(),
  };
  if (context == nullptr || EVP_PKEY_decrypt_init_ex(context.get(), parameters.data()) != 1) return false;
  size = opened.size();
  return EVP_PKEY_decrypt(context.get(), opened.data(), &size, wrapped.data(), wrapped.size()) == 1;
}

}  // namespace latchkey::crypto
