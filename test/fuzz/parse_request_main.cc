// The request parsers as a filter, for comparison with other parsers: reads `u8 operation || u32 length || request`,
// big endian, again and again, and answers each with one line of JSON, bytes in hex: the fields of an accepted request,
// or the status and field number of its refusal. Operations are those of data_plane::Operation, and Exchange.

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "native/wire/batch_requests.h"
#include "native/wire/exchange.h"
#include "test/fuzz/every_request.h"
#include "test/fuzz/json_line.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::fuzz {
namespace {

void AddFields(const wire::EncryptRequest& request, JsonLine& line) {
  line.Hex("key_id", request.key_id).Hex("plaintext", request.plaintext);
  line.Context("encryption_context", request.context).Number("plaintext_crc32c", request.plaintext_crc32c);
  line.Flag("dry_run", request.dry_run);
}

void AddFields(const wire::DecryptRequest& request, JsonLine& line) {
  line.Hex("ciphertext_blob", request.blob).Context("encryption_context", request.context);
  line.Hex("key_id", request.key_id).Number("ciphertext_blob_crc32c", request.blob_crc32c);
  line.Flag("dry_run", request.dry_run);
}

void AddFields(const wire::ReEncryptRequest& request, JsonLine& line) {
  line.Hex("ciphertext_blob", request.blob).Context("source_encryption_context", request.source_context);
  line.Hex("source_key_id", request.source_key_id).Hex("destination_key_id", request.destination_key_id);
  line.Context("destination_encryption_context", request.destination_context);
  line.Number("ciphertext_blob_crc32c", request.blob_crc32c);
  line.Flag("dry_run", request.dry_run);
}

void AddFields(const wire::DataKeyRequest& request, JsonLine& line) {
  line.Hex("key_id", request.key_id).Context("encryption_context", request.context).Number("length", request.length);
  line.Flag("dry_run", request.dry_run);
}

void AddFields(const wire::RandomRequest& request, JsonLine& line) {
  line.Number("number_of_bytes", request.number_of_bytes);
}

void AddFields(const wire::DescribeCiphertextRequest& request, JsonLine& line) {
  line.Hex("ciphertext_blob", request.blob).Number("ciphertext_blob_crc32c", request.blob_crc32c);
}

// Names of the fields of one kind of batch, as in proto/latchkey/v1/crypto.proto; null: it has none.
struct BatchNames {
  const char* items;
  const char* key_id;
  const char* context_prefix;
  const char* destination_prefix;
};

constexpr std::array<BatchNames, 4> kBatchNames = {{
    {.items = "plaintexts", .key_id = "key_id", .context_prefix = "", .destination_prefix = nullptr},
    {.items = "ciphertext_blobs", .key_id = "key_id", .context_prefix = "", .destination_prefix = nullptr},
    {.items = "ciphertext_blobs",
     .key_id = "source_key_id",
     .context_prefix = "source_",
     .destination_prefix = "destination_"},
    {.items = "count", .key_id = "key_id", .context_prefix = "", .destination_prefix = nullptr},
}};

void AddContext(wire::Bytes bytes, const wire::ContextFields& fields, const std::string& prefix,
                const wire::BatchContext& context, JsonLine& line) {
  line.Context(prefix + "encryption_context", context.common);
  if (fields.column_key == 0) return;
  line.Hex(prefix + "item_context_key", context.column_key);
  line.HexList(prefix + "item_context_values", {bytes, fields.column_values});
}

void AddBatch(wire::Bytes bytes, std::size_t batch, const wire::BatchRequest& request, JsonLine& line) {
  const wire::BatchFields& fields = *kBatchFields.at(batch);
  const BatchNames& names = kBatchNames.at(batch);
  line.Hex(names.key_id, request.key_id);
  line.HexList("grant_tokens", {bytes, fields.grant_tokens});
  AddContext(bytes, fields.context, names.context_prefix, request.context, line);
  if (fields.counts_items) {
    line.Number(names.items, request.items).Number("length", request.data_key_bytes);
  } else {
    line.HexList(names.items, {bytes, fields.items});
  }
  if (names.destination_prefix == nullptr) return;
  line.Hex("destination_key_id", request.destination_key_id);
  AddContext(bytes, fields.destination_context, names.destination_prefix, request.destination_context, line);
  line.Flag("skip_if_current", request.skip_if_current);
}

// What the parser said, and the fields of an accepted request by `add_fields`.
template <typename AddFieldsOf>
std::string Answered(const wire::RequestError& error, AddFieldsOf add_fields) {
  JsonLine line;
  line.Text("status", std::string(StatusName(error.status)));
  if (error.ok()) {
    add_fields(line);
  } else {
    line.Number("field", error.field);
  }
  return line.str();
}

std::string AnswerUnary(std::size_t operation, wire::Bytes bytes) {
  return WithRequestType(operation, [bytes]<typename Request>(std::type_identity<Request> /*type*/) {
    Request request;
    const wire::RequestError error = wire::Parse(bytes, wire::kTestLimits, request);
    return Answered(error, [&](JsonLine& line) {
      AddFields(request, line);
      if constexpr (requires { Request::kGrantTokensField; }) {
        line.HexList("grant_tokens", {bytes, Request::kGrantTokensField});
      }
    });
  });
}

std::string AnswerBatch(std::size_t batch, wire::Bytes bytes) {
  wire::BatchRequest request;
  const wire::RequestError error = wire::Parse(bytes, *kBatchFields.at(batch), request);
  return Answered(error, [&](JsonLine& line) { AddBatch(bytes, batch, request, line); });
}

std::string AnswerExchange(wire::Bytes bytes) {
  wire::ExchangeRequest request;
  const wire::RequestError error = wire::Parse(bytes, request);
  return Answered(error, [&request](JsonLine& line) {
    line.Number("id", request.id).Number("timeout_ms", request.timeout_ms);
    line.Number("request_field", request.request_field).Hex("request", request.request);
  });
}

std::string Answer(std::size_t operation, wire::Bytes bytes) {
  if (operation < kUnaryOperations) return AnswerUnary(operation, bytes);
  const std::size_t batch = operation - kUnaryOperations;
  return batch < kBatchFields.size() ? AnswerBatch(batch, bytes) : AnswerExchange(bytes);
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
