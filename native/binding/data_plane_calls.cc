#include "native/binding/data_plane_calls.h"

#include <array>

#include "native/binding/arguments.h"
#include "native/binding/key_table_object.h"
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

using crypto::Bytes;
using crypto::MutableBytes;
using data_plane::DataPlane;
using data_plane::Outcome;

napi_value Answer(napi_env env, std::int64_t number) {
  napi_value answer = nullptr;
  napi_create_int64(env, number, &answer);
  return answer;
}

napi_value Answer(napi_env env, Status status) { return Answer(env, -static_cast<std::int64_t>(status)); }

napi_value Answer(napi_env env, const Outcome& outcome) {
  return outcome.status == Status::kOk ? Answer(env, static_cast<std::int64_t>(outcome.size))
                                       : Answer(env, outcome.status);
}

// `this` and the arguments of one call; the readers say whether an argument has the right type.
template <std::size_t kCount>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = kCount;
    napi_value self = nullptr;
    void* object = nullptr;
    napi_get_cb_info(env, info, &count, values_.data(), &self, nullptr);
    if (napi_unwrap(env, self, &object) == napi_ok) plane_ = &static_cast<KeyTableObject*>(object)->plane();
  }

  [[nodiscard]] bool has_plane() const { return plane_ != nullptr; }
  [[nodiscard]] DataPlane& plane() const { return *plane_; }

  bool Read(std::size_t index, MutableBytes& bytes) const { return ToBytes(env_, values_[index], bytes); }
  bool Read(std::size_t index, Bytes& bytes) const {
    MutableBytes writable;
    const bool read = Read(index, writable);
    bytes = writable;
    return read;
  }
  bool Read(std::size_t index, std::span<double>& numbers) const { return ToNumbers(env_, values_[index], numbers); }
  bool Read(std::size_t index, std::uint64_t& number) const {
    const auto read = ToInteger(env_, values_[index]);
    number = read.value_or(0);
    return read.has_value();
  }
  bool Read(std::size_t index, bool& flag) const { return napi_get_value_bool(env_, values_[index], &flag) == napi_ok; }

 private:
  napi_env env_;
  std::array<napi_value, kCount> values_{};
  DataPlane* plane_ = nullptr;
};

// The numbers of RequestView in src/crypto/native.ts, in its order.
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
  kViewLength,
};

void WriteSpan(std::span<double> view, ViewIndex offset, Bytes request, Bytes part) {
  view[offset] = part.empty() ? 0 : static_cast<double>(part.data() - request.data());
  view[offset + 1U] = static_cast<double>(part.size());
}

void WriteView(std::span<double> numbers, Bytes request, const data_plane::RequestView& view) {
  numbers[kField] = view.field;
  WriteSpan(numbers, kKeyIdOffset, request, view.key_id);
  WriteSpan(numbers, kDestinationKeyIdOffset, request, view.destination_key_id);
  WriteSpan(numbers, kPayloadOffset, request, view.payload);
  numbers[kHandle] = static_cast<double>(view.handle);
  numbers[kResponseBytes] = static_cast<double>(view.response_bytes);
}

napi_value Parse(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  std::uint64_t operation = 0;
  Bytes request;
  std::span<double> numbers;
  if (!arguments.has_plane() || !arguments.Read(0, operation) || operation >= data_plane::kOperationNames.size() ||
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

// The numbers of ExchangeView in src/crypto/native.ts, in its order.
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

constexpr napi_property_descriptor Method(const char* name, napi_callback call) {
  return {.utf8name = name,
          .name = nullptr,
          .method = call,
          .getter = nullptr,
          .setter = nullptr,
          .value = nullptr,
          .attributes = napi_default_method,
          .data = nullptr};
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
};

}  // namespace

std::span<const napi_property_descriptor> DataPlaneCalls() { return kCalls; }

}  // namespace latchkey::binding
