#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "native/crypto/private_pages.h"
#include "native/data_plane/answer.h"
#include "native/data_plane/batch.h"
#include "native/data_plane/parse_request.h"
#include "native/data_plane/request_texts.h"
#include "test/fuzz/check.h"

namespace latchkey::fuzz {

using data_plane::Bytes;
using data_plane::Operation;

inline constexpr std::size_t kOperations = data_plane::kOperationNames.size();

// Which operation a request in one of Exchange is of, by its field there.
constexpr Operation OperationOf(std::uint32_t exchange_field) {
  return static_cast<Operation>(exchange_field < 7 ? exchange_field + 4 : exchange_field - 7);
}
static_assert(OperationOf(3) == Operation::kBatchEncrypt && OperationOf(6) == Operation::kBatchGenerateDataKey);
static_assert(OperationOf(7) == Operation::kEncrypt && OperationOf(13) == Operation::kDescribeCiphertext);

// The data plane over keys that are always there, the same in every process.
class Service {
 public:
  static constexpr std::size_t kKeys = 2;
  // Of data keys, a short request may ask for many.
  static constexpr std::size_t kMaxReplyBytes = 1U << 16;

  Service() {
    for (std::size_t key = 0; key < kKeys; ++key) {
      const std::array<std::uint8_t, crypto::kXaesKeyBytes> input_key{1, static_cast<std::uint8_t>(key)};
      crypto::BackingKeyTable::Added added{};
      Check(keys_.Add({static_cast<std::uint8_t>(key)}, input_key, added) == Status::kOk, "there is a key");
      handles_.at(key) = added.handle;
    }
  }

  // Of some batches, every fourth item is refused.
  static bool RefusesItems(Operation operation) {
    return operation == Operation::kBatchEncrypt || operation == Operation::kBatchReEncrypt;
  }
  static bool Refuses(std::size_t item) { return item % 4 == 3; }

  Status Parse(Operation operation, Bytes request, data_plane::RequestView& view) {
    return data_plane::ParseRequest(plane_, operation, request, view);
  }
  Status Parse(Operation operation, Bytes request, data_plane::BatchView& view) {
    return data_plane::ParseBatch(plane_, operation, request, kMaxReplyBytes, view);
  }

  // As ReadMaterials, and how many materials the request that was parsed last names.
  Status Materials(Operation operation, Bytes request, std::span<std::uint32_t> numbers, std::size_t& count) {
    count = plane_.batch.materials.size();
    return data_plane::ReadMaterials(plane_, operation, request, numbers);
  }

  // Encrypts, where the operation does, with `key`.
  Status Answer(Operation operation, Bytes request, std::vector<std::uint8_t>& response, std::size_t key = 0) {
    const auto decide = [sealing = handles_.at(key)](const data_plane::Question& question,
                                                     data_plane::Decision& decision) {
      decision.sealing = sealing;
      decision.item_failures.assign(data_plane::kItemFailureNames.begin(), data_plane::kItemFailureNames.end());
      for (const data_plane::Handle handle : question.handles) {
        decision.materials.push_back({.handle = handle, .refusal = "unknown"});
      }
      if (RefusesItems(question.operation)) {
        decision.item_failures.emplace_back("refused");
        for (std::size_t item = 0; item < question.items; ++item) {
          decision.verdicts.push_back(Refuses(item) ? data_plane::FailedWith(kRefusal) : data_plane::kSucceeded);
        }
      }
      return Status::kOk;
    };
    return data_plane::Answer(plane_, {.operation = operation, .request = request, .max_reply_bytes = kMaxReplyBytes},
                              decide, response);
  }

 private:
  static constexpr std::size_t kMaxPlaintextBytes = 4096;
  static constexpr std::size_t kRefusal = data_plane::kItemFailureNames.size();

  crypto::KeyArena arena_{kKeys + 1};
  crypto::BackingKeyTable keys_{arena_, kKeys};
  std::array<data_plane::Handle, kKeys> handles_{};
  crypto::PrivatePages scratch_{kMaxPlaintextBytes, crypto::PrivatePages::Lock::kNo};
  data_plane::DataPlane plane_{
      .keys = keys_, .limits = {.max_plaintext_bytes = kMaxPlaintextBytes}, .scratch = scratch_.bytes()};
};

}  // namespace latchkey::fuzz
