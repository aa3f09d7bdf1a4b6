#include "native/wire/batch_requests.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

const std::string kNotUtf8 = "\xFF";

struct Parsed {
  Parsed(const BatchFields& fields, const Message& message)
      : bytes(message.str()), error(Parse(bytes.view(), fields, request)) {}

  ExactBytes bytes;
  BatchRequest request;
  RequestError error;
};

void ExpectRefused(const BatchFields& fields, const Message& message, Status status, std::uint32_t field) {
  const Parsed parsed(fields, message);
  EXPECT_EQ(StatusName(parsed.error.status), StatusName(status));
  EXPECT_EQ(parsed.error.field, field);
}

std::vector<std::string> Values(const Parsed& parsed, std::uint32_t field) {
  std::vector<std::string> values;
  RepeatedBytes cursor(parsed.bytes.view(), field);
  for (Bytes value; cursor.Next(value);) values.push_back(ToString(value));
  return values;
}

Message Encrypt(int items = 1) {
  Message message;
  message.Bytes(1, "key");
  for (int item = 0; item < items; ++item) message.Bytes(3, "item" + std::to_string(item));
  return message;
}

TEST(BatchRequestTest, EncryptHasEveryField) {
  const Parsed parsed(kBatchEncryptFields, Encrypt(2).Pair(2, "k", "v").Bytes(4, "row").Bytes(5, "one").Bytes(5, ""));
  ASSERT_TRUE(parsed.error.ok());
  EXPECT_EQ(ToString(parsed.request.key_id), "key");
  EXPECT_EQ(parsed.request.items, 2U);
  EXPECT_EQ(parsed.request.context.common.pair_count(), 1U);
  EXPECT_EQ(ToString(parsed.request.context.column_key), "row");
  EXPECT_EQ(parsed.request.context.column_values, 2U);
  EXPECT_EQ(Values(parsed, 3), (std::vector<std::string>{"item0", "item1"}));
  EXPECT_EQ(Values(parsed, 5), (std::vector<std::string>{"one", ""}));
}

TEST(BatchRequestTest, ReEncryptHasEveryField) {
  const Parsed parsed(kBatchReEncryptFields, Message()
                                                 .Bytes(1, "blob")
                                                 .Bytes(2, "source")
                                                 .Pair(3, "a", "b")
                                                 .Bytes(4, "destination")
                                                 .Pair(5, "c", "d")
                                                 .Pair(5, "e", "f")
                                                 .Bytes(6, "row")
                                                 .Bytes(7, "1")
                                                 .Bytes(8, "line")
                                                 .Bytes(9, "2")
                                                 .Varint(10, 1));
  ASSERT_TRUE(parsed.error.ok());
  EXPECT_EQ(ToString(parsed.request.key_id), "source");
  EXPECT_EQ(ToString(parsed.request.destination_key_id), "destination");
  EXPECT_EQ(parsed.request.context.common.pair_count(), 1U);
  EXPECT_EQ(parsed.request.destination_context.common.pair_count(), 2U);
  EXPECT_EQ(ToString(parsed.request.context.column_key), "row");
  EXPECT_EQ(ToString(parsed.request.destination_context.column_key), "line");
  EXPECT_EQ(Values(parsed, 7), std::vector<std::string>{"1"});
  EXPECT_EQ(Values(parsed, 9), std::vector<std::string>{"2"});
  EXPECT_TRUE(parsed.request.skip_if_current);
}

TEST(BatchRequestTest, DecryptAndDataKeysHaveTheirFields) {
  const Parsed decrypt(kBatchDecryptFields,
                       Message().Bytes(1, "b").Pair(2, "k", "v").Bytes(3, "row").Bytes(4, "1").Bytes(5, "key"));
  ASSERT_TRUE(decrypt.error.ok());
  EXPECT_EQ(ToString(decrypt.request.key_id), "key");
  EXPECT_TRUE(Parsed(kBatchDecryptFields, Message().Bytes(1, "b")).error.ok());
  const Parsed data_keys(kBatchGenerateDataKeyFields, Message().Bytes(1, "key").Varint(4, 24).Varint(5, 100'000));
  ASSERT_TRUE(data_keys.error.ok());
  EXPECT_EQ(data_keys.request.items, 100'000U);
  EXPECT_EQ(data_keys.request.data_key_bytes, 24U);
}

TEST(BatchRequestTest, NeedsItsNames) {
  ExpectRefused(kBatchEncryptFields, Message().Bytes(3, "p"), Status::kKeyIdMissing, 1);
  ExpectRefused(kBatchReEncryptFields, Message().Bytes(1, "b"), Status::kKeyIdMissing, 4);
  ExpectRefused(kBatchGenerateDataKeyFields, Message().Varint(3, 1).Varint(5, 1), Status::kKeyIdMissing, 1);
}

TEST(BatchRequestTest, NeedsOneTo100000Items) {
  ExpectRefused(kBatchEncryptFields, Message().Bytes(1, "key"), Status::kItemsMissing, 3);
  ExpectRefused(kBatchDecryptFields, Message(), Status::kItemsMissing, 1);
  ExpectRefused(kBatchGenerateDataKeyFields, Message().Bytes(1, "key").Varint(3, 1), Status::kItemsMissing, 5);
  ExpectRefused(kBatchGenerateDataKeyFields, Message().Bytes(1, "key").Varint(3, 1).Varint(5, 100'001),
                Status::kTooManyItems, 5);
  std::string items;
  for (int item = 0; item < 100'000; ++item) items += std::string("\x0a\x00", 2);
  EXPECT_TRUE(Parsed(kBatchDecryptFields, Message().Raw(items)).error.ok());
  // As soon as it is seen: what follows is no protobuf.
  ExpectRefused(kBatchDecryptFields, Message().Raw(items).Bytes(1, "").Raw("\xFF"), Status::kTooManyItems, 1);
}

TEST(BatchRequestTest, ColumnsHaveAKeyAndOneValueForEachItem) {
  ExpectRefused(kBatchEncryptFields, Encrypt(2).Bytes(4, "row").Bytes(5, "1"), Status::kColumnLengthMismatch, 5);
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(4, "row").Bytes(5, "1").Bytes(5, "2"),
                Status::kColumnLengthMismatch, 5);
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(4, "row"), Status::kColumnLengthMismatch, 5);
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(5, "1"), Status::kColumnLengthMismatch, 4);
  const Message re_encrypt = Message().Bytes(1, "blob").Bytes(4, "destination");
  ExpectRefused(kBatchReEncryptFields, Message(re_encrypt).Bytes(7, "1"), Status::kColumnLengthMismatch, 6);
  ExpectRefused(kBatchReEncryptFields, Message(re_encrypt).Bytes(8, "row"), Status::kColumnLengthMismatch, 9);
}

TEST(BatchRequestTest, AColumnsKeyIsNoCommonKey) {
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(4, "row").Bytes(5, "1").Pair(2, "row", "x"),
                Status::kColumnKeyCollides, 4);
  EXPECT_TRUE(Parsed(kBatchEncryptFields, Encrypt().Bytes(4, "row").Bytes(5, "1").Pair(2, "Row", "x")).error.ok());
  const Message re_encrypt = Message().Bytes(1, "b").Bytes(4, "d").Bytes(8, "row").Bytes(9, "1");
  EXPECT_TRUE(Parsed(kBatchReEncryptFields, Message(re_encrypt).Pair(3, "row", "x")).error.ok());
  ExpectRefused(kBatchReEncryptFields, Message(re_encrypt).Pair(5, "row", "x"), Status::kColumnKeyCollides, 8);
}

TEST(BatchRequestTest, DataKeysHaveALength) {
  const auto with = [] { return Message().Bytes(1, "key").Varint(5, 1); };
  ExpectRefused(kBatchGenerateDataKeyFields, with(), Status::kLengthMissing, 3);
  ExpectRefused(kBatchGenerateDataKeyFields, with().Varint(3, 3), Status::kDataKeySpecUnknown, 3);
  ExpectRefused(kBatchGenerateDataKeyFields, with().Varint(4, 0), Status::kLengthOutOfRange, 4);
  ExpectRefused(kBatchGenerateDataKeyFields, with().Varint(4, 1025), Status::kLengthOutOfRange, 4);
  EXPECT_EQ(Parsed(kBatchGenerateDataKeyFields, with().Varint(4, 5).Varint(3, 2)).request.data_key_bytes, 16U);
}

TEST(BatchRequestTest, ContextsHaveAtMost64PairsWithTheColumns) {
  Message message = Encrypt();
  for (int pair = 0; pair < 63; ++pair) message.Pair(2, std::to_string(pair), "");
  EXPECT_TRUE(Parsed(kBatchEncryptFields, Message(message).Bytes(4, "row").Bytes(5, "1")).error.ok());
  message.Pair(2, "63", "");
  EXPECT_TRUE(Parsed(kBatchEncryptFields, message).error.ok());
  ExpectRefused(kBatchEncryptFields, Message(message).Bytes(4, "row").Bytes(5, "1"), Status::kContextTooManyPairs, 2);
  // As soon as it is seen.
  ExpectRefused(kBatchEncryptFields, Message(message).Pair(2, "64", "").Raw("\xFF"), Status::kContextTooManyPairs, 2);
}

TEST(BatchRequestTest, CommonContextsAreBoundedAndWithoutDuplicates) {
  EXPECT_TRUE(Parsed(kBatchEncryptFields, Encrypt().Pair(2, "k", std::string(8192 - 13, 'v'))).error.ok());
  ExpectRefused(kBatchEncryptFields, Encrypt().Pair(2, "k", std::string(8192 - 12, 'v')), Status::kContextTooLarge, 2);
  ExpectRefused(kBatchEncryptFields, Encrypt().Pair(2, "k", "1").Pair(2, "k", "2"), Status::kContextDuplicateKey, 2);
  ExpectRefused(kBatchReEncryptFields, Message().Bytes(1, "b").Bytes(4, "d").Pair(5, "k", "").Pair(5, "k", ""),
                Status::kContextDuplicateKey, 5);
}

TEST(BatchRequestTest, RefusesInvalidUtf8WithItsField) {
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(1, kNotUtf8), Status::kInvalidUtf8, 1);
  ExpectRefused(kBatchEncryptFields, Encrypt().Pair(2, "k", kNotUtf8), Status::kInvalidUtf8, 2);
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(4, kNotUtf8), Status::kInvalidUtf8, 4);
  ExpectRefused(kBatchEncryptFields, Encrypt().Bytes(4, "row").Bytes(5, kNotUtf8), Status::kInvalidUtf8, 5);
  ExpectRefused(kBatchReEncryptFields, Message().Bytes(9, kNotUtf8), Status::kInvalidUtf8, 9);
  EXPECT_TRUE(Parsed(kBatchEncryptFields, Encrypt().Bytes(3, kNotUtf8)).error.ok());
}

TEST(BatchRequestTest, ChecksInTheOrderThatIsPromised) {
  // Everything is wrong; each line repairs the first thing.
  Message message = Message().Bytes(4, "row").Pair(2, "row", "").Pair(2, "row", "");
  ExpectRefused(kBatchEncryptFields, Message(message).Raw("\x0a"), Status::kMalformedRequest, 0);
  ExpectRefused(kBatchEncryptFields, message, Status::kKeyIdMissing, 1);
  ExpectRefused(kBatchEncryptFields, message.Bytes(1, "key"), Status::kItemsMissing, 3);
  ExpectRefused(kBatchEncryptFields, message.Bytes(3, ""), Status::kColumnLengthMismatch, 5);
  ExpectRefused(kBatchEncryptFields, message.Bytes(5, ""), Status::kColumnKeyCollides, 4);
  ExpectRefused(kBatchEncryptFields, message.Bytes(4, "line"), Status::kContextDuplicateKey, 2);
}

TEST(BatchRequestTest, OtherWireTypesAndFieldsAreSkipped) {
  const Parsed parsed(kBatchEncryptFields, Encrypt(2)
                                               .Varint(3, 7)
                                               .Fixed64(3)
                                               .Fixed32(5)
                                               .Varint(5, 1)
                                               .Group(3, Message().Bytes(3, "in a group").str())
                                               .Bytes(77, "x")
                                               .Varint(1, 2));
  ASSERT_TRUE(parsed.error.ok());
  EXPECT_EQ(parsed.request.items, 2U);
  EXPECT_EQ(Values(parsed, 3).size(), 2U);
  ExpectRefused(kBatchGenerateDataKeyFields, Message().Bytes(1, "key").Varint(3, 1).Bytes(5, "9"),
                Status::kItemsMissing, 5);
}

TEST(BatchRequestTest, LengthsBeyondTheMessageAreMalformed) {
  for (const std::uint64_t length : {5ULL, 127ULL, 128ULL, 16383ULL, 16384ULL, (1ULL << 31) - 1, (1ULL << 32) - 1,
                                     1ULL << 32, (1ULL << 63) - 1, ~0ULL}) {
    ExpectRefused(kBatchEncryptFields, Encrypt().Tag(3, 2).RawVarint(length).Raw("four"), Status::kMalformedRequest, 0);
    ExpectRefused(kBatchEncryptFields, Encrypt().Tag(5, 2).RawVarint(length).Raw("four"), Status::kMalformedRequest, 0);
  }
  ExpectRefused(kBatchEncryptFields, Encrypt().Raw(std::string("\x1a\x84\x80\x80\x80\x80\x00xxxx", 11)),
                Status::kMalformedRequest, 0);
}

TEST(BatchRequestTest, EveryTruncationIsRefusedOrHasFewerFields) {
  const std::string whole =
      Encrypt(3).Pair(2, "k", "v").Bytes(4, "row").Bytes(5, "1").Bytes(5, "2").Bytes(5, "3").str();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    const Parsed parsed(kBatchEncryptFields, Message().Raw(whole.substr(0, length)));
    if (parsed.error.ok()) EXPECT_LE(Values(parsed, 3).size(), 3U);
    EXPECT_LE(parsed.request.items, 3U);
  }
}

}  // namespace
}  // namespace latchkey::wire
