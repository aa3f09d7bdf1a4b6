// The request parser as a filter, for comparison with other parsers: reads `u8 operation || u32 length || request`, big
// endian, again and again, and answers each with one line of JSON, bytes in hex: the fields of an accepted request, or
// the status and field number of its refusal.

#include <array>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <vector>

#include "test/fuzz/every_request.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::fuzz {
namespace {

// One JSON object whose members are added one by one.
class Line {
 public:
  Line& Text(const std::string& name, const std::string& text) { return Member(name, '"' + text + '"'); }
  Line& Hex(const std::string& name, wire::Bytes bytes) { return Text(name, ToHex(bytes)); }
  Line& Number(const std::string& name, std::optional<std::uint32_t> number) {
    return Member(name, number ? std::to_string(*number) : "null");
  }
  Line& Context(const std::string& name, const wire::EncryptionContext& context) {
    std::string pairs;
    for (const wire::ContextPair& pair : context.pairs()) {
      pairs += (pairs.empty() ? "" : ",") + ("[\"" + ToHex(pair.key()) + "\",\"" + ToHex(pair.value()) + "\"]");
    }
    return Member(name, '[' + pairs + ']');
  }
  [[nodiscard]] std::string str() const { return '{' + members_ + '}'; }

 private:
  static std::string ToHex(wire::Bytes bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string hex;
    for (const std::uint8_t byte : bytes) hex += {kDigits[byte >> 4], kDigits[byte & 0xF]};
    return hex;
  }
  Line& Member(const std::string& name, const std::string& value) {
    members_ += (members_.empty() ? "\"" : ",\"") + name + "\":" + value;
    return *this;
  }

  std::string members_;
};

void AddFields(const wire::EncryptRequest& request, Line& line) {
  line.Hex("key_id", request.key_id).Hex("plaintext", request.plaintext);
  line.Context("encryption_context", request.context).Number("plaintext_crc32c", request.plaintext_crc32c);
}

void AddFields(const wire::DecryptRequest& request, Line& line) {
  line.Hex("ciphertext_blob", request.blob).Context("encryption_context", request.context);
  line.Hex("key_id", request.key_id).Number("ciphertext_blob_crc32c", request.blob_crc32c);
}

void AddFields(const wire::ReEncryptRequest& request, Line& line) {
  line.Hex("ciphertext_blob", request.blob).Context("source_encryption_context", request.source_context);
  line.Hex("source_key_id", request.source_key_id).Hex("destination_key_id", request.destination_key_id);
  line.Context("destination_encryption_context", request.destination_context);
  line.Number("ciphertext_blob_crc32c", request.blob_crc32c);
}

void AddFields(const wire::DataKeyRequest& request, Line& line) {
  line.Hex("key_id", request.key_id).Context("encryption_context", request.context).Number("length", request.length);
}

void AddFields(const wire::RandomRequest& request, Line& line) {
  line.Number("number_of_bytes", request.number_of_bytes);
}

void AddFields(const wire::DescribeCiphertextRequest& request, Line& line) {
  line.Hex("ciphertext_blob", request.blob).Number("ciphertext_blob_crc32c", request.blob_crc32c);
}

std::string Answer(std::size_t operation, wire::Bytes bytes) {
  return WithRequestType(operation, [bytes]<typename Request>(std::type_identity<Request> /*type*/) {
    Request request;
    const wire::RequestError error = wire::Parse(bytes, wire::kTestLimits, request);
    Line line;
    line.Text("status", std::string(StatusName(error.status)));
    if (error.ok()) {
      AddFields(request, line);
    } else {
      line.Number("field", error.field);
    }
    return line.str();
  });
}

bool AnswerNext() {
  std::array<std::uint8_t, 5> header{};
  if (std::fread(header.data(), 1, header.size(), stdin) != header.size()) return false;
  std::uint32_t length = 0;
  for (std::size_t at = 1; at < header.size(); ++at) length = length << 8 | header[at];
  std::vector<std::uint8_t> request(length);
  if (std::fread(request.data(), 1, length, stdin) != length) return false;
  return std::puts(Answer(header[0], request).c_str()) >= 0;
}

}  // namespace
}  // namespace latchkey::fuzz

int main() {
  while (latchkey::fuzz::AnswerNext()) {
  }
  return 0;
}
