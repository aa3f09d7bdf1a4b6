// A data plane over real keys, and a reader of its responses.
#pragma once

#include <map>
#include <string>

#include "native/crypto/private_pages.h"
#include "native/data_plane/data_plane.h"
#include "test/native/support.h"
#include "test/native/wire/message.h"

namespace latchkey::data_plane {

using wire::Message;

inline Bytes AsBytes(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

// The last value of each field: bytes as they are, numbers in decimal.
inline std::map<std::uint32_t, std::string> Fields(Bytes message) {
  std::map<std::uint32_t, std::string> fields;
  std::size_t at = 0;
  const auto varint = [&] {
    std::uint64_t value = 0;
    for (unsigned shift = 0; at < message.size(); shift += 7) {
      const std::uint8_t byte = message[at++];
      value |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    return value;
  };
  while (at < message.size()) {
    const std::uint64_t tag = varint();
    const std::uint64_t value = varint();
    std::string& field = fields[static_cast<std::uint32_t>(tag >> 3)];
    if ((tag & 7) == 0) {
      field = std::to_string(value);
    } else {
      const Bytes content = message.subspan(at, value);
      field.assign(content.begin(), content.end());
      at += value;
    }
  }
  return fields;
}

class PlaneFixture : public ::testing::Test {
 protected:
  static constexpr std::size_t kMaxPlaintext = 4096;
  static constexpr const char* kArn = "arn:aws:kms:us-east-1:000000000000:key/k";

  // Runs an operation in a buffer of the size that `view` promises, filled with canaries.
  template <typename Run>
  std::map<std::uint32_t, std::string> Answer(const RequestView& view, std::size_t arn_bytes, Run run) {
    testing_support::Vector out(view.response_bytes + arn_bytes, 0xee);
    const Outcome outcome = run(MutableBytes(out));
    EXPECT_EQ(outcome.status, Status::kOk);
    return Fields(Bytes(out).first(outcome.size));
  }

  [[nodiscard]] KeyedCall Call(const std::string& request, MutableBytes out) const {
    return {.request = AsBytes(request), .handle = handle_, .key_arn = AsBytes(arn_), .out = out};
  }
  const OperationCounts& Counts(Operation operation) const {
    return plane_.counts[static_cast<std::size_t>(operation)];
  }

  testing_support::TableWithKeys keys_{4};
  crypto::PrivatePages scratch_{kMaxPlaintext, crypto::PrivatePages::Lock::kNo};
  DataPlane plane_{.keys = keys_.table.backing_keys(),
                   .limits = {.max_plaintext_bytes = kMaxPlaintext},
                   .scratch = scratch_.bytes(),
                   .counts = {}};
  testing_support::Material material_ = keys_.Generate();
  Handle handle_ = keys_.Load(material_).handle;
  std::string arn_ = kArn;
};

}  // namespace latchkey::data_plane
