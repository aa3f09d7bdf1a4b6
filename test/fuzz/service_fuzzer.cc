// The first byte picks the operation, or Exchange, and the rest is its request: parsed, decided with keys that are
// always there, answered, and the answer read back. Linked with request_mutator.cc, the inputs are requests that change
// field by field, and otherwise bytes.

#include <array>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "native/wire/exchange.h"
#include "native/wire/protobuf_reader.h"
#include "test/fuzz/check.h"
#include "test/fuzz/every_request.h"
#include "test/fuzz/service.h"
#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::fuzz {
namespace {

using Response = std::vector<std::uint8_t>;

// The values of a length-delimited field.
std::vector<Bytes> Values(Bytes message, std::uint32_t number) {
  std::vector<Bytes> values;
  wire::FieldReader reader(message);
  for (wire::Field field; reader.Next(field);) {
    if (field.tag == wire::BytesTag(number)) values.push_back(field.bytes);
  }
  Check(!reader.malformed(), "it is protobuf");
  return values;
}

class ServiceChecks {
 public:
  void CheckRequest(Operation operation, Bytes request) {
    if (IsBatch(operation)) {
      CheckBatch(operation, request);
    } else {
      CheckUnary(operation, request);
    }
  }

  void CheckExchange(Bytes message) {
    wire::ExchangeRequest request;
    if (!wire::Parse(message, request).ok() || request.request_field == 0) return;
    if (request.request_field == wire::ExchangeRequest::kLastRequestField) return;  // cancel
    CheckRequest(OperationOf(request.request_field), request.request);
  }

 private:
  void CheckUnary(Operation operation, Bytes request) {
    const std::string broken = BrokenPromise(operation, request);
    Check(broken.empty(), broken);
    data_plane::RequestView view;
    const Status parsed = service_.Parse(operation, request, view);
    Response response;
    const Status answered = service_.Answer(operation, request, response);
    if (answered != Status::kOk) {
      Check(response.empty(), "what fails has no response");
      const bool may_fail = answered == Status::kOpenFailed || answered == Status::kNoSuchHandle;
      Check(parsed == Status::kOk ? may_fail : answered == parsed, "a request fails for a reason");
      return;
    }
    Check(parsed == Status::kOk, "what the parser refuses is not answered");
    Check(response.size() <= view.response_bytes, "a response is as small as was said");
    if (operation == Operation::kEncrypt) CheckOpens(request, Values(response, 3).at(0));
  }

  static std::string BrokenPromise(Operation operation, Bytes request) {
    return WithRequestType(static_cast<std::size_t>(operation),
                           [request]<typename Request>(std::type_identity<Request> /*type*/) {
                             return wire::BrokenPromise<Request>(request);
                           });
  }

  void CheckOpens(Bytes encrypt_request, Bytes blob) {
    wire::EncryptRequest encrypted;
    Check(wire::Parse(encrypt_request, wire::kTestLimits, encrypted).ok(), "what was answered is parsed");
    wire::Message message;
    message.Bytes(wire::DecryptRequest::kBlobField, wire::ToString(blob));
    for (const wire::ContextPair& pair : encrypted.context.pairs()) {
      message.Pair(wire::DecryptRequest::kContextField, wire::ToString(pair.key()), wire::ToString(pair.value()));
    }
    CheckDecrypts(message.str(), encrypted.plaintext);
  }

  void CheckBatch(Operation operation, Bytes request) {
    data_plane::BatchView view;
    const Status parsed = service_.Parse(operation, request, view);
    Response response;
    const Status answered = service_.Answer(operation, request, response);
    if (parsed != Status::kOk) {
      Check(answered == parsed && response.empty(), "what the parser refuses has no answer");
      return;
    }
    Check(view.items >= 1 && view.items <= wire::kMaxBatchItems, "the number of items is in bounds");
    CheckTexts(operation, request, view);
    Check(view.fitting_items <= view.items, "no more items fit than there are");
    if (view.fitting_items < view.items) {
      Check(answered == Status::kBufferTooSmall, "what might not fit is refused");
      return;
    }
    Check(answered == Status::kOk, "what the parser accepts is answered");
    const bool names_key = operation == Operation::kBatchEncrypt || operation == Operation::kBatchGenerateDataKey;
    const std::vector<Bytes> results = Values(response, names_key ? 3 : 1);
    Check(results.size() == view.items, "each item has a result");
    for (std::size_t item = 0; Service::RefusesItems(operation) && item < view.items; ++item) {
      Check(!Service::Refuses(item) || results[item].empty(), "that of an item that is refused is empty");
    }
    Check(response.size() <= view.response_bytes + (view.items + 6) * 32, "a response is as small as was said");
    if (operation != Operation::kBatchEncrypt) return;
    const std::vector<Bytes> blobs = Values(response, 3);
    CheckAllOpen(request, blobs);
    CheckOneOpens(request, blobs, request.size() % blobs.size());
  }

  // What decisions ask for can be read from every request that was accepted.
  void CheckTexts(Operation operation, Bytes request, const data_plane::BatchView& view) {
    const wire::BatchFields& fields = data_plane::RequestFieldsOf(operation);
    std::array<Bytes, wire::kMaxGrantTokens> tokens;
    std::size_t count = 0;
    Check(data_plane::ReadGrantTokens(request, fields.grant_tokens, tokens, count) == Status::kOk, "there are tokens");
    Check(count == view.grant_tokens, "they are as many as was said");
    CheckContext(request, fields.context, view.column_key, view.items);
    CheckContext(request, fields.destination_context, view.destination_column_key, view.items);
    if (operation != Operation::kBatchDecrypt && operation != Operation::kBatchReEncrypt) return;
    std::vector<std::uint32_t> numbers(view.items);
    Check(service_.Materials(operation, request, numbers, count) == Status::kOk, "each item has a material or none");
    for (const std::uint32_t number : numbers) {
      Check(number < count || number == data_plane::kNoMaterial, "it is one of those that the request names");
    }
  }

  static void CheckContext(Bytes request, const wire::ContextFields& fields, Bytes column_key, std::size_t items) {
    if (fields.pairs == 0) return;
    wire::EncryptionContext context;
    Check(data_plane::ReadContext(request, fields.pairs, context) == Status::kOk, "there is a context");
    if (column_key.empty()) return;
    data_plane::ColumnIndex distinct;
    std::vector<std::uint32_t> numbers(items);
    Check(data_plane::ReadColumn(request, fields.column_values, distinct, numbers) == Status::kOk, "there is a column");
    const std::vector<Bytes> values = Values(request, fields.column_values);
    for (std::size_t item = 0; item < items; ++item) {
      const Bytes value = distinct.value(numbers[item]).text;
      Check(wire::ToString(value) == wire::ToString(values.at(item)), "an item has its own value");
    }
  }

  void CheckAllOpen(Bytes encrypt_request, const std::vector<Bytes>& blobs) {
    const std::vector<Bytes> plaintexts = Values(encrypt_request, wire::kBatchEncryptFields.items);
    const wire::ExactBytes request(DecryptRequestOf(encrypt_request, blobs));
    Response response;
    Check(service_.Answer(Operation::kBatchDecrypt, request.view(), response) == Status::kOk, "a batch is decrypted");
    const std::vector<Bytes> opened = Values(response, 1);
    for (std::size_t item = 0; item < blobs.size(); ++item) {
      const Bytes expected = blobs[item].empty() ? Bytes() : plaintexts.at(item);
      Check(wire::ToString(opened.at(item)) == wire::ToString(expected), "each item opens to what it was");
    }
  }

  // An item of a batch is what Encrypt makes in the context that has the column's pair.
  void CheckOneOpens(Bytes encrypt_request, const std::vector<Bytes>& blobs, std::size_t item) {
    if (blobs[item].empty()) return;
    constexpr wire::BatchFields kFields = wire::kBatchEncryptFields;
    wire::Message message;
    message.Bytes(wire::DecryptRequest::kBlobField, wire::ToString(blobs[item]));
    for (const Bytes pair : Values(encrypt_request, kFields.context.pairs)) {
      message.Bytes(wire::DecryptRequest::kContextField, wire::ToString(pair));
    }
    if (const std::vector<Bytes> values = Values(encrypt_request, kFields.context.column_values); !values.empty()) {
      const Bytes key = Values(encrypt_request, kFields.context.column_key).back();
      message.Pair(wire::DecryptRequest::kContextField, wire::ToString(key), wire::ToString(values.at(item)));
    }
    CheckDecrypts(message.str(), Values(encrypt_request, kFields.items).at(item));
  }

  void CheckDecrypts(const std::string& decrypt_request, Bytes plaintext) {
    const wire::ExactBytes request(decrypt_request);
    Response response;
    Check(service_.Answer(Operation::kDecrypt, request.view(), response) == Status::kOk, "what was encrypted opens");
    Check(wire::ToString(Values(response, 3).at(0)) == wire::ToString(plaintext), "it opens to what it was");
  }

  // BatchDecrypt in the contexts of a BatchEncrypt.
  static std::string DecryptRequestOf(Bytes encrypt_request, const std::vector<Bytes>& blobs) {
    constexpr wire::ContextFields kFrom = wire::kBatchEncryptFields.context;
    constexpr wire::ContextFields kTo = wire::kBatchDecryptFields.context;
    wire::Message message;
    for (const auto& [from, to] : {std::pair(kFrom.pairs, kTo.pairs), std::pair(kFrom.column_key, kTo.column_key),
                                   std::pair(kFrom.column_values, kTo.column_values)}) {
      for (const Bytes value : Values(encrypt_request, from)) message.Bytes(to, wire::ToString(value));
    }
    for (const Bytes blob : blobs) message.Bytes(wire::kBatchDecryptFields.items, wire::ToString(blob));
    return message.str();
  }

  Service service_;
};

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return -1;
  static latchkey::fuzz::ServiceChecks checks;
  const std::size_t operation = data[0] % (latchkey::fuzz::kOperations + 1);
  if (operation == latchkey::fuzz::kOperations) {
    checks.CheckExchange({data + 1, size - 1});
  } else {
    checks.CheckRequest(static_cast<latchkey::data_plane::Operation>(operation), {data + 1, size - 1});
  }
  return 0;
}
