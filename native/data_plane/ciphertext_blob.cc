#include "native/data_plane/ciphertext_blob.h"

#include <algorithm>

#include "native/crypto/random.h"
#include "native/data_plane/associated_data.h"
#include "native/wire/requests.h"

namespace latchkey::data_plane {
namespace {

static_assert(kBlobOverheadBytes == wire::kBlobOverheadBytes);

constexpr std::uint8_t kSuiteXaes256Gcm = 0x01;

}  // namespace

Status ParseBlob(Bytes bytes, CiphertextBlob& blob) {
  if (bytes.size() <= kBlobOverheadBytes || bytes[0] != kBlobVersion || bytes[1] != kSuiteXaes256Gcm) {
    return Status::kBlobMalformed;
  }
  blob.header = bytes.first(kBlobHeaderBytes);
  blob.material_id = blob.header.last(crypto::kMaterialIdBytes);
  blob.nonce = bytes.subspan(kBlobHeaderBytes, crypto::kXaesNonceBytes);
  blob.sealed = bytes.subspan(kBlobHeaderBytes + crypto::kXaesNonceBytes);
  blob.plaintext_bytes = bytes.size() - kBlobOverheadBytes;
  return Status::kOk;
}

void WriteHeader(const crypto::MaterialId& material_id, std::span<std::uint8_t, kBlobHeaderBytes> header) {
  header[0] = kBlobVersion;
  header[1] = kSuiteXaes256Gcm;
  std::ranges::copy(material_id, header.last<crypto::kMaterialIdBytes>().begin());
}

Status SealBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, Bytes plaintext,
                MutableBytes blob) {
  const auto header = blob.first<kBlobHeaderBytes>();
  const auto nonce = blob.subspan<kBlobHeaderBytes, crypto::kXaesNonceBytes>();
  WriteHeader(key.material_id, header);
  if (const Status status = crypto::DrawNonces(nonce); status != Status::kOk) return status;
  AssociatedData associated_data(context);
  return key.key.Seal(nonce, associated_data.Of(header), plaintext,
                      blob.subspan(kBlobHeaderBytes + crypto::kXaesNonceBytes));
}

Status OpenBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, const CiphertextBlob& blob,
                MutableBytes plaintext) {
  if (!std::ranges::equal(blob.material_id, key.material_id)) {
    crypto::Wipe(plaintext);
    return Status::kOpenFailed;
  }
  AssociatedData associated_data(context);
  return key.key.Open(blob.nonce.first<crypto::kXaesNonceBytes>(), associated_data.Of(blob.header), blob.sealed,
                      plaintext);
}

}  // namespace latchkey::data_plane
