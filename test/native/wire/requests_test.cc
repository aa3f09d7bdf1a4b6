#include "native/wire/requests.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

constexpr std::size_t kMaxPlaintextBytes = 1000;
constexpr std::size_t kMaxBlobBytes = kMaxPlaintextBytes + 74;
const std::string kNotUtf8 = "\xFF";

// A request with the bytes that it borrows.
template <typename Request>
struct Parsed {
  explicit Parsed(const Message& message)
      : bytes(message.str()), error(Parse(bytes.view(), {kMaxPlaintextBytes}, request)) {}

  ExactBytes bytes;
  Request request;
  RequestError error;
};

template <typename Request>
void ExpectAccepted(const Message& message) {
  const Parsed<Request> parsed(message);
  EXPECT_EQ(StatusName(parsed.error.status), "OK");
  EXPECT_EQ(parsed.error.field, 0U);
}

template <typename Request>
void ExpectRefused(const Message& message, Status status, std::uint32_t field) {
  const Parsed<Request> parsed(message);
  EXPECT_EQ(StatusName(parsed.error.status), StatusName(status));
  EXPECT_EQ(parsed.error.field, field);
}

Message Encrypt() { return Message().Bytes(1, "key").Bytes(2, "plaintext"); }
Message Decrypt() { return Message().Bytes(1, "blob"); }
Message ReEncrypt() { return Message().Bytes(1, "blob").Bytes(4, "destination"); }
Message DataKey() { return Message().Bytes(1, "key"); }
Message Describe() { return Message().Bytes(1, "blob"); }

// Encrypt

TEST(EncryptRequestTest, HasEveryField) {
  const Parsed<EncryptRequest> parsed(Encrypt().Pair(3, "k", "v").Varint(4, 0xFFFFFFFF));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(ToString(parsed.request.key_id), "key");
  EXPECT_EQ(ToString(parsed.request.plaintext), "plaintext");
  EXPECT_EQ(parsed.request.context.pair_count(), 1U);
  EXPECT_EQ(parsed.request.plaintext_crc32c, 0xFFFFFFFF);
}

TEST(EncryptRequestTest, NeedsAKeyId) {
  ExpectRefused<EncryptRequest>(Message(), Status::kKeyIdMissing, 1);
  ExpectRefused<EncryptRequest>(Encrypt().Bytes(1, ""), Status::kKeyIdMissing, 1);
}

TEST(EncryptRequestTest, NeedsAPlaintextOfOneByteToTheLimit) {
  ExpectRefused<EncryptRequest>(Message().Bytes(1, "key"), Status::kPlaintextMissing, 2);
  ExpectRefused<EncryptRequest>(Encrypt().Bytes(2, ""), Status::kPlaintextMissing, 2);
  ExpectAccepted<EncryptRequest>(Encrypt().Bytes(2, "1"));
  ExpectAccepted<EncryptRequest>(Encrypt().Bytes(2, std::string(kMaxPlaintextBytes, 'p')));
  ExpectRefused<EncryptRequest>(Encrypt().Bytes(2, std::string(kMaxPlaintextBytes + 1, 'p')),
                                Status::kPlaintextTooLarge, 2);
}

TEST(EncryptRequestTest, PlaintextNeedNotBeUtf8) { ExpectAccepted<EncryptRequest>(Encrypt().Bytes(2, kNotUtf8)); }

TEST(EncryptRequestTest, RefusesInvalidUtf8WithItsField) {
  ExpectRefused<EncryptRequest>(Encrypt().Bytes(1, kNotUtf8), Status::kInvalidUtf8, 1);
  ExpectRefused<EncryptRequest>(Encrypt().Pair(3, kNotUtf8, "v"), Status::kInvalidUtf8, 3);
  ExpectRefused<EncryptRequest>(Encrypt().Pair(3, "k", kNotUtf8), Status::kInvalidUtf8, 3);
}

TEST(EncryptRequestTest, RefusesInvalidUtf8AlsoWhereALaterFieldCounts) {
  ExpectRefused<EncryptRequest>(Message().Bytes(1, kNotUtf8).Bytes(1, "key").Bytes(2, "p"), Status::kInvalidUtf8, 1);
}

TEST(EncryptRequestTest, RefusesContextsWithTheirField) {
  ExpectRefused<EncryptRequest>(Encrypt().Pair(3, "k", "1").Pair(3, "k", "2"), Status::kContextDuplicateKey, 3);
  ExpectRefused<EncryptRequest>(Encrypt().Pair(3, "k", std::string(kMaxContextBytes, 'v')), Status::kContextTooLarge,
                                3);
  Message crowded = Encrypt();
  for (int at = 0; at < 65; ++at) crowded.Pair(3, std::to_string(at), "");
  ExpectRefused<EncryptRequest>(crowded, Status::kContextTooManyPairs, 3);
}

// Decrypt

TEST(DecryptRequestTest, HasEveryField) {
  const Parsed<DecryptRequest> parsed(Decrypt().Pair(2, "k", "v").Bytes(3, "key").Varint(4, 7));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(ToString(parsed.request.blob), "blob");
  EXPECT_EQ(parsed.request.context.pair_count(), 1U);
  EXPECT_EQ(ToString(parsed.request.key_id), "key");
  EXPECT_EQ(parsed.request.blob_crc32c, 7U);
}

TEST(DecryptRequestTest, NeedsOnlyABlobUpToTheLimit) {
  ExpectRefused<DecryptRequest>(Message(), Status::kCiphertextMissing, 1);
  ExpectAccepted<DecryptRequest>(Message().Bytes(1, "b"));
  ExpectAccepted<DecryptRequest>(Message().Bytes(1, std::string(kMaxBlobBytes, 'b')));
  ExpectRefused<DecryptRequest>(Message().Bytes(1, std::string(kMaxBlobBytes + 1, 'b')), Status::kCiphertextTooLarge,
                                1);
}

TEST(DecryptRequestTest, RefusesInvalidUtf8AndContextsWithTheirField) {
  ExpectRefused<DecryptRequest>(Decrypt().Bytes(3, kNotUtf8), Status::kInvalidUtf8, 3);
  ExpectRefused<DecryptRequest>(Decrypt().Pair(2, "k", kNotUtf8), Status::kInvalidUtf8, 2);
  ExpectRefused<DecryptRequest>(Decrypt().Pair(2, "k", "1").Pair(2, "k", "1"), Status::kContextDuplicateKey, 2);
}

// ReEncrypt

TEST(ReEncryptRequestTest, HasEveryField) {
  const Message message = ReEncrypt().Pair(2, "source", "1").Bytes(3, "from").Pair(5, "destination", "22").Varint(6, 9);
  const Parsed<ReEncryptRequest> parsed(message);
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(ToString(parsed.request.blob), "blob");
  EXPECT_EQ(ToString(parsed.request.source_context.pairs()[0].key()), "source");
  EXPECT_EQ(ToString(parsed.request.source_key_id), "from");
  EXPECT_EQ(ToString(parsed.request.destination_key_id), "destination");
  EXPECT_EQ(ToString(parsed.request.destination_context.pairs()[0].key()), "destination");
  EXPECT_EQ(parsed.request.blob_crc32c, 9U);
}

TEST(ReEncryptRequestTest, NeedsADestinationAndABlob) {
  ExpectRefused<ReEncryptRequest>(Message().Bytes(1, "blob"), Status::kKeyIdMissing, 4);
  ExpectRefused<ReEncryptRequest>(Message().Bytes(4, "destination"), Status::kCiphertextMissing, 1);
  ExpectRefused<ReEncryptRequest>(ReEncrypt().Bytes(1, std::string(kMaxBlobBytes + 1, 'b')),
                                  Status::kCiphertextTooLarge, 1);
}

TEST(ReEncryptRequestTest, ContextsAreTwo) {
  ExpectAccepted<ReEncryptRequest>(ReEncrypt().Pair(2, "k", "1").Pair(5, "k", "1"));
  ExpectRefused<ReEncryptRequest>(ReEncrypt().Pair(2, "k", "1").Pair(2, "k", "1"), Status::kContextDuplicateKey, 2);
  ExpectRefused<ReEncryptRequest>(ReEncrypt().Pair(5, "k", "1").Pair(5, "k", "1"), Status::kContextDuplicateKey, 5);
}

TEST(ReEncryptRequestTest, RefusesInvalidUtf8WithItsField) {
  for (const std::uint32_t field : {3U, 4U}) {
    ExpectRefused<ReEncryptRequest>(ReEncrypt().Bytes(field, kNotUtf8), Status::kInvalidUtf8, field);
  }
  for (const std::uint32_t field : {2U, 5U}) {
    ExpectRefused<ReEncryptRequest>(ReEncrypt().Pair(field, kNotUtf8, ""), Status::kInvalidUtf8, field);
  }
}

// GenerateDataKey and GenerateDataKeyWithoutPlaintext

std::uint32_t LengthOf(const Message& message) {
  const Parsed<DataKeyRequest> parsed(message);
  EXPECT_EQ(parsed.error.status, Status::kOk);
  return parsed.request.length;
}

TEST(DataKeyRequestTest, HasEveryField) {
  const Parsed<DataKeyRequest> parsed(DataKey().Pair(2, "k", "v").Varint(3, 1));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(ToString(parsed.request.key_id), "key");
  EXPECT_EQ(parsed.request.context.pair_count(), 1U);
  EXPECT_EQ(parsed.request.length, 32U);
}

TEST(DataKeyRequestTest, LengthIsThatOfTheSpecOrTheNumber) {
  EXPECT_EQ(LengthOf(DataKey().Varint(3, 1)), 32U);
  EXPECT_EQ(LengthOf(DataKey().Varint(3, 2)), 16U);
  EXPECT_EQ(LengthOf(DataKey().Varint(4, 1)), 1U);
  EXPECT_EQ(LengthOf(DataKey().Varint(4, 1024)), 1024U);
}

TEST(DataKeyRequestTest, LastOfTheOneofCounts) {
  EXPECT_EQ(LengthOf(DataKey().Varint(3, 1).Varint(4, 5)), 5U);
  EXPECT_EQ(LengthOf(DataKey().Varint(4, 5).Varint(3, 1)), 32U);
  EXPECT_EQ(LengthOf(DataKey().Varint(4, 0).Varint(3, 99).Varint(3, 2)), 16U);
  ExpectRefused<DataKeyRequest>(DataKey().Varint(4, 5).Varint(3, 0), Status::kLengthMissing, 3);
  ExpectRefused<DataKeyRequest>(DataKey().Varint(3, 1).Varint(4, 0), Status::kLengthOutOfRange, 4);
}

TEST(DataKeyRequestTest, NeedsALength) {
  ExpectRefused<DataKeyRequest>(DataKey(), Status::kLengthMissing, 3);
  ExpectRefused<DataKeyRequest>(DataKey().Varint(3, 0), Status::kLengthMissing, 3);
}

TEST(DataKeyRequestTest, RefusesLengthsOutOfRange) {
  for (const std::uint64_t length : {0U, 1025U, 0xFFFFFFFFU}) {
    ExpectRefused<DataKeyRequest>(DataKey().Varint(4, length), Status::kLengthOutOfRange, 4);
  }
}

TEST(DataKeyRequestTest, RefusesUnknownSpecs) {
  for (const std::uint64_t spec :
       {std::uint64_t{3}, std::uint64_t{0x7FFFFFFF}, std::numeric_limits<std::uint64_t>::max()}) {
    ExpectRefused<DataKeyRequest>(DataKey().Varint(3, spec), Status::kDataKeySpecUnknown, 3);
  }
}

TEST(DataKeyRequestTest, NeedsAKeyId) {
  ExpectRefused<DataKeyRequest>(Message().Varint(3, 1), Status::kKeyIdMissing, 1);
}

TEST(DataKeyRequestTest, RefusesInvalidUtf8AndContextsWithTheirField) {
  ExpectRefused<DataKeyRequest>(DataKey().Bytes(1, kNotUtf8), Status::kInvalidUtf8, 1);
  const Message duplicate = DataKey().Varint(3, 1).Pair(2, "k", "1").Pair(2, "k", "1");
  ExpectRefused<DataKeyRequest>(duplicate, Status::kContextDuplicateKey, 2);
}

// GenerateRandom

TEST(RandomRequestTest, TakesOneByteToTheLimit) {
  for (const std::uint64_t length : {1U, 1024U}) {
    const Parsed<RandomRequest> parsed(Message().Varint(1, length));
    EXPECT_EQ(parsed.error.status, Status::kOk);
    EXPECT_EQ(parsed.request.number_of_bytes, length);
  }
  ExpectRefused<RandomRequest>(Message(), Status::kLengthOutOfRange, 1);
  for (const std::uint64_t length : {0U, 1025U, 0xFFFFFFFFU}) {
    ExpectRefused<RandomRequest>(Message().Varint(1, length), Status::kLengthOutOfRange, 1);
  }
}

// DescribeCiphertext

TEST(DescribeCiphertextRequestTest, HasEveryField) {
  const Parsed<DescribeCiphertextRequest> parsed(Describe().Varint(2, 0));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(ToString(parsed.request.blob), "blob");
  EXPECT_EQ(parsed.request.blob_crc32c, 0U);
}

TEST(DescribeCiphertextRequestTest, NeedsABlobUpToTheLimit) {
  ExpectRefused<DescribeCiphertextRequest>(Message(), Status::kCiphertextMissing, 1);
  const Message large = Message().Bytes(1, std::string(kMaxBlobBytes + 1, 'b'));
  ExpectRefused<DescribeCiphertextRequest>(large, Status::kCiphertextTooLarge, 1);
}

// Every request

TEST(RequestTest, LastOfASingularFieldCounts) {
  const Parsed<EncryptRequest> parsed(Encrypt().Bytes(1, "later").Bytes(2, "too").Varint(4, 1).Varint(4, 2));
  EXPECT_EQ(ToString(parsed.request.key_id), "later");
  EXPECT_EQ(ToString(parsed.request.plaintext), "too");
  EXPECT_EQ(parsed.request.plaintext_crc32c, 2U);
}

TEST(RequestTest, AbsentChecksumIsNotZero) {
  EXPECT_EQ(Parsed<EncryptRequest>(Encrypt()).request.plaintext_crc32c, std::nullopt);
  EXPECT_EQ(Parsed<EncryptRequest>(Encrypt().Varint(4, 0)).request.plaintext_crc32c, 0U);
}

TEST(RequestTest, NumbersKeepTheirLow32Bits) {
  const std::uint64_t number = std::uint64_t{1} << 32 | 5;
  EXPECT_EQ(Parsed<EncryptRequest>(Encrypt().Varint(4, number)).request.plaintext_crc32c, 5U);
  EXPECT_EQ(Parsed<RandomRequest>(Message().Varint(1, number)).request.number_of_bytes, 5U);
}

TEST(RequestTest, FieldsMayComeInAnyOrder) {
  ExpectAccepted<EncryptRequest>(
      Message().Varint(4, 1).Pair(3, "k", "v").Bytes(2, "p").Pair(3, "l", "v").Bytes(1, "key"));
}

TEST(RequestTest, UnknownFieldsAreSkipped) {
  const Message unknown =
      Message().Varint(5, 1).Fixed64(6).Bytes(7, kNotUtf8).Group(8, Message().Bytes(1, kNotUtf8).str());
  ExpectAccepted<EncryptRequest>(Message(unknown).Raw(Encrypt().str()).Raw(unknown.str()));
}

TEST(RequestTest, KnownFieldsOfAnotherWireTypeAreUnknown) {
  const Message other = Message().Varint(1, 1).Fixed64(2).Varint(3, 1).Bytes(4, kNotUtf8).Group(1, "").Fixed32(3);
  ExpectRefused<EncryptRequest>(other, Status::kKeyIdMissing, 1);
  ExpectAccepted<EncryptRequest>(Message(other).Raw(Encrypt().str()).Raw(other.str()));
}

TEST(RequestTest, MalformedHasNoField) {
  ExpectRefused<EncryptRequest>(Encrypt().Raw("\x0A"), Status::kMalformedRequest, 0);
  ExpectRefused<DecryptRequest>(Decrypt().Raw("\x0A"), Status::kMalformedRequest, 0);
  ExpectRefused<ReEncryptRequest>(ReEncrypt().Raw("\x0A"), Status::kMalformedRequest, 0);
  ExpectRefused<DataKeyRequest>(DataKey().Raw("\x0A"), Status::kMalformedRequest, 0);
  ExpectRefused<RandomRequest>(Message().Raw("\x0A"), Status::kMalformedRequest, 0);
  ExpectRefused<DescribeCiphertextRequest>(Describe().Raw("\x0A"), Status::kMalformedRequest, 0);
}

TEST(RequestTest, MalformedMapEntryHasTheFieldOfTheMap) {
  ExpectRefused<EncryptRequest>(Encrypt().Bytes(3, "\x0A"), Status::kMalformedRequest, 3);
}

TEST(RequestTest, ChecksComeInTheirOrder) {
  const std::string large(kMaxPlaintextBytes + 1, 'p');
  Message message = Message().Pair(3, "k", "1").Pair(3, "k", "1");
  ExpectRefused<EncryptRequest>(message, Status::kKeyIdMissing, 1);
  ExpectRefused<EncryptRequest>(message.Bytes(1, "key"), Status::kPlaintextMissing, 2);
  ExpectRefused<EncryptRequest>(message.Bytes(2, large), Status::kPlaintextTooLarge, 2);
  ExpectRefused<EncryptRequest>(message.Bytes(2, "p"), Status::kContextDuplicateKey, 3);
  ExpectRefused<EncryptRequest>(message.Tag(1, 7), Status::kMalformedRequest, 0);
}

}  // namespace
}  // namespace latchkey::wire
