#include "native/data_plane/answer.h"

#include "native/crypto/crc32c.h"
#include "test/native/data_plane/batch_fixture.h"

namespace latchkey::data_plane {
namespace {

// The whole data plane from C++ alone, without a view or a handle in sight. Batches are in batch_test.cc.
class AnswerTest : public BatchFixture {};

TEST_F(AnswerTest, EveryUnaryOperation) {
  const std::string blob = RunUnary(Operation::kEncrypt, Message().Bytes(1, "k").Bytes(2, "secret"), 3);
  EXPECT_EQ(RunUnary(Operation::kDecrypt, Message().Bytes(1, blob), 3), "secret");
  EXPECT_EQ(asked_, std::vector{material_.id});
  const std::string moved =
      RunUnary(Operation::kReEncrypt, Message().Bytes(1, blob).Bytes(4, "k").Pair(5, "a", "b"), 5);
  EXPECT_EQ(RunUnary(Operation::kDecrypt, Message().Bytes(1, moved).Pair(2, "a", "b"), 3), "secret");
  EXPECT_EQ(RunUnary(Operation::kGenerateDataKey, Message().Bytes(1, "k").Varint(3, 1), 4).size(), 32U);
  EXPECT_EQ(RunUnary(Operation::kGenerateDataKeyWithoutPlaintext, Message().Bytes(1, "k").Varint(3, 2), 3).size(), 90U);
  EXPECT_EQ(RunUnary(Operation::kGenerateRandom, Message().Varint(1, 9), 1).size(), 9U);
  EXPECT_EQ(RunUnary(Operation::kDescribeCiphertext, Message().Bytes(1, blob), 4), "1");
}

TEST_F(AnswerTest, ARefusalIsTheAnswer) {
  std::vector<std::uint8_t> response = {1, 2, 3};
  const auto refuse = [](const Question& question, Decision& /*decision*/) {
    EXPECT_EQ(wire::ToString(question.key_id), "k");
    return Status::kNoSuchHandle;
  };
  EXPECT_EQ(
      data_plane::Answer(
          plane_, {.operation = Operation::kEncrypt, .request = AsBytes(Message().Bytes(1, "k").Bytes(2, "p").str())},
          refuse, response),
      Status::kNoSuchHandle);
  EXPECT_TRUE(response.empty());
  EXPECT_EQ(data_plane::Answer(plane_,
                               {.operation = Operation::kBatchEncrypt,
                                .request = AsBytes(Message().Bytes(1, "k").Bytes(3, "p").str())},
                               refuse, response),
            Status::kNoSuchHandle);
}

TEST_F(AnswerTest, WhatIsNoRequestIsNotAsked) {
  std::vector<std::uint8_t> response;
  for (std::size_t operation = 0; operation < kOperationNames.size(); ++operation) {
    const Status status = data_plane::Answer(
        plane_, {.operation = static_cast<Operation>(operation), .request = AsBytes("\x0a\x7f")},
        [](const Question&, Decision&) {
          ADD_FAILURE() << "asked";
          return Status::kOk;
        },
        response);
    EXPECT_EQ(status, Status::kMalformedRequest);
  }
}

}  // namespace
}  // namespace latchkey::data_plane
