#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "native/wire/requests.h"

namespace latchkey::fuzz {

inline constexpr std::size_t kOperationCount = 7;

// Calls `visit` with the type of the request of an operation, by its index in `operations` of src/crypto/native.ts.
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
