#include "native/wire/encryption_context.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

// A context and the bytes that it borrows.
struct Collected {
  std::vector<ExactBytes> entries;
  EncryptionContext context;
  Status status = Status::kOk;
};

std::string Entry(const std::string& key, const std::string& value) {
  return Message().Bytes(1, key).Bytes(2, value).str();
}

Collected CollectEntries(const std::vector<std::string>& entries) {
  Collected collected;
  for (const std::string& entry : entries) {
    collected.entries.emplace_back(entry);
    collected.status = collected.context.Add(collected.entries.back().view());
    if (collected.status != Status::kOk) return collected;
  }
  collected.status = collected.context.Finish();
  return collected;
}

Collected Collect(const Pairs& pairs) {
  std::vector<std::string> entries;
  for (const auto& [key, value] : pairs) entries.push_back(Entry(key, value));
  return CollectEntries(entries);
}

Pairs PairsOf(const std::vector<std::string>& entries) {
  const Collected collected = CollectEntries(entries);
  EXPECT_EQ(collected.status, Status::kOk);
  Pairs pairs;
  EXPECT_TRUE(ReadCanonical(Canonical(collected.context), pairs));
  return pairs;
}

std::string CanonicalOf(const Pairs& pairs) {
  const Collected collected = Collect(pairs);
  EXPECT_EQ(collected.status, Status::kOk);
  return Canonical(collected.context);
}

Pairs NumberedPairs(std::size_t count) {
  Pairs pairs;
  for (std::size_t at = 0; at < count; ++at) pairs.emplace_back("key " + std::to_string(at), "value");
  return pairs;
}

using namespace std::string_literals;

TEST(EncryptionContextTest, EmptyIsFourZeros) {
  EXPECT_EQ(CanonicalOf({}), "\0\0\0\0"s);
  EXPECT_EQ(Collect({}).context.pair_count(), 0U);
}

TEST(EncryptionContextTest, IsCountThenLengthsAndTextsBigEndian) {
  EXPECT_EQ(CanonicalOf({{"b", "two"}, {"a", ""}}), "\0\0\0\2\0\0\0\1a\0\0\0\0\0\0\0\1b\0\0\0\3two"s);
  const std::string value(0x0102, 'v');
  EXPECT_EQ(CanonicalOf({{"k", value}}), "\0\0\0\1\0\0\0\1k\0\0\1\2"s + value);
}

TEST(EncryptionContextTest, OrderOfTheRequestDoesNotMatter) {
  Pairs pairs = {{"", "empty"}, {"a", "1"}, {"aa", "2"}, {"ab", "3"}, {"b", "4"}};
  const std::string canonical = CanonicalOf(pairs);
  while (std::ranges::next_permutation(pairs).found) ASSERT_EQ(CanonicalOf(pairs), canonical);
}

TEST(EncryptionContextTest, CaseAndNormalisationMatter) {
  EXPECT_NE(CanonicalOf({{"Key", "v"}}), CanonicalOf({{"key", "v"}}));
  EXPECT_NE(CanonicalOf({{"key", "V"}}), CanonicalOf({{"key", "v"}}));
  EXPECT_NE(CanonicalOf({{"\xC3\xA9", "v"}}), CanonicalOf({{"e\xCC\x81", "v"}}));
}

TEST(EncryptionContextTest, SortsByBytesNotByUtf16Units) {
  // In UTF-16 U+10000 is D800 DC00 and comes before U+FF5E; in UTF-8 it is F0… and comes behind EF….
  const std::string fullwidth_tilde = "\xEF\xBD\x9E";
  const std::string linear_b = "\xF0\x90\x80\x80";
  const Collected collected = Collect({{linear_b, "2"}, {fullwidth_tilde, "1"}});
  ASSERT_EQ(collected.status, Status::kOk);
  EXPECT_EQ(ToString(collected.context.pairs()[0].key()), fullwidth_tilde);
  EXPECT_EQ(ToString(collected.context.pairs()[1].key()), linear_b);
}

TEST(EncryptionContextTest, SortsBytesAsUnsigned) {
  const Collected collected = Collect({{"\xC3\xA9", "2"}, {"z", "1"}});
  EXPECT_EQ(ToString(collected.context.pairs()[0].key()), "z");
}

TEST(EncryptionContextTest, MovingABoundaryBetweenTextsChangesTheCanonicalForm) {
  EXPECT_NE(CanonicalOf({{"ab", "c"}}), CanonicalOf({{"a", "bc"}}));
  EXPECT_NE(CanonicalOf({{"a", "b"}, {"c", "d"}}), CanonicalOf({{"a", "b\0\0\0\1c\0\0\0\1d"s}}));
}

TEST(EncryptionContextTest, KeysWithNulAreWhole) {
  EXPECT_EQ(Collect({{"a\0b"s, "1"}, {"a\0c"s, "2"}, {"a", "3"}}).status, Status::kOk);
}

TEST(EncryptionContextTest, KeysThatAreSpecialElsewhereAreOrdinary) {
  EXPECT_EQ(CanonicalOf({{"__proto__", "v"}}), "\0\0\0\1\0\0\0\11__proto__\0\0\0\1v"s);
}

TEST(EncryptionContextTest, RefusesDuplicateKeys) {
  EXPECT_EQ(Collect({{"a", "1"}, {"a", "2"}}).status, Status::kContextDuplicateKey);
  EXPECT_EQ(Collect({{"a", "1"}, {"b", "2"}, {"a", "1"}}).status, Status::kContextDuplicateKey);
  EXPECT_EQ(Collect({{"", "1"}, {"", ""}}).status, Status::kContextDuplicateKey);
  EXPECT_EQ(CollectEntries({"", ""}).status, Status::kContextDuplicateKey);
  EXPECT_EQ(Collect({{"a", "1"}, {"A", "1"}}).status, Status::kOk);
}

TEST(EncryptionContextTest, MissingKeyOrValueIsEmpty) {
  EXPECT_EQ(PairsOf({""}), Pairs({{"", ""}}));
  EXPECT_EQ(PairsOf({Message().Bytes(1, "k").str()}), Pairs({{"k", ""}}));
  EXPECT_EQ(PairsOf({Message().Bytes(2, "v").str()}), Pairs({{"", "v"}}));
}

TEST(EncryptionContextTest, LastKeyAndLastValueOfAnEntryCount) {
  const Message entry = Message().Bytes(2, "v1").Bytes(1, "k1").Bytes(1, "k2").Bytes(2, "v2");
  EXPECT_EQ(PairsOf({entry.str()}), Pairs({{"k2", "v2"}}));
}

TEST(EncryptionContextTest, UnknownFieldsOfAnEntryAreSkipped) {
  const Message entry = Message().Varint(1, 5).Bytes(1, "k").Group(1, "").Fixed32(2).Bytes(3, "\xFF").Bytes(2, "v");
  EXPECT_EQ(PairsOf({entry.str()}), Pairs({{"k", "v"}}));
}

TEST(EncryptionContextTest, RefusesInvalidUtf8InKeysAndValues) {
  EXPECT_EQ(Collect({{"\xFF", "v"}}).status, Status::kInvalidUtf8);
  EXPECT_EQ(Collect({{"k", "\xED\xA0\x80"}}).status, Status::kInvalidUtf8);
  const Message overwritten = Message().Bytes(1, "\xFF").Bytes(1, "k").Bytes(2, "v");
  EXPECT_EQ(CollectEntries({overwritten.str()}).status, Status::kInvalidUtf8) << "also where it would not count";
}

TEST(EncryptionContextTest, RefusesMalformedEntries) {
  EXPECT_EQ(CollectEntries({"\x0A"}).status, Status::kMalformedRequest);
  const std::string entry = Entry("key", "value");
  const std::size_t between_fields = Message().Bytes(1, "key").str().size();
  for (std::size_t length = 1; length < entry.size(); ++length) {
    const Status expected = length == between_fields ? Status::kOk : Status::kMalformedRequest;
    ASSERT_EQ(CollectEntries({entry.substr(0, length)}).status, expected) << length;
  }
}

TEST(EncryptionContextTest, AcceptsSixtyFourPairsAndRefusesTheSixtyFifth) {
  EXPECT_EQ(Collect(NumberedPairs(kMaxContextPairs)).status, Status::kOk);
  EXPECT_EQ(Collect(NumberedPairs(kMaxContextPairs + 1)).status, Status::kContextTooManyPairs);
}

TEST(EncryptionContextTest, CountsDuplicatesAsPairs) {
  const Pairs pairs(kMaxContextPairs + 1, {"the same", "v"});
  EXPECT_EQ(Collect(pairs).status, Status::kContextTooManyPairs);
}

TEST(EncryptionContextTest, DoesNotReadAnEntryThatIsTooMany) {
  std::vector<std::string> entries(kMaxContextPairs, "");
  entries.push_back("\x0A");
  EXPECT_EQ(CollectEntries(entries).status, Status::kContextTooManyPairs);
}

TEST(EncryptionContextTest, AcceptsTheGreatestSizeAndRefusesOneByteMore) {
  constexpr std::size_t kRoom = kMaxContextBytes - 4 - 4 - 1 - 4;
  const Collected greatest = Collect({{"k", std::string(kRoom, 'v')}});
  EXPECT_EQ(greatest.status, Status::kOk);
  EXPECT_EQ(greatest.context.CanonicalSize(), kMaxContextBytes);
  EXPECT_EQ(Collect({{"k", std::string(kRoom + 1, 'v')}}).status, Status::kContextTooLarge);
}

TEST(EncryptionContextTest, IsTooLargeBeforeItIsDuplicate) {
  const std::string large(kMaxContextBytes, 'v');
  EXPECT_EQ(Collect({{"k", large}, {"k", large}}).status, Status::kContextTooLarge);
}

TEST(EncryptionContextTest, AnyPairsInAnyOrderMakeTheSameSortedForm) {
  std::mt19937_64 random(20260101);
  const std::vector<std::string> alphabet = {
      "a", "B", "\xC3\xA9", "\xEF\xBD\x9E", "\xF0\x90\x80\x80", std::string(1, '\0')};
  for (int round = 0; round < 2000; ++round) {
    Pairs pairs;
    for (std::size_t count = random() % 20; count > 0; --count) {
      std::string key;
      for (std::size_t length = random() % 6; length > 0; --length) key += alphabet[random() % alphabet.size()];
      pairs.emplace_back(key, std::to_string(random() % 100));
    }
    std::ranges::sort(pairs, {}, &Pairs::value_type::first);
    // std::ranges::unique does not compile with clang 14.
    const auto same_key = [](const auto& one, const auto& other) { return one.first == other.first; };
    pairs.erase(std::unique(pairs.begin(), pairs.end(), same_key), pairs.end());
    Pairs shuffled = pairs;
    std::ranges::shuffle(shuffled, random);

    Pairs read;
    ASSERT_TRUE(ReadCanonical(CanonicalOf(shuffled), read));
    ASSERT_EQ(read, pairs);
  }
}

}  // namespace
}  // namespace latchkey::wire
