// The input is a ciphertext blob (docs/FORMATS.md).

#include "native/data_plane/ciphertext_blob.h"

#include "test/fuzz/check.h"

namespace latchkey::fuzz {
namespace {

using data_plane::Bytes;

constexpr std::size_t kHeaderBytes = 34;
constexpr std::size_t kNonceBytes = 24;
constexpr std::size_t kTagBytes = 16;
constexpr std::size_t kOverheadBytes = kHeaderBytes + kNonceBytes + kTagBytes;

bool Is(Bytes part, Bytes whole, std::size_t offset, std::size_t length) {
  return part.data() == whole.data() + offset && part.size() == length;
}

void CheckBlob(Bytes bytes) {
  data_plane::CiphertextBlob blob;
  const bool accepted = data_plane::ParseBlob(bytes, blob) == Status::kOk;
  const bool is_version_1 = bytes.size() > kOverheadBytes && bytes[0] == 1 && bytes[1] == 1;
  Check(accepted == is_version_1, "a blob of version 1 and suite 1 with a ciphertext is accepted, and nothing else is");
  if (!accepted) return;

  Check(Is(blob.header, bytes, 0, kHeaderBytes), "the header is the first 34 bytes");
  Check(Is(blob.material_id, bytes, 2, 32), "the key material id is bytes 2 to 33");
  Check(Is(blob.nonce, bytes, kHeaderBytes, kNonceBytes), "the nonce follows the header");
  Check(Is(blob.sealed, bytes, kHeaderBytes + kNonceBytes, bytes.size() - kHeaderBytes - kNonceBytes),
        "ciphertext and tag are the rest");
  Check(blob.plaintext_bytes == bytes.size() - kOverheadBytes, "the plaintext is 74 bytes shorter");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::CheckBlob({data, size});
  return 0;
}
