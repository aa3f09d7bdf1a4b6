#include "native/wire/responses.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "native/wire/response_writer.h"
#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

constexpr std::size_t kArnBytes = 300;
constexpr std::uint32_t kMaxChecksum = std::numeric_limits<std::uint32_t>::max();

// Whether the writer is content with `capacity` bytes.
bool Fits(std::size_t capacity, const std::function<void(ResponseWriter&)>& write) {
  std::vector<std::uint8_t> buffer(capacity);
  ResponseWriter writer(buffer);
  write(writer);
  return writer.ok();
}

void WriteKey(ResponseWriter& writer, std::uint32_t arn_field, std::uint32_t material_field) {
  writer.String(arn_field, ExactBytes(std::string(kArnBytes, 'a')).view());
  writer.Hex(material_field, ExactBytes(std::string(32, 'm')).view());
}

void WritePayload(ResponseWriter& writer, std::uint32_t field, std::size_t length, std::uint32_t checksum_field) {
  std::ranges::fill(writer.ReserveBytes(field, length), std::uint8_t{'p'});
  writer.Uint32(checksum_field, kMaxChecksum);
}

// The greatest message of each kind fits into its bound plus its ARNs.
class ResponsesTest : public testing::TestWithParam<std::size_t> {};

TEST_P(ResponsesTest, EncryptFits) {
  using R = EncryptResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam()) + kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kKeyArnField, R::kKeyMaterialIdField);
    WritePayload(writer, R::kBlobField, GetParam(), R::kBlobChecksumField);
  }));
}

TEST_P(ResponsesTest, DecryptFits) {
  using R = DecryptResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam()) + kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kKeyArnField, R::kKeyMaterialIdField);
    WritePayload(writer, R::kPlaintextField, GetParam(), R::kPlaintextChecksumField);
  }));
}

TEST_P(ResponsesTest, ReEncryptFits) {
  using R = ReEncryptResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam()) + 2 * kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kSourceKeyArnField, R::kSourceKeyMaterialIdField);
    WriteKey(writer, R::kKeyArnField, R::kDestinationKeyMaterialIdField);
    WritePayload(writer, R::kBlobField, GetParam(), R::kBlobChecksumField);
  }));
}

TEST_P(ResponsesTest, GenerateDataKeyFits) {
  using R = GenerateDataKeyResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam(), GetParam()) + kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kKeyArnField, R::kKeyMaterialIdField);
    WritePayload(writer, R::kBlobField, GetParam(), R::kBlobChecksumField);
    WritePayload(writer, R::kPlaintextField, GetParam(), R::kPlaintextChecksumField);
  }));
}

TEST_P(ResponsesTest, GenerateDataKeyWithoutPlaintextFits) {
  using R = GenerateDataKeyWithoutPlaintextResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam()) + kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kKeyArnField, R::kKeyMaterialIdField);
    WritePayload(writer, R::kBlobField, GetParam(), R::kBlobChecksumField);
  }));
}

TEST_P(ResponsesTest, GenerateRandomFits) {
  using R = GenerateRandomResponse;
  EXPECT_TRUE(Fits(R::MaxBytes(GetParam()), [](auto& writer) {
    WritePayload(writer, R::kPlaintextField, GetParam(), R::kPlaintextChecksumField);
  }));
}

INSTANTIATE_TEST_SUITE_P(PayloadLengths, ResponsesTest, testing::Values(1, 75, 127, 128, 1024, 1 << 20, 1 << 22));

TEST(ResponseBoundsTest, DescribeCiphertextFits) {
  using R = DescribeCiphertextResponse;
  EXPECT_TRUE(Fits(R::MaxBytes() + kArnBytes, [](auto& writer) {
    WriteKey(writer, R::kKeyArnField, R::kKeyMaterialIdField);
    writer.Bool(R::kCurrentField, true);
    writer.Uint32(R::kFormatVersionField, kMaxChecksum);
  }));
}

TEST(ResponseBoundsTest, BoundsAreNotMuchGreaterThanTheMessages) {
  EXPECT_LE(EncryptResponse::MaxBytes(1000), 1000 + 64 + 30U);
  EXPECT_LE(ReEncryptResponse::MaxBytes(1000), 1000 + 2 * 64 + 50U);
}

}  // namespace
}  // namespace latchkey::wire
