#include "test/native/wire/round_trip.h"

#include <optional>
#include <string_view>

namespace latchkey::wire {
namespace {

void AddContext(std::uint32_t field, const EncryptionContext& context, Message& message);
void AddNumber(std::uint32_t field, const std::optional<std::uint32_t>& number, Message& message);
void AddBorrowed(const EncryptionContext& context, std::vector<Bytes>& parts);
template <typename Request>
void AddAccess(const Request& request, Message& message);
bool TakeLength(std::string_view& rest, std::size_t& length);
bool TakeText(std::string_view& rest, std::string& text);

}  // namespace

bool ReadCanonical(const std::string& canonical, Pairs& pairs) {
  std::string_view rest = canonical;
  std::size_t count = 0;
  if (!TakeLength(rest, count)) return false;
  for (std::size_t at = 0; at < count; ++at) {
    std::pair<std::string, std::string> pair;
    if (!TakeText(rest, pair.first) || !TakeText(rest, pair.second)) return false;
    // std::string compares as unsigned bytes.
    if (!pairs.empty() && pairs.back().first >= pair.first) return false;
    pairs.push_back(pair);
  }
  return rest.empty();
}

std::string Canonical(const EncryptionContext& context) {
  std::vector<std::uint8_t> out(context.CanonicalSize());
  context.WriteCanonical(out);
  return {out.begin(), out.end()};
}

std::string BrokenPromise(const EncryptionContext& context) {
  if (context.CanonicalSize() < 4 || context.CanonicalSize() > kMaxContextBytes)
    return "the canonical size is in bounds";
  if (context.pair_count() > kMaxContextPairs) return "the number of pairs is in bounds";
  Pairs pairs;
  if (!ReadCanonical(Canonical(context), pairs)) return "the canonical form is sorted and reads back";
  if (pairs.size() != context.pair_count()) return "the canonical form has every pair";
  for (std::size_t at = 0; at < pairs.size(); ++at) {
    const ContextPair& pair = context.pairs()[at];
    if (pairs[at] != std::pair(ToString(pair.key()), ToString(pair.value())))
      return "the canonical form says the pairs";
  }
  return {};
}

bool LiesWithin(Bytes part, Bytes whole) {
  if (part.empty()) return true;
  return part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size();
}

std::string Serialize(const EncryptRequest& request) {
  Message message;
  message.Bytes(1, ToString(request.key_id)).Bytes(2, ToString(request.plaintext));
  AddContext(3, request.context, message);
  AddNumber(4, request.plaintext_crc32c, message);
  AddAccess(request, message);
  return message.str();
}

std::string Serialize(const DecryptRequest& request) {
  Message message;
  message.Bytes(1, ToString(request.blob));
  AddContext(2, request.context, message);
  message.Bytes(3, ToString(request.key_id));
  AddNumber(4, request.blob_crc32c, message);
  AddAccess(request, message);
  return message.str();
}

std::string Serialize(const ReEncryptRequest& request) {
  Message message;
  message.Bytes(1, ToString(request.blob));
  AddContext(2, request.source_context, message);
  message.Bytes(3, ToString(request.source_key_id)).Bytes(4, ToString(request.destination_key_id));
  AddContext(5, request.destination_context, message);
  AddNumber(6, request.blob_crc32c, message);
  AddAccess(request, message);
  return message.str();
}

std::string Serialize(const DataKeyRequest& request) {
  Message message;
  message.Bytes(1, ToString(request.key_id));
  AddContext(2, request.context, message);
  message.Varint(4, request.length);
  AddAccess(request, message);
  return message.str();
}

std::string Serialize(const RandomRequest& request) { return Message().Varint(1, request.number_of_bytes).str(); }

std::string Serialize(const DescribeCiphertextRequest& request) {
  Message message;
  message.Bytes(1, ToString(request.blob));
  AddNumber(2, request.blob_crc32c, message);
  return message.str();
}

std::vector<Bytes> Borrowed(const EncryptRequest& request) {
  std::vector<Bytes> parts = {request.key_id, request.plaintext};
  AddBorrowed(request.context, parts);
  return parts;
}

std::vector<Bytes> Borrowed(const DecryptRequest& request) {
  std::vector<Bytes> parts = {request.blob, request.key_id};
  AddBorrowed(request.context, parts);
  return parts;
}

std::vector<Bytes> Borrowed(const ReEncryptRequest& request) {
  std::vector<Bytes> parts = {request.blob, request.source_key_id, request.destination_key_id};
  AddBorrowed(request.source_context, parts);
  AddBorrowed(request.destination_context, parts);
  return parts;
}

std::vector<Bytes> Borrowed(const DataKeyRequest& request) {
  std::vector<Bytes> parts = {request.key_id};
  AddBorrowed(request.context, parts);
  return parts;
}

std::vector<Bytes> Borrowed(const RandomRequest& /*request*/) { return {}; }
std::vector<Bytes> Borrowed(const DescribeCiphertextRequest& request) { return {request.blob}; }

std::vector<const EncryptionContext*> Contexts(const EncryptRequest& request) { return {&request.context}; }
std::vector<const EncryptionContext*> Contexts(const DecryptRequest& request) { return {&request.context}; }
std::vector<const EncryptionContext*> Contexts(const ReEncryptRequest& request) {
  return {&request.source_context, &request.destination_context};
}
std::vector<const EncryptionContext*> Contexts(const DataKeyRequest& request) { return {&request.context}; }
std::vector<const EncryptionContext*> Contexts(const RandomRequest& /*request*/) { return {}; }
std::vector<const EncryptionContext*> Contexts(const DescribeCiphertextRequest& /*request*/) { return {}; }

namespace {

void AddContext(std::uint32_t field, const EncryptionContext& context, Message& message) {
  for (const ContextPair& pair : context.pairs()) message.Pair(field, ToString(pair.key()), ToString(pair.value()));
}

void AddNumber(std::uint32_t field, const std::optional<std::uint32_t>& number, Message& message) {
  if (number) message.Varint(field, *number);
}

void AddBorrowed(const EncryptionContext& context, std::vector<Bytes>& parts) {
  for (const ContextPair& pair : context.pairs()) {
    parts.push_back(pair.key());
    parts.push_back(pair.value());
  }
}

// The parser counts grant tokens and does not keep them: they are as many.
template <typename Request>
void AddAccess(const Request& request, Message& message) {
  for (std::size_t token = 0; token < request.grant_tokens.count(); ++token) {
    message.Bytes(Request::kGrantTokensField, "token");
  }
  if (request.dry_run) message.Varint(Request::kDryRunField, 1);
}

bool TakeLength(std::string_view& rest, std::size_t& length) {
  if (rest.size() < 4) return false;
  length = 0;
  for (const char byte : rest.substr(0, 4)) length = length << 8 | static_cast<std::uint8_t>(byte);
  rest.remove_prefix(4);
  return true;
}

bool TakeText(std::string_view& rest, std::string& text) {
  std::size_t length = 0;
  if (!TakeLength(rest, length) || length > rest.size()) return false;
  text = rest.substr(0, length);
  rest.remove_prefix(length);
  return true;
}

}  // namespace
}  // namespace latchkey::wire
