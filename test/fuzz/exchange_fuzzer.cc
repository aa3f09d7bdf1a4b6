// A message of Exchange: what the parser accepts keeps its promises, and reads the same when it is written again.

#include <cstdint>

#include "native/wire/exchange.h"
#include "test/fuzz/check.h"
#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::fuzz {
namespace {

wire::Message Written(const wire::ExchangeRequest& request) {
  wire::Message message;
  message.Varint(wire::ExchangeRequest::kIdField, request.id);
  if (request.timeout_ms) {
    wire::Message timeout;
    timeout.Varint(1, *request.timeout_ms / 1000).Varint(2, *request.timeout_ms % 1000 * 1'000'000ULL);
    message.Bytes(wire::ExchangeRequest::kTimeoutField, timeout.str());
  }
  if (request.request_field != 0) message.Bytes(request.request_field, wire::ToString(request.request));
  return message;
}

void CheckExchange(wire::Bytes message) {
  wire::ExchangeRequest request;
  const wire::RequestError error = wire::Parse(message, request);
  if (!error.ok()) return;
  Check(error.field == 0, "an accepted message names no field");
  Check(request.id != 0, "an accepted message has an id");
  Check(!request.timeout_ms || *request.timeout_ms <= wire::kMaxTimeoutMs, "a timeout is cut");
  if (request.request_field == 0) {
    Check(request.request.empty(), "without a request there are no bytes of one");
  } else {
    Check(request.request_field >= wire::ExchangeRequest::kFirstRequestField &&
              request.request_field <= wire::ExchangeRequest::kLastRequestField,
          "the request is a member of the oneof");
    Check(wire::LiesWithin(request.request, message), "the request lies in the message");
  }
  const wire::ExactBytes copy(Written(request).str());
  wire::ExchangeRequest again;
  Check(wire::Parse(copy.view(), again).ok(), "an accepted message is accepted when written again");
  Check(again.id == request.id && again.timeout_ms == request.timeout_ms &&
            again.request_field == request.request_field &&
            wire::ToString(again.request) == wire::ToString(request.request),
        "a message written again reads the same");
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  latchkey::fuzz::CheckExchange({data, size});
  return 0;
}
