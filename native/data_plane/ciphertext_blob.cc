#include "native/data_plane/ciphertext_blob.h"

#include <algorithm>
#include <array>

#include "native/crypto/random.h"
#include "native/wire/requests.h"

namespace latchkey::data_plane {
namespace {

static_assert(kBlobOverheadBytes == wire::kBlobOverheadBytes);

constexpr std::uint8_t kSuiteXaes256Gcm = 0x01;

// header || canonical context, contiguous, because each update of a cipher costs as much as copying a kilobyte.
class AssociatedData {
 public:
  AssociatedData(Bytes header, const wire::EncryptionContext& context)
      : size_(kBlobHeaderBytes + context.CanonicalSize()) {
    std::ranges::copy(header, bytes_.begin());
    context.WriteCanonical(MutableBytes(bytes_).subspan(kBlobHeaderBytes, context.CanonicalSize()));
  }
  [[nodiscard]] Bytes bytes() const { return Bytes(bytes_).first(size_); }

 private:
  std::array<std::uint8_t, kBlobHeaderBytes + wire::kMaxContextBytes> bytes_;
  std::size_t size_;
};

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

Status SealBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, Bytes plaintext,
                MutableBytes blob) {
  const auto header = blob.first<kBlobHeaderBytes>();
  const auto nonce = blob.subspan<kBlobHeaderBytes, crypto::kXaesNonceBytes>();
  header[0] = kBlobVersion;
  header[1] = kSuiteXaes256Gcm;
  std::ranges::copy(key.material_id, header.last<crypto::kMaterialIdBytes>().begin());
  if (const Status status = crypto::DrawNonces(nonce); status != Status::kOk) return status;
  const AssociatedData associated_data(header, context);
  return key.key.Seal(nonce, associated_data.bytes(), plaintext,
                      blob.subspan(kBlobHeaderBytes + crypto::kXaesNonceBytes));
}

Status OpenBlob(const crypto::BackingKey& key, const wire::EncryptionContext& context, const CiphertextBlob& blob,
                MutableBytes plaintext) {
  if (!std::ranges::equal(blob.material_id, key.material_id)) {
    crypto::Wipe(plaintext);
    return Status::kOpenFailed;
  }
  const AssociatedData associated_data(blob.header, context);
  return key.key.Open(blob.nonce.first<crypto::kXaesNonceBytes>(), associated_data.bytes(), blob.sealed, plaintext);
}

}  // namespace latchkey::data_plane
