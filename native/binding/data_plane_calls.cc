#include "native/binding/data_plane_calls.h"

#include <array>

#include "native/binding/batch_calls.h"
#include "native/binding/call_arguments.h"
#include "native/binding/text_calls.h"
#include "native/data_plane/decrypt.h"
#include "native/data_plane/describe_ciphertext.h"
#include "native/data_plane/encrypt.h"
#include "native/data_plane/generate_data_key.h"
#include "native/data_plane/generate_random.h"
#include "native/data_plane/parse_request.h"
#include "native/data_plane/re_encrypt.h"
#include "native/wire/exchange.h"

namespace latchkey::binding {
namespace {

using data_plane::DataPlane;
using data_plane::Outcome;

// The numbers of RequestView in src/crypto/native-views.ts, in its order.
enum ViewIndex : std::size_t {
  kField,
  kKeyIdOffset,
  kKeyIdBytes,
  kDestinationKeyIdOffset,
  kDestinationKeyIdBytes,
  kPayloadOffset,
  kPayloadBytes,
  kHandle,
  kResponseBytes,
  kGrantTokens,
  kDryRun,
  kViewLength,
};

void WriteView(std::span<double> numbers, Bytes request, const data_plane::RequestView& view) {
  numbers[kField] = view.field;
  WriteSpan(numbers, kKeyIdOffset, request, view.key_id);
  WriteSpan(numbers, kDestinationKeyIdOffset, request, view.destination_key_id);
  WriteSpan(numbers, kPayloadOffset, request, view.payload);
  numbers[kHandle] = static_cast<double>(view.handle);
  numbers[kResponseBytes] = static_cast<double>(view.response_bytes);
  numbers[kGrantTokens] = static_cast<double>(view.grant_tokens);
  numbers[kDryRun] = view.dry_run ? 1 : 0;
}

napi_value Parse(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  std::uint64_t operation = 0;
  Bytes request;
  std::span<double> numbers;
  if (!arguments.has_plane() || !arguments.Read(0, operation) || operation >= data_plane::kUnaryOperations ||
      !arguments.Read(1, request) || !arguments.Read(2, numbers) || numbers.size() < kViewLength) {
    return Answer(env, Status::kInvalidArgument);
  }
  data_plane::RequestView view;
  const Status status =
      data_plane::ParseRequest(arguments.plane(), static_cast<data_plane::Operation>(operation), request, view);
  WriteView(numbers, request, view);
  return Answer(env, status);
}

using KeyedOperation = Outcome (*)(DataPlane&, const data_plane::KeyedCall&);

// (request, handle, keyArn, out)
template <KeyedOperation kOperation>
napi_value Keyed(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  data_plane::KeyedCall call{};
  if (!arguments.has_plane() || !arguments.Read(0, call.request) || !arguments.Read(1, call.handle) ||
      !arguments.Read(2, call.key_arn) || !arguments.Read(3, call.out)) {
    return Answer(env, Status::kInvalidArgument);
  }
  return Answer(env, kOperation(arguments.plane(), call));
}

napi_value ReEncrypt(napi_env env, napi_callback_info info) {
  const Arguments<6> arguments(env, info);
  data_plane::ReEncryptCall call{};
  if (!arguments.has_plane() || !arguments.Read(0, call.request) || !arguments.Read(1, call.source) ||
      !arguments.Read(2, call.source_arn) || !arguments.Read(3, call.destination) ||
      !arguments.Read(4, call.destination_arn) || !arguments.Read(5, call.out)) {
    return Answer(env, Status::kInvalidArgument);
  }
  return Answer(env, data_plane::ReEncrypt(arguments.plane(), call));
}

napi_value GenerateRandom(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Bytes request;
  MutableBytes out;
  if (!arguments.has_plane() || !arguments.Read(0, request) || !arguments.Read(1, out)) {
    return Answer(env, Status::kInvalidArgument);
  }
  return Answer(env, data_plane::GenerateRandom(arguments.plane(), request, out));
}

napi_value DescribeCiphertext(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  data_plane::DescribeCall call{};
  if (!arguments.has_plane() || !arguments.Read(0, call.request) || !arguments.Read(1, call.key_arn) ||
      !arguments.Read(2, call.current) || !arguments.Read(3, call.out)) {
    return Answer(env, Status::kInvalidArgument);
  }
  return Answer(env, data_plane::DescribeCiphertext(arguments.plane(), call));
}

// The numbers of ExchangeView in src/crypto/native-views.ts, in its order.
enum ExchangeIndex : std::size_t {
  kExchangeField,
  kIdHigh,
  kIdLow,
  kTimeoutMs,
  kRequestField,
  kRequestOffset,
  kRequestBytes,
  kExchangeViewLength,
};

napi_value ParseExchange(napi_env env, napi_callback_info info) {
  const Arguments<2> arguments(env, info);
  Bytes message;
  std::span<double> numbers;
  if (!arguments.Read(0, message) || !arguments.Read(1, numbers) || numbers.size() < kExchangeViewLength) {
    return Answer(env, Status::kInvalidArgument);
  }
  wire::ExchangeRequest parsed;
  const wire::RequestError error = wire::Parse(message, parsed);
  numbers[kExchangeField] = error.field;
  numbers[kIdHigh] = static_cast<double>(parsed.id >> 32U);
  numbers[kIdLow] = static_cast<double>(parsed.id & 0xffffffffU);
  numbers[kTimeoutMs] = parsed.timeout_ms.has_value() ? static_cast<double>(*parsed.timeout_ms) : -1;
  numbers[kRequestField] = parsed.request_field;
  numbers[kRequestOffset] = parsed.request.empty() ? 0 : static_cast<double>(parsed.request.data() - message.data());
  numbers[kRequestBytes] = static_cast<double>(parsed.request.size());
  return Answer(env, error.status);
}

constexpr std::array kCalls = {
    Method("parse", Parse),
    Method("encrypt", Keyed<data_plane::Encrypt>),
    Method("decrypt", Keyed<data_plane::Decrypt>),
    Method("reEncrypt", ReEncrypt),
    Method("generateDataKey", Keyed<data_plane::GenerateDataKey>),
    Method("generateDataKeyWithoutPlaintext", Keyed<data_plane::GenerateDataKeyWithoutPlaintext>),
    Method("generateRandom", GenerateRandom),
    Method("describeCiphertext", DescribeCiphertext),
    Method("parseExchange", ParseExchange),
    Method("parseBatch", ParseBatch),
    Method("runBatch", RunBatch),
    Method("startBatch", StartBatch),
    Method("grantTokens", GrantTokens),
    Method("contextPairs", ContextPairs),
    Method("columnValues", ColumnValues),
    Method("itemMaterials", ItemMaterials),
};

}  // namespace

std::span<const napi_property_descriptor> DataPlaneCalls() { return kCalls; }

}  // namespace latchkey::binding
