// Properties of the request parser over generated, cut and damaged requests.

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <type_traits>
#include <vector>

#include "native/wire/requests.h"
#include "test/native/wire/message.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

// Generates fields and messages from a fixed seed.
class Generator {
 public:
  std::size_t Below(std::size_t bound) { return random_() % bound; }

  std::string Text() {
    static const std::vector<std::string> kCharacters = {"a", "Z", "-", "\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x91"};
    std::string text;
    for (std::size_t length = Below(12); length > 0; --length) text += kCharacters[Below(kCharacters.size())];
    return text;
  }

  Pairs Context() {
    Pairs pairs;
    for (std::size_t count = Below(5); count > 0; --count) pairs.emplace_back(Text() + std::to_string(count), Text());
    return pairs;
  }

  // Fields that no request has.
  std::string Unknown() {
    const auto field = static_cast<std::uint32_t>(15 + Below(1000));
    switch (Below(5)) {
      case 0:
        return Message().Varint(field, random_()).str();
      case 1:
        return Message().Fixed64(field).str();
      case 2:
        return Message().Bytes(field, std::string(Below(200), '\xFF')).str();
      case 3:
        return Message().Group(field, Below(2) == 0 ? "" : Unknown()).str();
      default:
        return Message().Fixed32(field).str();
    }
  }

  std::string Shuffled(std::vector<std::string> fields) {
    std::ranges::shuffle(fields, random_);
    std::string message;
    for (const std::string& field : fields) {
      if (Below(4) == 0) message += Unknown();
      message += field;
    }
    return message;
  }

  std::string Damaged(std::string message) {
    for (std::size_t count = 1 + Below(3); count > 0 && !message.empty(); --count) {
      const std::size_t at = Below(message.size());
      switch (Below(4)) {
        case 0:
          message[at] = static_cast<char>(random_());
          break;
        case 1:
          message[at] = static_cast<char>(message[at] ^ (1 << Below(8)));
          break;
        case 2:
          message.erase(at, 1 + Below(4));
          break;
        default:
          message.insert(at, message.substr(Below(message.size()), Below(8)));
      }
    }
    return message;
  }

 private:
  std::mt19937_64 random_{20260102};
};

void AddPairs(std::uint32_t field, const Pairs& pairs, std::vector<std::string>& fields) {
  for (const auto& [key, value] : pairs) fields.push_back(Message().Pair(field, key, value).str());
}

Pairs PairsOf(const EncryptionContext& context) {
  Pairs pairs;
  for (const ContextPair& pair : context.pairs()) pairs.emplace_back(ToString(pair.key()), ToString(pair.value()));
  return pairs;
}

Pairs Sorted(Pairs pairs) {
  std::ranges::sort(pairs);
  return pairs;
}

// For some rounds none, for others as many as may be.
void AddTokens(Generator& generator, std::uint32_t field, std::vector<std::string>& fields) {
  const std::size_t tokens = generator.Below(2) * (1 + generator.Below(kMaxGrantTokens));
  for (std::size_t token = 0; token < tokens; ++token) {
    fields.push_back(Message().Bytes(field, "t" + generator.Text()).str());
  }
}

// Valid requests of every kind, each field in it.
template <typename Request>
std::string Example(Generator& generator) {
  std::vector<std::string> fields;
  if constexpr (std::is_same_v<Request, EncryptRequest>) {
    fields = {Message().Bytes(1, "key").str(), Message().Bytes(2, "plaintext").str(), Message().Varint(4, 1).str()};
    fields.push_back(Message().Varint(6, 1).str());
    AddPairs(3, generator.Context(), fields);
    AddTokens(generator, 5, fields);
  } else if constexpr (std::is_same_v<Request, DecryptRequest>) {
    fields = {Message().Bytes(1, "blob").str(), Message().Bytes(3, "key").str(), Message().Varint(4, 1 << 30).str()};
    fields.push_back(Message().Varint(6, 1).str());
    AddPairs(2, generator.Context(), fields);
    AddTokens(generator, 5, fields);
  } else if constexpr (std::is_same_v<Request, ReEncryptRequest>) {
    fields = {Message().Bytes(1, "blob").str(), Message().Bytes(3, "source").str(), Message().Bytes(4, "to").str()};
    fields.push_back(Message().Varint(8, 1).str());
    AddPairs(2, generator.Context(), fields);
    AddPairs(5, generator.Context(), fields);
    AddTokens(generator, 7, fields);
  } else if constexpr (std::is_same_v<Request, DataKeyRequest>) {
    fields = {Message().Bytes(1, "key").str(), Message().Varint(3, 1).str(), Message().Varint(4, 300).str()};
    fields.push_back(Message().Varint(6, 1).str());
    AddPairs(2, generator.Context(), fields);
    AddTokens(generator, 5, fields);
  } else if constexpr (std::is_same_v<Request, RandomRequest>) {
    fields = {Message().Varint(1, 300).str()};
  } else {
    fields = {Message().Bytes(1, "blob").str(), Message().Varint(2, 1 << 30).str()};
  }
  return generator.Shuffled(fields);
}

template <typename Request>
bool Accepts(const std::string& message) {
  const ExactBytes bytes(message);
  Request request;
  return Parse(bytes.view(), kTestLimits, request).ok();
}

template <typename Request>
class EveryRequestTest : public testing::Test {};

using EveryRequest = testing::Types<EncryptRequest, DecryptRequest, ReEncryptRequest, DataKeyRequest, RandomRequest,
                                    DescribeCiphertextRequest>;
TYPED_TEST_SUITE(EveryRequestTest, EveryRequest);

TYPED_TEST(EveryRequestTest, ValidRequestsInAnyOrderKeepEveryPromise) {
  Generator generator;
  for (int round = 0; round < 1000; ++round) {
    const std::string message = Example<TypeParam>(generator);
    ASSERT_TRUE(Accepts<TypeParam>(message));
    ASSERT_EQ(BrokenPromise<TypeParam>(ExactBytes(message).view()), "");
  }
}

TYPED_TEST(EveryRequestTest, CutAnywhereKeepsEveryPromise) {
  Generator generator;
  for (int round = 0; round < 50; ++round) {
    const std::string message = Example<TypeParam>(generator);
    for (std::size_t length = 0; length < message.size(); ++length) {
      ASSERT_EQ(BrokenPromise<TypeParam>(ExactBytes(message.substr(0, length)).view()), "");
    }
  }
}

TYPED_TEST(EveryRequestTest, DamagedAnywhereKeepsEveryPromise) {
  Generator generator;
  int accepted = 0;
  for (int round = 0; round < 5000; ++round) {
    const std::string message = generator.Damaged(Example<TypeParam>(generator));
    accepted += Accepts<TypeParam>(message) ? 1 : 0;
    ASSERT_EQ(BrokenPromise<TypeParam>(ExactBytes(message).view()), "");
  }
  EXPECT_GT(accepted, 50) << "else the promises were hardly looked at";
  EXPECT_LT(accepted, 4950) << "else the damage was none";
}

TEST(EncryptRequestPropertiesTest, SaysWhatWasWritten) {
  Generator generator;
  for (int round = 0; round < 3000; ++round) {
    const std::string key_id = "k" + generator.Text();
    const std::string plaintext(1 + generator.Below(300), '\xFE');
    const Pairs pairs = generator.Context();
    const std::optional<std::uint32_t> checksum =
        generator.Below(2) == 0 ? std::nullopt : std::optional<std::uint32_t>(generator.Below(SIZE_MAX));
    std::vector<std::string> fields = {Message().Bytes(1, key_id).str(), Message().Bytes(2, plaintext).str()};
    AddPairs(3, pairs, fields);
    if (checksum) fields.push_back(Message().Varint(4, *checksum).str());

    const ExactBytes bytes(generator.Shuffled(fields));
    EncryptRequest request;
    ASSERT_TRUE(Parse(bytes.view(), kTestLimits, request).ok());
    ASSERT_EQ(ToString(request.key_id), key_id);
    ASSERT_EQ(ToString(request.plaintext), plaintext);
    ASSERT_EQ(PairsOf(request.context), Sorted(pairs));
    ASSERT_EQ(request.plaintext_crc32c, checksum);
  }
}

TEST(EncryptRequestPropertiesTest, CutAnywhereButBetweenFieldsIsMalformed) {
  const std::string fields[] = {Message().Bytes(1, "key").str(), Message().Bytes(2, "plaintext").str(),
                                Message().Pair(3, "k", "v").str(), Message().Varint(4, 1 << 30).str()};
  std::string before;
  for (const std::string& field : fields) {
    for (std::size_t length = 1; length < field.size(); ++length) {
      const ExactBytes bytes(before + field.substr(0, length));
      EncryptRequest request;
      ASSERT_EQ(Parse(bytes.view(), kTestLimits, request).status, Status::kMalformedRequest);
    }
    before += field;
  }
}

TEST(EncryptRequestPropertiesTest, AMapOfAMillionEntriesCostsSixtyFour) {
  Message message;
  message.Bytes(1, "key").Bytes(2, "plaintext");
  for (int at = 0; at < 65; ++at) message.Pair(3, std::to_string(at), "v");
  const std::size_t until_refused = message.str().size();
  for (int at = 65; at < 1000000; ++at) message.Pair(3, std::to_string(at), "v");
  // Behind the entry that is too many nothing is read: damage there changes nothing.
  const std::string damaged = message.str().substr(0, until_refused) + std::string(16, '\xFF');
  for (const std::string& bytes : {message.str(), damaged}) {
    EncryptRequest request;
    const RequestError error = Parse(ExactBytes(bytes).view(), kTestLimits, request);
    EXPECT_EQ(error.status, Status::kContextTooManyPairs);
    EXPECT_EQ(error.field, EncryptRequest::kContextField);
  }
}

}  // namespace
}  // namespace latchkey::wire
