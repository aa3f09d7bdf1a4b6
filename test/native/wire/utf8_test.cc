#include "native/wire/utf8.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>

#include "test/native/wire/message.h"

namespace latchkey::wire {
namespace {

bool Accepts(const std::string& text) { return IsUtf8(ExactBytes(text).view()); }

// UTF-8 as a formula (RFC 3629, section 3), against which the parser's table is compared.
std::string Encode(std::uint32_t code_point) {
  const auto byte = [](std::uint32_t bits) { return static_cast<char>(bits); };
  const auto tail = [&](int shift) { return byte(0x80 | (code_point >> shift & 0x3F)); };
  if (code_point < 0x80) return {byte(code_point)};
  if (code_point < 0x800) return {byte(0xC0 | code_point >> 6), tail(0)};
  if (code_point < 0x10000) return {byte(0xE0 | code_point >> 12), tail(6), tail(0)};
  return {byte(0xF0 | code_point >> 18), tail(12), tail(6), tail(0)};
}

TEST(Utf8Test, AcceptsTheEmptyText) { EXPECT_TRUE(Accepts("")); }

TEST(Utf8Test, AcceptsExactlyTheScalarValuesOfUnicode) {
  for (std::uint32_t code_point = 0; code_point < 0x120000; ++code_point) {
    const bool is_scalar = code_point <= 0x10FFFF && (code_point < 0xD800 || code_point > 0xDFFF);
    ASSERT_EQ(Accepts(Encode(code_point)), is_scalar) << std::hex << code_point;
  }
}

TEST(Utf8Test, AcceptsExactlyTheTwoByteSequencesThatEncodeSomething) {
  for (unsigned first = 0; first < 256; ++first) {
    for (unsigned second = 0; second < 256; ++second) {
      const bool is_ascii = first < 0x80 && second < 0x80;
      const bool is_pair = first >= 0xC2 && first <= 0xDF && second >= 0x80 && second <= 0xBF;
      const std::string text = {static_cast<char>(first), static_cast<char>(second)};
      ASSERT_EQ(Accepts(text), is_ascii || is_pair) << first << " " << second;
    }
  }
}

TEST(Utf8Test, RefusesOverlongForms) {
  EXPECT_FALSE(Accepts("\xC0\x80"));
  EXPECT_FALSE(Accepts("\xC1\xBF"));
  EXPECT_FALSE(Accepts("\xE0\x80\x80"));
  EXPECT_FALSE(Accepts("\xE0\x9F\xBF"));
  EXPECT_FALSE(Accepts("\xF0\x80\x80\x80"));
  EXPECT_FALSE(Accepts("\xF0\x8F\xBF\xBF"));
}

TEST(Utf8Test, RefusesSurrogatesAlsoAsAPair) {
  EXPECT_FALSE(Accepts("\xED\xA0\x80"));
  EXPECT_FALSE(Accepts("\xED\xBF\xBF"));
  EXPECT_FALSE(Accepts("\xED\xA0\xBD\xED\xB8\x80"));
}

TEST(Utf8Test, RefusesTruncatedSequencesAtTheEnd) {
  for (const std::string whole : {"\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x94\x91"}) {
    EXPECT_TRUE(Accepts(whole));
    for (std::size_t length = 1; length < whole.size(); ++length) {
      EXPECT_FALSE(Accepts(whole.substr(0, length)));
      EXPECT_FALSE(Accepts("eight bytes" + whole.substr(0, length)));
    }
  }
}

TEST(Utf8Test, RefusesOneBadByteAtAnyPositionOfAnyLength) {
  for (std::size_t length = 1; length <= 33; ++length) {
    for (std::size_t at = 0; at < length; ++at) {
      std::string text(length, 'a');
      ASSERT_TRUE(Accepts(text));
      text[at] = '\xFF';
      ASSERT_FALSE(Accepts(text)) << length << " " << at;
    }
  }
}

TEST(Utf8Test, AcceptsACharacterAtAnyPositionOfAnyLength) {
  for (std::size_t before = 0; before <= 17; ++before) {
    for (std::size_t behind = 0; behind <= 17; ++behind) {
      ASSERT_TRUE(Accepts(std::string(before, 'a') + "\xF0\x9F\x94\x91" + std::string(behind, 'z')));
    }
  }
}

}  // namespace
}  // namespace latchkey::wire
