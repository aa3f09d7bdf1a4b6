#include "native/wire/exchange.h"

#include <algorithm>
#include <cstdint>

#include "native/wire/protobuf_reader.h"

namespace latchkey::wire {
namespace {

// google.protobuf.Duration. Absent numbers are 0, the last of several counts.
struct Duration {
  static constexpr std::uint32_t kSecondsField = 1;
  static constexpr std::uint32_t kNanosField = 2;

  std::int64_t seconds = 0;
  std::int32_t nanos = 0;
};

constexpr std::int32_t kNanosPerSecond = 1'000'000'000;
constexpr std::int32_t kNanosPerMs = 1'000'000;

bool ReadDuration(Bytes message, Duration& out);
bool ToMilliseconds(const Duration& duration, std::uint32_t& milliseconds);

constexpr bool IsRequest(const Field& field) {
  return field.number() >= ExchangeRequest::kFirstRequestField &&
         field.number() <= ExchangeRequest::kLastRequestField && field.tag == BytesTag(field.number());
}

}  // namespace

RequestError Parse(Bytes message, ExchangeRequest& out) {
  constexpr RequestError kMalformed = {Status::kMalformedRequest, 0};
  Duration timeout;
  bool has_timeout = false;
  FieldReader reader(message);
  for (Field field; reader.Next(field);) {
    if (field.tag == VarintTag(ExchangeRequest::kIdField)) {
      out.id = field.varint;
    } else if (field.tag == BytesTag(ExchangeRequest::kTimeoutField)) {
      has_timeout = true;
      if (!ReadDuration(field.bytes, timeout)) return kMalformed;
    } else if (IsRequest(field)) {
      if (out.request_field != 0) return kMalformed;
      out.request_field = field.number();
      out.request = field.bytes;
    }
  }
  if (reader.malformed()) return kMalformed;
  if (out.id == 0) return {Status::kExchangeIdMissing, ExchangeRequest::kIdField};
  if (has_timeout) {
    std::uint32_t milliseconds = 0;
    if (!ToMilliseconds(timeout, milliseconds)) return {Status::kTimeoutOutOfRange, ExchangeRequest::kTimeoutField};
    out.timeout_ms = milliseconds;
  }
  return {Status::kOk, 0};
}

namespace {

// Several durations in one message merge field by field, as in all protobuf libraries.
bool ReadDuration(Bytes message, Duration& out) {
  FieldReader reader(message);
  for (Field field; reader.Next(field);) {
    if (field.tag == VarintTag(Duration::kSecondsField)) out.seconds = static_cast<std::int64_t>(field.varint);
    if (field.tag == VarintTag(Duration::kNanosField)) out.nanos = static_cast<std::int32_t>(field.varint);
  }
  return !reader.malformed();
}

// Rounds up, so that a time that is left is not none. Time that has run out already is none.
bool ToMilliseconds(const Duration& duration, std::uint32_t& milliseconds) {
  const auto [seconds, nanos] = duration;
  if (nanos <= -kNanosPerSecond || nanos >= kNanosPerSecond) return false;
  if ((seconds < 0 && nanos > 0) || (seconds > 0 && nanos < 0)) return false;
  if (seconds < 0 || nanos < 0) {
    milliseconds = 0;
    return true;
  }
  constexpr std::int64_t kTooManySeconds = kMaxTimeoutMs / 1000 + 1;
  const std::int64_t total = std::min(seconds, kTooManySeconds) * 1000 + (nanos + kNanosPerMs - 1) / kNanosPerMs;
  milliseconds = static_cast<std::uint32_t>(std::min<std::int64_t>(total, kMaxTimeoutMs));
  return true;
}

}  // namespace
}  // namespace latchkey::wire
