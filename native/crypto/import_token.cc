#include "native/crypto/import_token.h"

#include <algorithm>
#include <string_view>

#include "native/crypto/random.h"
#include "native/crypto/rsa_key.h"

namespace latchkey::crypto {
namespace {

constexpr std::uint8_t kVersion = 0x01;
constexpr std::size_t kPrefixBytes = 1 + kKeyIdBytes;
constexpr std::size_t kOverheadBytes = kPrefixBytes + kXaesNonceBytes + kTagBytes;
constexpr std::uint64_t kMaxSafeInteger = (std::uint64_t{1} << 53) - 1;

constexpr std::size_t kWrappingOffset = kTokenIdBytes;
constexpr std::size_t kBitsOffset = kWrappingOffset + 1;
constexpr std::size_t kExpiryOffset = kBitsOffset + 2;

std::vector<std::uint8_t> TokenContext(const KeyId& key_id) {
  const Bytes label = TextBytes(std::string_view("latchkey import token v1\0", 25));
  std::vector<std::uint8_t> context(label.begin(), label.end());
  context.insert(context.end(), key_id.begin(), key_id.end());
  return context;
}

void WriteBigEndian(std::uint64_t number, MutableBytes out) {
  for (std::size_t i = out.size(); i > 0; --i, number >>= 8) out[i - 1] = static_cast<std::uint8_t>(number);
}

std::uint64_t ReadBigEndian(Bytes bytes) {
  std::uint64_t number = 0;
  for (const std::uint8_t byte : bytes) number = (number << 8) | byte;
  return number;
}

void WriteFields(const ImportTokenFields& fields, MutableBytes header) {
  std::ranges::copy(fields.token_id, header.begin());
  header[kWrappingOffset] = static_cast<std::uint8_t>(fields.wrapping);
  WriteBigEndian(fields.wrapping_key_bits, header.subspan(kBitsOffset, 2));
  WriteBigEndian(fields.expires_at, header.subspan(kExpiryOffset, 8));
}

bool ReadFields(Bytes header, ImportTokenFields& fields) {
  std::ranges::copy(header.first<kTokenIdBytes>(), fields.token_id.begin());
  const std::uint8_t wrapping = header[kWrappingOffset];
  const std::uint64_t bits = ReadBigEndian(header.subspan(kBitsOffset, 2));
  fields.expires_at = ReadBigEndian(header.subspan(kExpiryOffset, 8));
  if (!IsImportWrapping(wrapping) || !IsWrappingKeySize(bits) || fields.expires_at > kMaxSafeInteger) return false;
  fields.wrapping = static_cast<ImportWrapping>(wrapping);
  fields.wrapping_key_bits = static_cast<std::uint16_t>(bits);
  return true;
}

}  // namespace

bool IsImportWrapping(std::uint64_t number) {
  return number >= static_cast<std::uint64_t>(ImportWrapping::kRsaesOaepSha256) &&
         number <= static_cast<std::uint64_t>(ImportWrapping::kRsaAesKeyWrapSha1);
}

Status SealImportToken(const WrappingKey& import_key, const KeyId& key_id, const ImportTokenFields& fields,
                       const ImportTokenContent& content, std::vector<std::uint8_t>& token) {
  XaesKey xaes;
  if (const Status made = XaesKey::Make(import_key.key, *import_key.arena, xaes); made != Status::kOk) return made;
  const MutableBytes plaintext = content.whole();
  WriteFields(fields, plaintext);
  token.resize(kOverheadBytes + plaintext.size());
  const auto out = std::span(token);
  out[0] = kVersion;
  std::ranges::copy(import_key.id, out.subspan<1>().begin());
  const auto nonce = out.subspan<kPrefixBytes, kXaesNonceBytes>();
  if (const Status status = DrawNonces(nonce); status != Status::kOk) return status;
  return xaes.Seal(nonce, TokenContext(key_id), plaintext, out.subspan<kPrefixBytes + kXaesNonceBytes>());
}

Status ReadImportTokenKey(Bytes token, KeyId& import_key_id) {
  constexpr std::size_t kLeast = kOverheadBytes + ImportTokenContent::kHeaderBytes + 1;
  constexpr std::size_t kMost = kOverheadBytes + ImportTokenContent::kPageBytes;
  if (token.size() < kLeast || token.size() > kMost || token[0] != kVersion) return Status::kImportTokenRefused;
  std::ranges::copy(token.subspan(1, kKeyIdBytes), import_key_id.begin());
  return Status::kOk;
}

Status OpenImportToken(const WrappingKey& import_key, const KeyId& key_id, Bytes token, ImportTokenContent& content,
                       ImportTokenFields& fields) {
  KeyId import_key_id{};
  if (const Status status = ReadImportTokenKey(token, import_key_id); status != Status::kOk) return status;
  if (import_key_id != import_key.id) return Status::kImportTokenRefused;
  XaesKey xaes;
  if (const Status made = XaesKey::Make(import_key.key, *import_key.arena, xaes); made != Status::kOk) return made;
  content.Hold(token.size() - kOverheadBytes - ImportTokenContent::kHeaderBytes);
  const auto nonce = token.subspan<kPrefixBytes, kXaesNonceBytes>();
  const Bytes sealed = token.subspan(kPrefixBytes + kXaesNonceBytes);
  Status status = xaes.Open(nonce, TokenContext(key_id), sealed, content.whole());
  if (status == Status::kOpenFailed) status = Status::kImportTokenRefused;
  if (status != Status::kOk) return status;
  return ReadFields(content.whole(), fields) ? Status::kOk : Status::kImportTokenRefused;
}

}  // namespace latchkey::crypto
