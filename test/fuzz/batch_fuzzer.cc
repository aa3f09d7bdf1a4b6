// The first byte picks the batch, the rest is its request: parsed, decided with a key that is always there, answered,
// and the answer read back.

#include <array>
#include <string>
#include <vector>

#include "native/crypto/private_pages.h"
#include "native/data_plane/answer.h"
#include "native/data_plane/batch.h"
#include "native/wire/protobuf_reader.h"
#include "test/fuzz/check.h"

namespace latchkey::fuzz {
namespace {

using data_plane::Bytes;
using data_plane::Operation;

constexpr std::size_t kBatches = 4;
constexpr std::size_t kMaxPlaintextBytes = 4096;
constexpr crypto::MaterialId kMaterialId{};
constexpr std::array<std::uint8_t, crypto::kXaesKeyBytes> kInputKey{1};
// Of data keys, a short request may ask for many.
constexpr std::size_t kMaxReplyBytes = 1U << 16;

class Service {
 public:
  Service() { Check(keys_.Add(kMaterialId, kInputKey, added_) == Status::kOk, "there is a key"); }

  void CheckBatch(Operation operation, Bytes request) {
    data_plane::BatchView view;
    const Status parsed = data_plane::ParseBatch(plane_, operation, request, kMaxReplyBytes, view);
    std::vector<std::uint8_t> response;
    const Status answered = data_plane::Answer(
        plane_, {.operation = operation, .request = request, .max_reply_bytes = kMaxReplyBytes},
        [this](const data_plane::Question& question, data_plane::Decision& decision) {
          return Decide(question, decision);
        },
        response);
    if (parsed != Status::kOk) {
      Check(answered == parsed && response.empty(), "what the parser refuses has no answer");
      return;
    }
    Check(view.items >= 1 && view.items <= wire::kMaxBatchItems, "the number of items is in bounds");
    Check(view.fitting_items <= view.items, "no more items fit than there are");
    if (view.fitting_items < view.items) {
      Check(answered == Status::kBufferTooSmall, "what might not fit is refused");
      return;
    }
    Check(answered == Status::kOk, "what the parser accepts is answered");
    CheckResponse(operation, view, response);
  }

 private:
  Status Decide(const data_plane::Question& question, data_plane::Decision& decision) const {
    decision.sealing = added_.handle;
    decision.item_failures.assign(data_plane::kItemFailureNames.begin(), data_plane::kItemFailureNames.end());
    for (const data_plane::Handle handle : question.handles) {
      decision.materials.push_back({.handle = handle, .refusal = "unknown"});
    }
    return Status::kOk;
  }

  static void CheckResponse(Operation operation, const data_plane::BatchView& view, Bytes response) {
    const bool names_key = operation == Operation::kBatchEncrypt || operation == Operation::kBatchGenerateDataKey;
    const std::uint32_t results_field = names_key ? 3 : 1;
    std::size_t results = 0;
    wire::FieldReader reader(response);
    for (wire::Field field; reader.Next(field);) results += field.tag == wire::BytesTag(results_field) ? 1 : 0;
    Check(!reader.malformed(), "a response is protobuf");
    Check(results == view.items, "each item has a result");
    Check(response.size() <= view.response_bytes + (view.items + 6) * 32, "a response is as small as was said");
  }

  crypto::KeyArena arena_{2};
  crypto::BackingKeyTable keys_{arena_, 1};
  crypto::BackingKeyTable::Added added_{};
  crypto::PrivatePages scratch_{kMaxPlaintextBytes, crypto::PrivatePages::Lock::kNo};
  data_plane::DataPlane plane_{
      .keys = keys_, .limits = {.max_plaintext_bytes = kMaxPlaintextBytes}, .scratch = scratch_.bytes()};
};

}  // namespace
}  // namespace latchkey::fuzz

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return -1;
  static latchkey::fuzz::Service service;
  const auto first = static_cast<std::size_t>(latchkey::data_plane::Operation::kBatchEncrypt);
  const auto operation = static_cast<latchkey::data_plane::Operation>(first + data[0] % latchkey::fuzz::kBatches);
  service.CheckBatch(operation, {data + 1, size - 1});
  return 0;
}
