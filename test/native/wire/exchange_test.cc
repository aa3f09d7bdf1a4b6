#include "native/wire/exchange.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

// A request with the bytes that it borrows.
struct Parsed {
  explicit Parsed(const Message& message) : bytes(message.str()), error(Parse(bytes.view(), request)) {}

  ExactBytes bytes;
  ExchangeRequest request;
  RequestError error;
};

void ExpectRefused(const Message& message, Status status, std::uint32_t field) {
  const Parsed parsed(message);
  EXPECT_EQ(StatusName(parsed.error.status), StatusName(status));
  EXPECT_EQ(parsed.error.field, field);
}

Message Random() { return Message().Varint(1, 7).Bytes(12, "request"); }

Message Timeout(std::uint64_t seconds, std::uint64_t nanos) {
  return Message().Bytes(2, Message().Varint(1, seconds).Varint(2, nanos).str());
}

// Of a request with this timeout; -1 when it is refused.
std::int64_t TimeoutMs(std::int64_t seconds, std::int64_t nanos) {
  const Parsed parsed(
      Random().Raw(Timeout(static_cast<std::uint64_t>(seconds), static_cast<std::uint64_t>(nanos)).str()));
  if (parsed.error.status == Status::kTimeoutOutOfRange) return -1;
  EXPECT_EQ(parsed.error.status, Status::kOk);
  return parsed.request.timeout_ms.value();
}

TEST(ExchangeRequestTest, HasEveryField) {
  const Parsed parsed(Random().Raw(Timeout(2, 500'000'000).str()));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(parsed.error.field, 0U);
  EXPECT_EQ(parsed.request.id, 7U);
  EXPECT_EQ(parsed.request.timeout_ms, 2500U);
  EXPECT_EQ(parsed.request.request_field, 12U);
  EXPECT_EQ(ToString(parsed.request.request), "request");
}

TEST(ExchangeRequestTest, TakesFieldsInAnyOrderAndWithoutTimeout) {
  const Parsed parsed(Message().Bytes(3, "").Varint(1, std::numeric_limits<std::uint64_t>::max()));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(parsed.request.id, std::numeric_limits<std::uint64_t>::max());
  EXPECT_FALSE(parsed.request.timeout_ms.has_value());
  EXPECT_EQ(parsed.request.request_field, 3U);
  EXPECT_TRUE(parsed.request.request.empty());
}

TEST(ExchangeRequestTest, KnowsEveryMemberOfTheOneof) {
  for (std::uint32_t field = 3; field <= 14; ++field) {
    const Parsed parsed(Message().Varint(1, 1).Bytes(field, "x"));
    ASSERT_EQ(parsed.error.status, Status::kOk);
    EXPECT_EQ(parsed.request.request_field, field);
  }
}

TEST(ExchangeRequestTest, HasNoRequestWhenNoneIsKnown) {
  for (const Message& message : {Message(), Message().Bytes(15, "of a later version"), Message().Varint(7, 1)}) {
    const Parsed parsed(Message().Varint(1, 1).Raw(message.str()));
    ASSERT_EQ(parsed.error.status, Status::kOk);
    EXPECT_EQ(parsed.request.request_field, 0U);
  }
}

TEST(ExchangeRequestTest, SkipsUnknownFieldsAndWrongWireTypes) {
  const Parsed parsed(Random().Bytes(1, "x").Varint(2, 1).Fixed64(3).Fixed32(100).Group(200, ""));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(parsed.request.id, 7U);
  EXPECT_FALSE(parsed.request.timeout_ms.has_value());
  EXPECT_EQ(parsed.request.request_field, 12U);
}

TEST(ExchangeRequestTest, RefusesWhatIsMalformed) {
  const std::string whole = Random().str();
  for (std::size_t length = 1; length < whole.size(); ++length) {
    // Cut after the id there is one without a request.
    if (length == 2) continue;
    ExpectRefused(Message().Raw(whole.substr(0, length)), Status::kMalformedRequest, 0);
  }
  ExpectRefused(Random().Bytes(2, "\x08"), Status::kMalformedRequest, 0);
}

TEST(ExchangeRequestTest, RefusesTwoMembersWhichLibrariesWouldMerge) {
  ExpectRefused(Random().Bytes(12, ""), Status::kMalformedRequest, 0);
  ExpectRefused(Random().Bytes(14, ""), Status::kMalformedRequest, 0);
}

TEST(ExchangeRequestTest, RefusesNoIdAndTheIdZero) {
  ExpectRefused(Message(), Status::kExchangeIdMissing, 1);
  ExpectRefused(Message().Bytes(12, ""), Status::kExchangeIdMissing, 1);
  ExpectRefused(Random().Varint(1, 0), Status::kExchangeIdMissing, 1);
}

TEST(ExchangeRequestTest, RoundsTimeoutsUp) {
  EXPECT_EQ(TimeoutMs(0, 0), 0);
  EXPECT_EQ(TimeoutMs(0, 1), 1);
  EXPECT_EQ(TimeoutMs(0, 1'000'000), 1);
  EXPECT_EQ(TimeoutMs(0, 1'000'001), 2);
  EXPECT_EQ(TimeoutMs(1, 999'999'999), 2000);
}

TEST(ExchangeRequestTest, CutsTimeoutsThatAreLong) {
  constexpr std::int64_t kMost = 0x7fffffff;
  EXPECT_EQ(TimeoutMs(2'147'483, 647'000'000), kMost);
  EXPECT_EQ(TimeoutMs(2'147'483, 999'999'999), kMost);
  EXPECT_EQ(TimeoutMs(2'147'483, 646'000'000), kMost - 1);
  EXPECT_EQ(TimeoutMs(2'147'484, 0), kMost);
  EXPECT_EQ(TimeoutMs(315'576'000'000, 0), kMost);
  EXPECT_EQ(TimeoutMs(std::numeric_limits<std::int64_t>::max(), 999'999'999), kMost);
}

TEST(ExchangeRequestTest, HasNoTimeLeftWhenItIsNegative) {
  EXPECT_EQ(TimeoutMs(-1, 0), 0);
  EXPECT_EQ(TimeoutMs(0, -1), 0);
  EXPECT_EQ(TimeoutMs(std::numeric_limits<std::int64_t>::min(), -999'999'999), 0);
}

TEST(ExchangeRequestTest, RefusesWhatIsNoDuration) {
  for (const auto& [seconds, nanos] :
       {std::pair{0, 1'000'000'000}, {0, -1'000'000'000}, {1, -1}, {-1, 1}, {0, std::numeric_limits<int>::min()}}) {
    EXPECT_EQ(TimeoutMs(seconds, nanos), -1) << seconds << " s " << nanos << " ns";
  }
}

TEST(ExchangeRequestTest, MergesTimeoutsFieldByField) {
  const Parsed parsed(Random().Bytes(2, Message().Varint(1, 5).str()).Bytes(2, Message().Varint(2, 1'000'000).str()));
  ASSERT_EQ(parsed.error.status, Status::kOk);
  EXPECT_EQ(parsed.request.timeout_ms, 5001U);
}

}  // namespace
}  // namespace latchkey::wire
