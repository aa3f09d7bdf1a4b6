#include "native/data_plane/request_texts.h"

#include <array>
#include <string>
#include <vector>

#include "native/data_plane/batch.h"
#include "test/native/data_plane/plane_fixture.h"

namespace latchkey::data_plane {
namespace {

using Numbers = std::vector<std::uint32_t>;
using wire::ToString;

class RequestTexts : public PlaneFixture {
 protected:
  static std::string Blob(char material, std::size_t bytes = 75) {
    return std::string("\x01\x01") + std::string(32, material) + std::string(bytes - 34, 'x');
  }
  std::vector<std::string> MaterialsOfParse(Operation operation, const std::string& request) {
    BatchView view;
    EXPECT_EQ(ParseBatch(plane_, operation, AsBytes(request), SIZE_MAX, view), Status::kOk);
    std::vector<std::string> ids;
    for (std::size_t number = 0; number < plane_.batch.materials.size(); ++number) {
      ids.push_back(ToString(plane_.batch.materials.value(number).bytes()));
    }
    return ids;
  }
};

TEST_F(RequestTexts, GrantTokensComeInTheirOrder) {
  const std::string request = Message().Bytes(5, "one").Bytes(1, "key").Bytes(5, "two").Varint(5, 3).str();
  std::array<Bytes, 2> tokens;
  std::size_t count = 0;
  ASSERT_EQ(ReadGrantTokens(AsBytes(request), 5, tokens, count), Status::kOk);
  ASSERT_EQ(count, 2U);
  EXPECT_EQ(ToString(tokens[0]), "one");
  EXPECT_EQ(ToString(tokens[1]), "two");
  EXPECT_EQ(ReadGrantTokens(AsBytes(request), 5, std::span(tokens).first(1), count), Status::kBufferTooSmall);
  ASSERT_EQ(ReadGrantTokens(AsBytes(request), 6, {}, count), Status::kOk);
  EXPECT_EQ(count, 0U);
}

TEST_F(RequestTexts, AContextIsSortedAndOfItsOwnField) {
  const std::string request = Message().Pair(2, "b", "2").Pair(5, "c", "3").Pair(2, "a", "1").str();
  wire::EncryptionContext source;
  ASSERT_EQ(ReadContext(AsBytes(request), 2, source), Status::kOk);
  ASSERT_EQ(source.pair_count(), 2U);
  EXPECT_EQ(ToString(source.pairs()[0].key()), "a");
  EXPECT_EQ(ToString(source.pairs()[0].value()), "1");
  EXPECT_EQ(ToString(source.pairs()[1].key()), "b");
  wire::EncryptionContext destination;
  ASSERT_EQ(ReadContext(AsBytes(request), 5, destination), Status::kOk);
  EXPECT_EQ(destination.pair_count(), 1U);
  wire::EncryptionContext duplicate;
  EXPECT_EQ(ReadContext(AsBytes(request + Message().Pair(2, "a", "3").str()), 2, duplicate),
            Status::kContextDuplicateKey);
}

TEST_F(RequestTexts, AColumnIsNumberedByItsDistinctValues) {
  const std::string request =
      Message().Bytes(5, "a").Bytes(3, "p").Bytes(5, "").Bytes(5, "a").Bytes(5, "b").Bytes(5, "").str();
  ColumnIndex values;
  Numbers numbers(5);
  ASSERT_EQ(ReadColumn(AsBytes(request), 5, values, numbers), Status::kOk);
  EXPECT_EQ(numbers, (Numbers{0, 1, 0, 2, 1}));
  ASSERT_EQ(values.size(), 3U);
  EXPECT_EQ(ToString(values.value(0).text), "a");
  EXPECT_EQ(ToString(values.value(1).text), "");
  EXPECT_EQ(ToString(values.value(2).text), "b");
  for (const std::size_t items : {4U, 6U}) {
    ColumnIndex others;
    Numbers wrong(items);
    EXPECT_EQ(ReadColumn(AsBytes(request), 5, others, wrong), Status::kInvalidArgument);
  }
}

TEST_F(RequestTexts, AHundredThousandValuesAreNumberedWhetherTheyDifferOrNot) {
  constexpr std::uint32_t kCount = 100'000;
  for (const std::uint32_t distinct : {1U, 1000U, kCount}) {
    Message message;
    for (std::uint32_t item = 0; item < kCount; ++item) message.Bytes(5, "row-" + std::to_string(item % distinct));
    const std::string request = message.str();
    ColumnIndex values;
    Numbers numbers(kCount);
    ASSERT_EQ(ReadColumn(AsBytes(request), 5, values, numbers), Status::kOk);
    ASSERT_EQ(values.size(), distinct);
    for (std::uint32_t item = 0; item < kCount; ++item) ASSERT_EQ(numbers[item], item % distinct);
  }
}

TEST_F(RequestTexts, MaterialsAreNumberedAsByTheParser) {
  for (const Operation operation : {Operation::kBatchDecrypt, Operation::kBatchReEncrypt}) {
    Message message = Message().Bytes(1, Blob('b')).Bytes(1, "").Bytes(1, Blob('a')).Bytes(1, Blob('c', 74));
    message.Bytes(1, Blob('c', kMaxPlaintext + 75)).Bytes(1, Blob('b'));
    if (operation == Operation::kBatchReEncrypt) message.Bytes(4, "key");
    const std::string request = message.str();
    const auto ids = MaterialsOfParse(operation, request);
    Numbers numbers(6);
    ASSERT_EQ(ReadMaterials(plane_, operation, AsBytes(request), numbers), Status::kOk);
    EXPECT_EQ(numbers, (Numbers{0, kNoMaterial, 1, kNoMaterial, kNoMaterial, 0}));
    EXPECT_EQ(ids, (std::vector<std::string>{std::string(32, 'b'), std::string(32, 'a')}));
    Numbers wrong(5);
    EXPECT_EQ(ReadMaterials(plane_, operation, AsBytes(request), wrong), Status::kInvalidArgument);
  }
  Numbers none(1);
  EXPECT_EQ(ReadMaterials(plane_, Operation::kBatchEncrypt, AsBytes(Message().Bytes(3, "p").str()), none),
            Status::kInvalidArgument);
}

}  // namespace
}  // namespace latchkey::data_plane
