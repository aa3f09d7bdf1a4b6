#include "native/wire/response_writer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

using namespace std::string_literals;

constexpr std::uint32_t kMaxUint32 = std::numeric_limits<std::uint32_t>::max();

// What `write` writes into a buffer of `capacity` bytes; "does not fit" when the writer says so.
std::string Written(const std::function<void(ResponseWriter&)>& write, std::size_t capacity = 4096) {
  std::vector<std::uint8_t> buffer(capacity + 1, 0xEE);
  ResponseWriter writer({buffer.data(), capacity});
  write(writer);
  EXPECT_EQ(buffer[capacity], 0xEE) << "a byte behind the buffer was written";
  EXPECT_LE(writer.size(), capacity);
  return writer.ok() ? ToString(Bytes(buffer).first(writer.size())) : "does not fit";
}

void WriteText(ResponseWriter& writer, std::uint32_t field, const std::string& text) {
  writer.String(field, ExactBytes(text).view());
}

void FillBytes(ResponseWriter& writer, std::uint32_t field, const std::string& bytes) {
  const std::span<std::uint8_t> room = writer.ReserveBytes(field, bytes.size());
  if (!room.empty()) std::ranges::copy(bytes, room.begin());
}

TEST(ResponseWriterTest, WritesStrings) {
  for (const std::size_t length : {1U, 127U, 128U, 300U}) {
    const std::string text(length, 't');
    EXPECT_EQ(Written([&](auto& writer) { WriteText(writer, 1, text); }), Message().Bytes(1, text).str());
  }
}

TEST(ResponseWriterTest, WritesHexInLowerCase) {
  const ExactBytes bytes("\x00\x0F\xA5\xFF"s);
  EXPECT_EQ(Written([&](auto& writer) { writer.Hex(2, bytes.view()); }), Message().Bytes(2, "000fa5ff").str());
}

TEST(ResponseWriterTest, ReservesBytesForTheCallerToFill) {
  EXPECT_EQ(Written([](auto& writer) { FillBytes(writer, 3, "filled"); }), Message().Bytes(3, "filled").str());
}

TEST(ResponseWriterTest, WritesNumbersOfEveryLength) {
  for (const std::uint32_t value : {1U, 127U, 128U, 16383U, 16384U, kMaxUint32}) {
    EXPECT_EQ(Written([&](auto& writer) { writer.Uint32(4, value); }), Message().Varint(4, value).str());
  }
}

TEST(ResponseWriterTest, WritesFieldNumbersThatTakeTwoBytes) {
  EXPECT_EQ(Written([](auto& writer) { writer.Uint32(16, 1); }), Message().Varint(16, 1).str());
}

TEST(ResponseWriterTest, OmitsDefaultsAsProto3Does) {
  const std::string written = Written([](auto& writer) {
    writer.String(1, {});
    writer.Hex(2, {});
    writer.Uint32(3, 0);
    writer.Bool(4, false);
  });
  EXPECT_EQ(written, "");
}

TEST(ResponseWriterTest, WritesTrue) {
  EXPECT_EQ(Written([](auto& writer) { writer.Bool(4, true); }), Message().Varint(4, 1).str());
}

TEST(ResponseWriterTest, SaysWhenTheBufferIsTooSmallByAnyNumberOfBytes) {
  const auto write = [](ResponseWriter& writer) {
    WriteText(writer, 1, "text");
    writer.Hex(2, ExactBytes("\x01").view());
    const std::span<std::uint8_t> room = writer.ReserveBytes(3, 5);
    std::ranges::fill(room, std::uint8_t{'b'});
    writer.Uint32(4, 300);
    writer.Bool(5, true);
  };
  const std::string whole = Written(write);
  EXPECT_EQ(Written(write, whole.size()), whole);
  for (std::size_t capacity = 0; capacity < whole.size(); ++capacity) {
    ASSERT_EQ(Written(write, capacity), "does not fit") << capacity;
  }
}

TEST(ResponseWriterTest, StaysFailedWhenALaterFieldWouldFit) {
  EXPECT_EQ(Written(
                [](auto& writer) {
                  EXPECT_TRUE(writer.ReserveBytes(1, 100).empty());
                  writer.Bool(2, true);
                },
                50),
            "does not fit");
}

TEST(ResponseWriterTest, LengthsNearTheEndOfAllMemoryDoNotOverflow) {
  EXPECT_EQ(Written([](auto& writer) { EXPECT_TRUE(writer.ReserveBytes(1, SIZE_MAX).empty()); }), "does not fit");
  EXPECT_EQ(Written([](auto& writer) { EXPECT_TRUE(writer.ReserveBytes(1, SIZE_MAX - 8).empty()); }), "does not fit");
}

}  // namespace
}  // namespace latchkey::wire
