#include "native/wire/protobuf_reader.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

struct Seen {
  std::uint32_t tag;
  std::uint64_t varint;
  std::string bytes;

  bool operator==(const Seen&) const = default;
};

// Every field of a message, nothing when it is malformed.
std::optional<std::vector<Seen>> Read(const std::string& message) {
  const ExactBytes copy(message);
  FieldReader reader(copy.view());
  std::vector<Seen> fields;
  for (Field field; reader.Next(field);) {
    const bool is_varint = field.tag == VarintTag(field.number());
    fields.push_back({field.tag, is_varint ? field.varint : 0, is_varint ? "" : ToString(field.bytes)});
  }
  Field field;
  EXPECT_FALSE(reader.Next(field)) << "a reader that ended stays ended";
  if (reader.malformed()) return std::nullopt;
  return fields;
}

bool Refuses(const Message& message) { return !Read(message.str()); }
Seen VarintField(std::uint32_t field, std::uint64_t value) { return {VarintTag(field), value, ""}; }
Seen BytesField(std::uint32_t field, const std::string& bytes) { return {BytesTag(field), 0, bytes}; }
using Fields = std::vector<Seen>;

std::string NestedGroups(std::size_t depth) {
  Message message;
  for (std::size_t at = 0; at < depth; ++at) message.Tag(7, 3);
  for (std::size_t at = 0; at < depth; ++at) message.Tag(7, 4);
  return message.str();
}

TEST(FieldReaderTest, ReadsNothingFromTheEmptyMessage) { EXPECT_EQ(Read(""), Fields()); }

TEST(FieldReaderTest, ReadsFieldsInTheirOrder) {
  const Message message = Message().Bytes(2, "two").Varint(1, 300).Bytes(2, "").Varint(1, 0);
  EXPECT_EQ(Read(message.str()),
            Fields({BytesField(2, "two"), VarintField(1, 300), BytesField(2, ""), VarintField(1, 0)}));
}

TEST(FieldReaderTest, SkipsFixedWidthFieldsAndGroups) {
  const Message message =
      Message().Fixed32(1).Group(2, Message().Varint(1, 1).Bytes(2, "x").str()).Varint(3, 9).Fixed64(4);
  EXPECT_EQ(Read(message.str()), Fields({VarintField(3, 9)}));
}

TEST(FieldReaderTest, ReadsVarintsOfEveryLength) {
  for (unsigned shift = 0; shift < 64; ++shift) {
    const std::uint64_t power = std::uint64_t{1} << shift;
    for (const std::uint64_t value : {power - 1, power, power + 1}) {
      ASSERT_EQ(Read(Message().Varint(1, value).str()), Fields({VarintField(1, value)}));
    }
  }
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  EXPECT_EQ(Read(Message().Varint(1, kMax).str()), Fields({VarintField(1, kMax)}));
}

TEST(FieldReaderTest, ReadsVarintsPaddedToTenBytes) {
  const Message message = Message().Tag(1, 0).Raw({"\x81\x80\x80\x80\x80\x80\x80\x80\x80\x00", 10});
  EXPECT_EQ(Read(message.str()), Fields({VarintField(1, 1)}));
}

TEST(FieldReaderTest, RefusesVarintsThatOverflow64Bits) {
  EXPECT_TRUE(Refuses(Message().Tag(1, 0).Raw("\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02")));
  EXPECT_TRUE(Refuses(Message().Tag(1, 0).Raw("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x7F")));
}

TEST(FieldReaderTest, RefusesVarintsOfElevenBytes) {
  EXPECT_TRUE(Refuses(Message().Tag(1, 0).Raw({"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11})));
}

TEST(FieldReaderTest, ReadsTagsUpToTheGreatestFieldNumber) {
  constexpr std::uint32_t kGreatest = (1 << 29) - 1;
  EXPECT_EQ(Read(Message().Varint(kGreatest, 5).str()), Fields({VarintField(kGreatest, 5)}));
}

TEST(FieldReaderTest, RefusesTagsBeyond32Bits) {
  EXPECT_TRUE(Refuses(Message().RawVarint(std::uint64_t{1} << 32).RawVarint(0)));
  EXPECT_TRUE(Refuses(Message().RawVarint(std::uint64_t{1} << 32 | 1 << 3).RawVarint(0)));
  EXPECT_TRUE(Refuses(Message().RawVarint(std::numeric_limits<std::uint64_t>::max()).RawVarint(0)));
}

TEST(FieldReaderTest, ReadsTagsPaddedToFiveBytesAndNoMore) {
  EXPECT_EQ(Read(Message().Raw({"\x88\x80\x80\x80\x00\x05", 6}).str()), Fields({VarintField(1, 5)}));
  EXPECT_TRUE(Refuses(Message().Raw({"\x88\x80\x80\x80\x80\x00\x05", 7})));
}

TEST(FieldReaderTest, ReadsLengthsPaddedToFiveBytesAndNoMore) {
  EXPECT_EQ(Read(Message().Tag(1, 2).Raw({"\x81\x80\x80\x80\x00x", 6}).str()), Fields({BytesField(1, "x")}));
  EXPECT_TRUE(Refuses(Message().Tag(1, 2).Raw({"\x81\x80\x80\x80\x80\x00x", 7})));
}

TEST(FieldReaderTest, RefusesFieldNumberZeroOfEveryWireType) {
  EXPECT_TRUE(Refuses(Message().Varint(0, 1)));
  EXPECT_TRUE(Refuses(Message().Fixed64(0)));
  EXPECT_TRUE(Refuses(Message().Bytes(0, "x")));
  EXPECT_TRUE(Refuses(Message().Group(0, "")));
  EXPECT_TRUE(Refuses(Message().Fixed32(0)));
  EXPECT_TRUE(Refuses(Message().Group(1, Message().Varint(0, 1).str())));
}

TEST(FieldReaderTest, RefusesWireTypesThatDoNotExist) {
  EXPECT_TRUE(Refuses(Message().Tag(1, 6).Raw("12345678")));
  EXPECT_TRUE(Refuses(Message().Tag(1, 7).Raw("12345678")));
  EXPECT_TRUE(Refuses(Message().Group(1, Message().Tag(1, 6).str())));
}

TEST(FieldReaderTest, RefusesLengthsBeyondTheMessage) {
  constexpr std::uint64_t kTwoTo31 = std::uint64_t{1} << 31;
  constexpr std::uint64_t kTwoTo32 = std::uint64_t{1} << 32;
  constexpr std::uint64_t kTwoTo63 = std::uint64_t{1} << 63;
  constexpr std::uint64_t kMinusOne = std::numeric_limits<std::uint64_t>::max();
  for (const std::uint64_t length : {std::uint64_t{4}, std::uint64_t{127}, std::uint64_t{128}, kTwoTo31 - 1, kTwoTo31,
                                     kTwoTo32 - 1, kTwoTo32, kTwoTo32 + 3, kTwoTo63 - 1, kTwoTo63, kMinusOne}) {
    EXPECT_TRUE(Refuses(Message().Tag(1, 2).RawVarint(length).Raw("abc"))) << length;
    EXPECT_TRUE(Refuses(Message().Group(9, Message().Tag(1, 2).RawVarint(length).Raw("abc").str()))) << length;
  }
}

TEST(FieldReaderTest, RefusesTruncatedFixedWidthFields) {
  EXPECT_TRUE(Refuses(Message().Tag(1, 1).Raw("1234567")));
  EXPECT_TRUE(Refuses(Message().Tag(1, 5).Raw("123")));
}

TEST(FieldReaderTest, RefusesGroupsThatAreNotClosedByTheirOwnNumber) {
  EXPECT_TRUE(Refuses(Message().Tag(1, 3)));
  EXPECT_TRUE(Refuses(Message().Tag(1, 4)));
  EXPECT_TRUE(Refuses(Message().Tag(1, 3).Tag(2, 4)));
  EXPECT_TRUE(Refuses(Message().Tag(1, 3).Tag(2, 3).Tag(1, 4).Tag(2, 4)));
  EXPECT_TRUE(Refuses(Message().Group(1, "").Tag(1, 4)));
}

TEST(FieldReaderTest, SkipsGroupsToTheDepthLimitAndRefusesDeeperOnes) {
  EXPECT_EQ(Read(NestedGroups(kMaxGroupDepth)), Fields());
  EXPECT_FALSE(Read(NestedGroups(kMaxGroupDepth + 1)));
  EXPECT_FALSE(Read(NestedGroups(1000)));
  EXPECT_FALSE(Read(NestedGroups(1000000))) << "without a stack that grows with the request";
}

TEST(FieldReaderTest, RefusesMoreFieldsThanAnyMessageHas) {
  const auto repeated = [](const std::string& field, std::size_t count) {
    std::string message;
    for (std::size_t i = 0; i < count; ++i) message += field;
    return message;
  };
  for (const std::string& field : {Message().Varint(2, 7).str(), Message().Bytes(2, "x").str()}) {
    const auto most = Read(repeated(field, kMaxFields));
    ASSERT_TRUE(most);
    EXPECT_EQ(most->size(), kMaxFields);
    EXPECT_FALSE(Read(repeated(field, kMaxFields + 1)));
  }
  const std::string group = "\x1b\x1c";
  EXPECT_TRUE(Read(repeated(group, kMaxFields / 2)));
  EXPECT_FALSE(Read(repeated(group, kMaxFields / 2 + 1)));
}

TEST(FieldReaderTest, CountsOnlyOpenGroupsAsDepth) {
  Message message;
  for (int at = 0; at < 1000; ++at) message.Group(3, Message().Group(4, "").str());
  EXPECT_EQ(Read(message.str()), Fields());
}

TEST(FieldReaderTest, RefusesAMessageCutAnywhereButBetweenFields) {
  const std::vector<std::string> fields = {
      Message().Varint(1, 300).str(), Message().Bytes(2, "text").str(),
      Message().Fixed64(3).str(),     Message().Group(4, Message().Varint(5, 1).Group(6, "").str()).str(),
      Message().Fixed32(7).str(),     Message().Varint(100000, std::numeric_limits<std::uint64_t>::max()).str(),
  };
  std::string before;
  for (const std::string& field : fields) {
    for (std::size_t length = 1; length < field.size(); ++length) {
      ASSERT_FALSE(Read(before + field.substr(0, length))) << before.size() + length;
    }
    before += field;
    ASSERT_TRUE(Read(before));
  }
}

}  // namespace
}  // namespace latchkey::wire
