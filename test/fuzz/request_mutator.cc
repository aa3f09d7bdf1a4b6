// Mutates requests field by field, for targets whose input is an operation and its request (service_fuzzer.cc): so they
// stay protobuf, have columns as long as their items, and ciphertexts that open.

#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "native/wire/batch_requests.h"
#include "native/wire/exchange.h"
#include "test/fuzz/field_mutator.h"
#include "test/fuzz/service.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace latchkey::fuzz {
namespace {

using wire::WireType;

// Numbers of the fields that ciphertexts and what belongs to them are in; 0 where a request has no such field.
struct BlobFields {
  std::uint32_t blobs = 0;
  wire::ContextFields context = {};
};

constexpr BlobFields BlobFieldsOf(Operation operation) {
  switch (operation) {
    case Operation::kDecrypt:
      return {.blobs = wire::DecryptRequest::kBlobField, .context = {.pairs = wire::DecryptRequest::kContextField}};
    case Operation::kReEncrypt:
      return {.blobs = wire::ReEncryptRequest::kBlobField,
              .context = {.pairs = wire::ReEncryptRequest::kSourceContextField}};
    case Operation::kDescribeCiphertext:
      return {.blobs = wire::DescribeCiphertextRequest::kBlobField};
    case Operation::kBatchDecrypt:
    case Operation::kBatchReEncrypt: {
      const wire::BatchFields& fields = data_plane::RequestFieldsOf(operation);
      return {.blobs = fields.items, .context = fields.context};
    }
    default:
      return {};
  }
}

bool Is(const MessageField& field, std::uint32_t number) {
  return field.number == number && field.type == WireType::kLengthDelimited;
}

// The values of a field, in their order.
std::vector<std::string> Values(const MessageFields& fields, std::uint32_t number) {
  std::vector<std::string> values;
  for (const MessageField& field : fields) {
    if (Is(field, number)) values.push_back(field.bytes);
  }
  return values;
}

class RequestMutator {
 public:
  RequestMutator(Service& service, unsigned int seed) : service_(service), mutator_(seed) {}

  // `operation` may be kOperations, which is Exchange.
  void Mutate(std::size_t operation, MessageFields& fields) {
    if (operation == kOperations) {
      MutateExchange(fields);
    } else {
      MutateRequest(static_cast<Operation>(operation), fields);
    }
  }
  bool OneIn(std::size_t count) { return mutator_.OneIn(count); }
  std::size_t Pick(std::size_t count) { return mutator_.Pick(count); }

 private:
  void MutateExchange(MessageFields& fields) {
    const auto request = std::ranges::find_if(fields, [](const MessageField& field) {
      return Is(field, field.number) && field.number >= wire::ExchangeRequest::kFirstRequestField &&
             field.number < wire::ExchangeRequest::kLastRequestField;
    });
    MessageFields within;
    if (OneIn(4) || request == fields.end() || !ReadFields(request->bytes, within)) return mutator_.Mutate(fields);
    MutateRequest(OperationOf(request->number), within);
    request->bytes = Write(within);
  }

  void MutateRequest(Operation operation, MessageFields& fields) {
    const BlobFields names = BlobFieldsOf(operation);
    if (names.blobs != 0 && OneIn(4)) return SealAny(names, fields);
    if (IsBatch(operation) && OneIn(8)) return FillColumns(data_plane::RequestFieldsOf(operation), fields);
    mutator_.Mutate(fields);
  }

  // Makes a ciphertext of the request one that opens in the context that it has there.
  void SealAny(const BlobFields& names, MessageFields& fields) {
    const std::size_t count = Values(fields, names.blobs).size();
    if (count == 0) fields.push_back({.number = names.blobs, .bytes = {}});
    const std::size_t item = count == 0 ? 0 : Pick(count);
    const std::string blob = Sealed(names.context, fields, item);
    std::size_t at = 0;
    for (MessageField& field : fields) {
      if (Is(field, names.blobs) && at++ == item && !blob.empty()) field.bytes = blob;
    }
  }

  // A ciphertext in the context of an item. Empty when the request has none that could be.
  std::string Sealed(const wire::ContextFields& names, const MessageFields& fields, std::size_t item) {
    wire::Message request;
    request.Bytes(wire::EncryptRequest::kKeyIdField, "k");
    request.Bytes(wire::EncryptRequest::kPlaintextField, std::string(1 + Pick(64), 'p'));
    for (const std::string& pair : Values(fields, names.pairs)) {
      request.Bytes(wire::EncryptRequest::kContextField, pair);
    }
    const std::vector<std::string> keys = Values(fields, names.column_key);
    const std::vector<std::string> values = Values(fields, names.column_values);
    if (!keys.empty() && !keys.back().empty() && item < values.size()) {
      request.Pair(wire::EncryptRequest::kContextField, keys.back(), values[item]);
    }
    return Encrypted(request.str());
  }

  std::string Encrypted(const std::string& request) {
    const wire::ExactBytes bytes(request);
    std::vector<std::uint8_t> response;
    MessageFields fields;
    if (service_.Answer(Operation::kEncrypt, bytes.view(), response, Pick(Service::kKeys)) != Status::kOk) return {};
    Check(ReadFields(response, fields), "a response is protobuf");
    return Values(fields, 3).at(0);
  }

  // Gives each column a key, and as many values as there are items.
  void FillColumns(const wire::BatchFields& names, MessageFields& fields) {
    const std::size_t items = Values(fields, names.items).size();
    for (const wire::ContextFields& context : {names.context, names.destination_context}) {
      if (context.column_key == 0) continue;
      std::erase_if(fields, [&context](const MessageField& field) {
        return field.number == context.column_key || field.number == context.column_values;
      });
      fields.push_back({.number = context.column_key, .bytes = "row"});
      for (std::size_t item = 0; item < items; ++item) {
        fields.push_back({.number = context.column_values, .bytes = std::string(Pick(20), 'v')});
      }
    }
  }

  Service& service_;
  FieldMutator mutator_;
};

// The bytes of the new input; empty when the old one is no request or the new one is too long.
std::string Mutated(Bytes input, std::size_t max_size, unsigned int seed) {
  static Service service;
  RequestMutator mutator(service, seed);
  MessageFields fields;
  if (input.empty() || mutator.OneIn(8) || !ReadFields(input.subspan(1), fields)) return {};
  const std::size_t operation = mutator.OneIn(32) ? mutator.Pick(kOperations + 1) : input[0] % (kOperations + 1);
  for (bool again = true; again; again = mutator.OneIn(2)) mutator.Mutate(operation, fields);
  const std::string mutated = static_cast<char>(operation) + Write(fields);
  return mutated.size() <= max_size ? mutated : std::string();
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(std::uint8_t* data, std::size_t size, std::size_t max_size,
                                               unsigned int seed) {
  const std::string mutated = latchkey::fuzz::Mutated({data, size}, max_size, seed);
  if (mutated.empty()) return LLVMFuzzerMutate(data, size, max_size);
  mutated.copy(reinterpret_cast<char*>(data), mutated.size());
  return mutated.size();
}
