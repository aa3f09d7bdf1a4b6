// The first byte picks the operation, the rest is its request.

#include <string>

#include "test/fuzz/check.h"
#include "test/fuzz/every_request.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::fuzz {
namespace {

void CheckRequest(std::size_t operation, wire::Bytes request) {
  WithRequestType(operation, [request]<typename Request>(std::type_identity<Request> /*type*/) {
    const std::string broken = wire::BrokenPromise<Request>(request);
    Check(broken.empty(), broken);
  });
}

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return -1;
  latchkey::fuzz::CheckRequest(data[0] % latchkey::fuzz::kUnaryOperations, {data + 1, size - 1});
  return 0;
}
