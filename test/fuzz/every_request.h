#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "native/wire/batch_requests.h"
#include "native/wire/requests.h"

namespace latchkey::fuzz {

// Indexes are those of `operations` in src/crypto/native.ts: unary operations, then batches. Exchange's message
// follows.
inline constexpr std::size_t kUnaryOperations = 7;
inline constexpr std::array<const wire::BatchFields*, 4> kBatchFields = {
    &wire::kBatchEncryptFields, &wire::kBatchDecryptFields, &wire::kBatchReEncryptFields,
    &wire::kBatchGenerateDataKeyFields};

// Calls `visit` with the type of the request of a unary operation.
template <typename Visit>
auto WithRequestType(std::size_t operation, Visit visit) {
  switch (operation) {
    case 0:
      return visit(std::type_identity<wire::EncryptRequest>());
    case 1:
      return visit(std::type_identity<wire::DecryptRequest>());
    case 2:
      return visit(std::type_identity<wire::ReEncryptRequest>());
    case 3:
    case 4:
      return visit(std::type_identity<wire::DataKeyRequest>());
    case 5:
      return visit(std::type_identity<wire::RandomRequest>());
    default:
      return visit(std::type_identity<wire::DescribeCiphertextRequest>());
  }
}

}  // namespace latchkey::fuzz
