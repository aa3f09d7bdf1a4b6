// Grant tokens and dry_run, which all requests have that use a key.
#include "native/wire/grant_tokens.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "native/wire/batch_requests.h"
#include "native/wire/repeated_bytes.h"
#include "native/wire/requests.h"
#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

// A request that is accepted, of each kind.
Message Valid(const EncryptRequest& /*kind*/) { return Message().Bytes(1, "key").Bytes(2, "plaintext"); }
Message Valid(const DecryptRequest& /*kind*/) { return Message().Bytes(1, "blob"); }
Message Valid(const ReEncryptRequest& /*kind*/) { return Message().Bytes(1, "blob").Bytes(4, "destination"); }
Message Valid(const DataKeyRequest& /*kind*/) { return Message().Bytes(1, "key").Varint(3, 1); }

Message WithTokens(Message message, std::uint32_t field, std::size_t count) {
  for (std::size_t token = 0; token < count; ++token) message.Bytes(field, "token " + std::to_string(token));
  return message;
}

template <typename Request>
class GrantTokensTest : public testing::Test {
 protected:
  static constexpr std::uint32_t kTokens = Request::kGrantTokensField;
  static constexpr std::uint32_t kDryRun = Request::kDryRunField;

  static Message Valid() { return wire::Valid(Request()); }
  static RequestError ErrorOf(const Message& message) {
    Request request;
    return Parse(ExactBytes(message.str()).view(), kTestLimits, request);
  }
  static void ExpectRefused(const Message& message, Status status) {
    const RequestError error = ErrorOf(message);
    EXPECT_EQ(StatusName(error.status), StatusName(status));
    EXPECT_EQ(error.field, kTokens);
  }
};

using RequestsThatUseAKey = testing::Types<EncryptRequest, DecryptRequest, ReEncryptRequest, DataKeyRequest>;
TYPED_TEST_SUITE(GrantTokensTest, RequestsThatUseAKey);

TYPED_TEST(GrantTokensTest, AreCountedAndReadWhereTheyStand) {
  for (const std::size_t count : {0U, 1U, 10U}) {
    const ExactBytes bytes(WithTokens(this->Valid(), this->kTokens, count).str());
    TypeParam request;
    ASSERT_TRUE(Parse(bytes.view(), kTestLimits, request).ok());
    EXPECT_EQ(request.grant_tokens.count(), count);
    RepeatedBytes tokens(bytes.view(), this->kTokens);
    Bytes token;
    for (std::size_t at = 0; at < count; ++at) {
      ASSERT_TRUE(tokens.Next(token));
      EXPECT_EQ(ToString(token), "token " + std::to_string(at));
    }
    EXPECT_FALSE(tokens.Next(token));
  }
}

TYPED_TEST(GrantTokensTest, AreTenAtMostAndTheNextIsRefusedAtOnce) {
  this->ExpectRefused(WithTokens(this->Valid(), this->kTokens, 11), Status::kTooManyGrantTokens);
  this->ExpectRefused(WithTokens(Message(), this->kTokens, 11).Raw("\xFF"), Status::kTooManyGrantTokens);
}

TYPED_TEST(GrantTokensTest, HaveOneTo8192BytesOfUtf8) {
  const auto with = [this](const std::string& token) { return this->Valid().Bytes(this->kTokens, token); };
  EXPECT_TRUE(this->ErrorOf(with("t")).ok());
  EXPECT_TRUE(this->ErrorOf(with(std::string(8192, 't'))).ok());
  this->ExpectRefused(with(""), Status::kGrantTokenOutOfRange);
  this->ExpectRefused(with(std::string(8193, 't')), Status::kGrantTokenOutOfRange);
  this->ExpectRefused(with("").Bytes(this->kTokens, "t"), Status::kGrantTokenOutOfRange);
  this->ExpectRefused(with("\xFF"), Status::kInvalidUtf8);
}

TYPED_TEST(GrantTokensTest, AreLookedAtLast) {
  EXPECT_NE(this->ErrorOf(Message().Bytes(this->kTokens, "")).status, Status::kGrantTokenOutOfRange);
}

TYPED_TEST(GrantTokensTest, DryRunIsAnyNumberButZeroAndTheLastCounts) {
  const auto is_dry = [](const Message& message) {
    TypeParam request;
    EXPECT_TRUE(Parse(ExactBytes(message.str()).view(), kTestLimits, request).ok());
    return request.dry_run;
  };
  EXPECT_FALSE(is_dry(this->Valid()));
  EXPECT_FALSE(is_dry(this->Valid().Varint(this->kDryRun, 0)));
  EXPECT_FALSE(is_dry(this->Valid().Varint(this->kDryRun, 1).Varint(this->kDryRun, 0)));
  EXPECT_TRUE(is_dry(this->Valid().Varint(this->kDryRun, 1)));
  EXPECT_TRUE(is_dry(this->Valid().Varint(this->kDryRun, 1ULL << 63U)));
  EXPECT_FALSE(is_dry(this->Valid().Bytes(this->kDryRun, "1").Fixed32(this->kDryRun)));
}

struct BatchKind {
  const BatchFields* fields;
  Message valid;
};

TEST(GrantTokensOfBatchesTest, AreTheSame) {
  const std::vector<BatchKind> kinds = {
      {&kBatchEncryptFields, Message().Bytes(1, "key").Bytes(3, "p")},
      {&kBatchDecryptFields, Message().Bytes(1, "blob")},
      {&kBatchReEncryptFields, Message().Bytes(1, "blob").Bytes(4, "destination")},
      {&kBatchGenerateDataKeyFields, Message().Bytes(1, "key").Varint(3, 1).Varint(5, 1)},
  };
  for (const BatchKind& kind : kinds) {
    const Message& valid = kind.valid;
    const std::uint32_t field = kind.fields->grant_tokens;
    const auto expect = [&](const Message& message, Status status) {
      BatchRequest request;
      const RequestError error = Parse(ExactBytes(message.str()).view(), *kind.fields, request);
      EXPECT_EQ(StatusName(error.status), StatusName(status));
      EXPECT_EQ(error.field, error.ok() ? 0 : field);
      if (error.ok()) EXPECT_EQ(request.grant_tokens.count(), 10U);
    };
    expect(WithTokens(valid, field, 10), Status::kOk);
    expect(WithTokens(valid, field, 11), Status::kTooManyGrantTokens);
    expect(WithTokens(Message(), field, 11).Raw("\xFF"), Status::kTooManyGrantTokens);
    expect(Message(valid).Bytes(field, ""), Status::kGrantTokenOutOfRange);
    expect(Message(valid).Bytes(field, std::string(8193, 't')), Status::kGrantTokenOutOfRange);
    expect(Message(valid).Bytes(field, "\xFF"), Status::kInvalidUtf8);
  }
}

}  // namespace
}  // namespace latchkey::wire
