#include "native/crypto/rsa_pkcs8.h"

#include <algorithm>

namespace latchkey::crypto {
namespace {

constexpr std::uint8_t kInteger = 0x02;
constexpr std::uint8_t kOctetString = 0x04;
constexpr std::uint8_t kSequence = 0x30;

constexpr std::array<std::uint8_t, 3> kVersionZero = {kInteger, 1, 0};
// SEQUENCE { rsaEncryption 1.2.840.113549.1.1.1, NULL }
constexpr std::array<std::uint8_t, 15> kRsaEncryption = {kSequence, 13,   0x06, 9,    0x2a, 0x86, 0x48, 0x86,
                                                         0xf7,      0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};

// Writes DER from the end to the start, so that every length is known when it is written.
class DerWriter {
 public:
  explicit DerWriter(MutableBytes buffer) : buffer_(buffer), start_(buffer.size()) {}

  void Write(Bytes bytes) {
    fits_ = fits_ && bytes.size() <= start_;
    if (!fits_) return;
    start_ -= bytes.size();
    std::ranges::copy(bytes, buffer_.subspan(start_).begin());
  }
  void Write(std::uint8_t byte) { Write(Bytes(&byte, 1)); }

  // Puts tag and length before everything written since `size()` was `end`.
  void Enclose(std::uint8_t tag, std::size_t end) {
    const std::size_t length = size() - end;
    Write(static_cast<std::uint8_t>(length));
    if (length > 0xff) Write(static_cast<std::uint8_t>(length >> 8));
    if (length > 0x7f) Write(length > 0xff ? 0x82 : 0x81);
    Write(tag);
    fits_ = fits_ && length <= 0xffff;
  }

  void WriteInteger(Bytes value) {
    while (value.size() > 1 && value[0] == 0) value = value.subspan(1);
    const std::size_t end = size();
    Write(value);
    if (!value.empty() && value[0] > 0x7f) Write(std::uint8_t{0});
    Enclose(kInteger, end);
  }

  [[nodiscard]] std::size_t size() const { return buffer_.size() - start_; }
  [[nodiscard]] bool fits() const { return fits_; }

 private:
  MutableBytes buffer_;
  std::size_t start_;
  bool fits_ = true;
};

// Takes one element off `rest`. Lengths of up to two bytes, in the shortest form.
bool Take(Bytes& rest, std::uint8_t tag, Bytes& content) {
  if (rest.size() < 2 || rest[0] != tag) return false;
  std::size_t length = rest[1];
  std::size_t header = 2;
  if (length > 0x7f) {
    const std::size_t more = length - 0x80;
    if (more < 1 || more > 2 || rest.size() < header + more) return false;
    length = more == 1 ? rest[2] : (std::size_t{rest[2]} << 8) | rest[3];
    if (length <= (more == 1 ? 0x7f : 0xff)) return false;
    header += more;
  }
  if (rest.size() - header < length) return false;
  content = rest.subspan(header, length);
  rest = rest.subspan(header + length);
  return true;
}

bool TakeExactly(Bytes& rest, Bytes expected) {
  if (rest.size() < expected.size() || !std::ranges::equal(rest.first(expected.size()), expected)) return false;
  rest = rest.subspan(expected.size());
  return true;
}

}  // namespace

Status WriteRsaPkcs8(const RsaComponents& components, MutableBytes buffer, Bytes& der) {
  DerWriter writer(buffer);
  for (std::size_t i = components.size(); i > 0; --i) writer.WriteInteger(components[i - 1]);
  writer.Write(kVersionZero);
  writer.Enclose(kSequence, 0);
  writer.Enclose(kOctetString, 0);
  writer.Write(kRsaEncryption);
  writer.Write(kVersionZero);
  writer.Enclose(kSequence, 0);
  if (!writer.fits()) return Status::kBufferTooSmall;
  der = buffer.last(writer.size());
  return Status::kOk;
}

Status ReadRsaPkcs8(Bytes der, RsaComponents& components) {
  Bytes info;
  Bytes key;
  Bytes integers;
  const bool enclosed = Take(der, kSequence, info) && der.empty() && TakeExactly(info, kVersionZero) &&
                        TakeExactly(info, kRsaEncryption) && Take(info, kOctetString, key) && info.empty() &&
                        Take(key, kSequence, integers) && key.empty() && TakeExactly(integers, kVersionZero);
  if (!enclosed) return Status::kInvalidArgument;
  for (Bytes& component : components) {
    if (!Take(integers, kInteger, component) || component.empty()) return Status::kInvalidArgument;
  }
  return integers.empty() ? Status::kOk : Status::kInvalidArgument;
}

}  // namespace latchkey::crypto
