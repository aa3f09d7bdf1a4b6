#include <random>

#include "native/crypto/crc32c.h"
#include "test/native/data_plane/batch_fixture.h"

namespace latchkey::data_plane {
namespace {

using Indices = std::vector<std::size_t>;
using testing_support::Vector;

class Batch : public BatchFixture {
 protected:
  std::vector<std::string> Encrypted(const std::vector<std::string>& plaintexts, bool column = false) {
    Message message = Message().Bytes(1, "k").Pair(2, "tenant", "a");
    for (const std::string& plaintext : plaintexts) message.Bytes(3, plaintext);
    if (column) {
      message.Bytes(4, "row");
      for (std::size_t item = 0; item < plaintexts.size(); ++item) message.Bytes(5, "row-" + std::to_string(item));
    }
    const BatchAnswer answer = Run(Operation::kBatchEncrypt, message.str());
    EXPECT_EQ(answer.status, Status::kOk);
    EXPECT_EQ(answer.key_arn, arn_);
    EXPECT_EQ(answer.key_material_id.size(), 64U);
    return answer.results;
  }
  static Message DecryptMessage(const std::vector<std::string>& blobs, bool column = false) {
    Message message;
    for (const std::string& blob : blobs) message.Bytes(1, blob);
    message.Pair(2, "tenant", "a");
    if (!column) return message;
    message.Bytes(3, "row");
    for (std::size_t item = 0; item < blobs.size(); ++item) message.Bytes(4, "row-" + std::to_string(item));
    return message;
  }
  static std::vector<std::string> Plaintexts(std::size_t count) {
    std::mt19937 random(static_cast<unsigned>(count));
    std::vector<std::string> plaintexts;
    for (std::size_t item = 0; item < count; ++item) {
      plaintexts.emplace_back(1 + random() % (item % 50 == 0 ? 4096 : 80), static_cast<char>('a' + item % 26));
    }
    return plaintexts;
  }
  Message ReEncryptMessage(const std::vector<std::string>& blobs, bool skip, const std::string& tenant) {
    Message message;
    for (const std::string& blob : blobs) message.Bytes(1, blob);
    message.Pair(3, "tenant", "a").Bytes(4, "k2").Pair(5, "tenant", tenant);
    return skip ? message.Varint(10, 1) : message;
  }
  void UseAnotherKey() { handle_ = keys_.Load(keys_.Generate()).handle; }
};

TEST_F(Batch, OpensWhatItSealedWithAndWithoutColumn) {
  for (const std::size_t count : {1U, 2U, 7U, 8U, 9U, 16U, 255U, 256U, 257U, 600U}) {
    for (const bool column : {false, true}) {
      const auto plaintexts = Plaintexts(count);
      const auto blobs = Encrypted(plaintexts, column);
      ASSERT_EQ(blobs.size(), count);
      const BatchAnswer answer = Run(Operation::kBatchDecrypt, DecryptMessage(blobs, column).str());
      ASSERT_EQ(answer.status, Status::kOk);
      ASSERT_EQ(answer.results, plaintexts);
      ASSERT_EQ(answer.failed_count, 0U);
      ASSERT_EQ(asked_.size(), 1U);
    }
  }
}

TEST_F(Batch, UnaryOperationsOpenItsItems) {
  const auto plaintexts = Plaintexts(20);
  const auto blobs = Encrypted(plaintexts, true);
  for (std::size_t item = 0; item < blobs.size(); ++item) {
    const Message own =
        Message().Bytes(1, blobs[item]).Pair(2, "tenant", "a").Pair(2, "row", "row-" + std::to_string(item));
    EXPECT_EQ(RunUnary(Operation::kDecrypt, own, 3), plaintexts[item]);
    const Message other = Message().Bytes(1, blobs[item]).Pair(2, "tenant", "a").Pair(2, "row", "row-x");
    EXPECT_EQ(RunUnary(Operation::kDecrypt, other, 3), "OPEN_FAILED");
  }
}

TEST_F(Batch, OpensItemsOfUnaryOperations) {
  std::vector<std::string> blobs;
  for (int item = 0; item < 20; ++item) {
    const Message message = Message()
                                .Bytes(1, "k")
                                .Bytes(2, std::to_string(item))
                                .Pair(3, "tenant", "a")
                                .Pair(3, "row", "row-" + std::to_string(item));
    blobs.push_back(RunUnary(Operation::kEncrypt, message, 3));
  }
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, DecryptMessage(blobs, true).str());
  ASSERT_EQ(answer.results.size(), 20U);
  for (std::size_t item = 0; item < 20; ++item) EXPECT_EQ(answer.results[item], std::to_string(item));
}

TEST_F(Batch, NoTwoBlobsShareANonce) {
  const auto blobs = Encrypted(std::vector<std::string>(2000, "p"));
  std::set<std::string> nonces;
  for (const std::string& blob : blobs) {
    EXPECT_EQ(blob.substr(0, 2), "\x01\x01");
    nonces.insert(blob.substr(34, 24));
  }
  EXPECT_EQ(nonces.size(), 2000U);
}

TEST_F(Batch, OpensAMixtureOfKeys) {
  std::vector<std::string> blobs;
  std::vector<std::string> plaintexts;
  for (int key = 0; key < 3; ++key) {
    UseAnotherKey();
    for (const std::string& blob : Encrypted({"a", "b", "c", "d", "e"})) blobs.push_back(blob);
  }
  std::vector<std::string> mixed;
  for (std::size_t item = 0; item < blobs.size(); ++item) mixed.push_back(blobs[(item * 7) % blobs.size()]);
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, DecryptMessage(mixed).str());
  ASSERT_EQ(answer.failed_count, 0U);
  EXPECT_EQ(asked_.size(), 3U);
  EXPECT_TRUE(std::equal(asked_[0].begin(), asked_[0].end(), AsBytes(mixed[0]).begin() + 2));
  for (std::size_t item = 0; item < mixed.size(); ++item) {
    EXPECT_EQ(answer.results[item], std::string(1, static_cast<char>('a' + (item * 7) % 15 % 5)));
  }
}

TEST_F(Batch, BadPlaintextsFailAlone) {
  const std::string large(kMaxPlaintext + 1, 'p');
  Message message = Message().Bytes(1, "k").Bytes(3, "").Bytes(3, "a").Bytes(3, large).Bytes(3, "").Bytes(3, "b");
  message.Bytes(4, "row").Bytes(5, "").Bytes(5, "1").Bytes(5, "").Bytes(5, "").Bytes(5, std::string(9000, 'v'));
  const BatchAnswer answer = Run(Operation::kBatchEncrypt, message.str());
  ASSERT_EQ(answer.status, Status::kOk);
  ASSERT_EQ(answer.results.size(), 5U);
  EXPECT_EQ(answer.errors.at("PLAINTEXT_MISSING"), (Indices{0, 3}));
  EXPECT_EQ(answer.errors.at("PLAINTEXT_TOO_LARGE"), Indices{2});
  EXPECT_EQ(answer.errors.at("CONTEXT_TOO_LARGE"), Indices{4});
  EXPECT_EQ(answer.failed_count, 4U);
  for (const std::size_t failed : {0U, 2U, 3U, 4U}) EXPECT_EQ(answer.results[failed], "");
  EXPECT_EQ(Run(Operation::kBatchDecrypt, Message().Bytes(1, answer.results[1]).Bytes(3, "row").Bytes(4, "1").str())
                .results[0],
            "a");
  EXPECT_EQ(Counts(Operation::kBatchEncrypt).items, 5U);
  EXPECT_EQ(Counts(Operation::kBatchEncrypt).failed_items, 4U);
  EXPECT_EQ(Counts(Operation::kBatchEncrypt).plaintext_bytes, 1U);
  EXPECT_EQ(Counts(Operation::kBatchEncrypt).ciphertext_bytes, 75U);
}

TEST_F(Batch, BadCiphertextsFailAlone) {
  auto blobs = Encrypted({"a", "b", "c", "d", "e", "f", "g"});
  blobs[1] = "";
  blobs[2] = blobs[2].substr(0, 74);
  blobs[3] += std::string(kMaxPlaintext, 'x');
  blobs[4][60] = static_cast<char>(blobs[4][60] ^ 1);
  blobs[5][2] = static_cast<char>(blobs[5][2] ^ 1);
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, DecryptMessage(blobs).str());
  EXPECT_EQ(answer.results, (std::vector<std::string>{"a", "", "", "", "", "", "g"}));
  EXPECT_EQ(answer.errors.at("CIPHERTEXT_MISSING"), Indices{1});
  EXPECT_EQ(answer.errors.at("CIPHERTEXT_TOO_LARGE"), Indices{3});
  EXPECT_EQ(answer.errors.at("INVALID_CIPHERTEXT"), (Indices{2, 4}));
  EXPECT_EQ(answer.errors.at("UNKNOWN"), Indices{5});
  EXPECT_EQ(answer.failed_count, 5U);
}

TEST_F(Batch, RefusedMaterialsFailWithTheirOwnReason) {
  const auto first = Encrypted({"a", "b"});
  refused_.insert(material_.id);
  UseAnotherKey();
  const auto second = Encrypted({"c"});
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, DecryptMessage({first[0], second[0], first[1]}).str());
  EXPECT_EQ(answer.results, (std::vector<std::string>{"", "c", ""}));
  EXPECT_EQ(answer.errors.at("REFUSED"), (Indices{0, 2}));
}

TEST_F(Batch, IndexesOfAllSizesAreAscending) {
  std::vector<std::string> plaintexts(20'000, "p");
  Indices expected;
  for (std::size_t item = 0; item < plaintexts.size(); item += 3) {
    plaintexts[item] = "";
    expected.push_back(item);
  }
  Message message = Message().Bytes(1, "k");
  for (const std::string& plaintext : plaintexts) message.Bytes(3, plaintext);
  const BatchAnswer answer = Run(Operation::kBatchEncrypt, message.str());
  EXPECT_EQ(answer.errors.at("PLAINTEXT_MISSING"), expected);
  EXPECT_EQ(answer.failed_count, expected.size());
}

// One flipped bit per position of the tag, and canaries in all of `out`, in a batch whose other items open.
TEST_F(Batch, AFailedOpenLeavesNothingAnywhereInTheBuffer) {
  const std::string canary = "PLAINTEXT-CANARY";
  const auto blobs = Encrypted({"first", canary, canary + canary, "last"});
  for (std::size_t position = 0; position < 16; ++position) {
    for (const std::size_t target : {1U, 2U}) {
      auto flipped = blobs;
      char& byte = flipped[target][flipped[target].size() - 16 + position];
      byte = static_cast<char>(byte ^ (1 << (position % 8)));
      flipped.erase(flipped.begin() + (target == 1 ? 2 : 1));
      const std::string request = DecryptMessage(flipped).str();
      Vector out(4096, 0xee);
      const std::vector<std::string> failures = FailureStatuses();
      std::vector<Bytes> statuses;
      for (const std::string& failure : failures) statuses.push_back(AsBytes(failure));
      const std::array<KeyChoice, 1> keys = {{{.handle = handle_, .refusal = 0}}};
      const Outcome outcome = RunBatch(plane_, {.operation = Operation::kBatchDecrypt,
                                                .request = AsBytes(request),
                                                .sealing = crypto::kNoHandle,
                                                .materials = keys,
                                                .key_arn = {},
                                                .statuses = statuses,
                                                .out = out});
      ASSERT_EQ(outcome.status, Status::kOk);
      EXPECT_EQ(std::string(out.begin(), out.end()).find("CANARY"), std::string::npos);
      const BatchAnswer answer = ReadBatchAnswer(Operation::kBatchDecrypt, Bytes(out).first(outcome.size));
      EXPECT_EQ(answer.results, (std::vector<std::string>{"first", "", "last"}));
      EXPECT_EQ(answer.errors.at("INVALID_CIPHERTEXT"), Indices{1});
    }
  }
}

TEST_F(Batch, ABatchThatDoesNotFitLeavesNothing) {
  const auto blobs = Encrypted({"PLAINTEXT-CANARY", "PLAINTEXT-CANARY"});
  const std::string request = DecryptMessage(blobs).str();
  const std::vector<Bytes> statuses(kItemFailureNames.size());
  const std::array<KeyChoice, 1> keys = {{{.handle = handle_, .refusal = 0}}};
  for (std::size_t size = 0; size < 36; ++size) {
    Vector out(size, 0xee);
    const Outcome outcome = RunBatch(plane_, {.operation = Operation::kBatchDecrypt,
                                              .request = AsBytes(request),
                                              .sealing = crypto::kNoHandle,
                                              .materials = keys,
                                              .key_arn = {},
                                              .statuses = statuses,
                                              .out = out});
    ASSERT_EQ(outcome.status, Status::kBufferTooSmall) << size;
    EXPECT_EQ(std::string(out.begin(), out.end()).find("CANARY"), std::string::npos);
  }
}

TEST_F(Batch, ReEncryptMovesToAnotherKeyAndContext) {
  const auto plaintexts = Plaintexts(100);
  auto blobs = Encrypted(plaintexts);
  blobs[17][58] = static_cast<char>(blobs[17][58] ^ 1);
  UseAnotherKey();
  const BatchAnswer answer = Run(Operation::kBatchReEncrypt, ReEncryptMessage(blobs, false, "b").str());
  ASSERT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(answer.errors.at("INVALID_CIPHERTEXT"), Indices{17});
  std::string expected(100, '\1');
  expected[17] = '\0';
  EXPECT_EQ(answer.re_encrypted, expected);
  for (std::size_t item = 0; item < blobs.size(); ++item) {
    if (item == 17) continue;
    const Message message = Message().Bytes(1, answer.results[item]).Pair(2, "tenant", "b");
    ASSERT_EQ(RunUnary(Operation::kDecrypt, message, 3), plaintexts[item]);
  }
}

TEST_F(Batch, ReEncryptSkipsWhatIsCurrentButVerifiesIt) {
  const auto old_blobs = Encrypted({"old"});
  UseAnotherKey();
  auto blobs = Encrypted({"a", "b"});
  blobs.push_back(old_blobs[0]);
  blobs[1].back() = static_cast<char>(blobs[1].back() ^ 1);
  const BatchAnswer same = Run(Operation::kBatchReEncrypt, ReEncryptMessage(blobs, true, "a").str());
  EXPECT_EQ(same.results[0], blobs[0]);
  EXPECT_EQ(same.results[1], "");
  EXPECT_NE(same.results[2], blobs[2]);
  EXPECT_EQ(same.re_encrypted, (std::string{'\0', '\0', '\1'}));
  const BatchAnswer other = Run(Operation::kBatchReEncrypt, ReEncryptMessage({blobs[0]}, true, "b").str());
  EXPECT_EQ(other.re_encrypted, std::string{'\1'});
}

TEST_F(Batch, ReEncryptComparesTheColumnsToo) {
  const auto blobs = Encrypted({"a", "b"}, true);
  const auto message = [&](const std::string& second) {
    return ReEncryptMessage(blobs, true, "a")
        .Bytes(6, "row")
        .Bytes(7, "row-0")
        .Bytes(7, "row-1")
        .Bytes(8, "row")
        .Bytes(9, "row-0")
        .Bytes(9, second)
        .str();
  };
  EXPECT_EQ(Run(Operation::kBatchReEncrypt, message("row-1")).re_encrypted, (std::string{'\0', '\0'}));
  const BatchAnswer moved = Run(Operation::kBatchReEncrypt, message("row-2"));
  EXPECT_EQ(moved.re_encrypted, (std::string{'\0', '\1'}));
  EXPECT_EQ(RunUnary(Operation::kDecrypt,
                     Message().Bytes(1, moved.results[1]).Pair(2, "tenant", "a").Pair(2, "row", "row-2"), 3),
            "b");
}

TEST_F(Batch, DataKeysDecryptToThemselves) {
  for (const std::size_t length : {1U, 16U, 32U, 1024U}) {
    for (const std::size_t count : {1U, 9U, 300U}) {
      const BatchAnswer answer =
          Run(Operation::kBatchGenerateDataKey,
              Message().Bytes(1, "k").Pair(2, "tenant", "a").Varint(4, length).Varint(5, count).str());
      ASSERT_EQ(answer.status, Status::kOk);
      ASSERT_EQ(answer.results.size(), count);
      ASSERT_EQ(answer.plaintexts.size(), count);
      EXPECT_EQ(answer.plaintexts[0].size(), length);
      EXPECT_EQ(Run(Operation::kBatchDecrypt, DecryptMessage(answer.results).str()).results, answer.plaintexts);
      if (length >= 16) EXPECT_EQ(std::set(answer.plaintexts.begin(), answer.plaintexts.end()).size(), count);
    }
  }
}

TEST_F(Batch, TheBoundOfTheResponseHoldsAndSaysHowManyItemsFit) {
  for (const std::size_t count : {1U, 130U, 700U}) {
    const auto plaintexts = Plaintexts(count);
    const auto blobs = Encrypted(plaintexts);
    const std::string request = DecryptMessage(blobs).str();
    BatchView view;
    ASSERT_EQ(ParseBatch(plane_, Operation::kBatchDecrypt, AsBytes(request), SIZE_MAX, view), Status::kOk);
    EXPECT_EQ(view.fitting_items, count);
    EXPECT_EQ(view.items, count);
    const std::size_t whole = view.response_bytes;
    ASSERT_EQ(Run(Operation::kBatchDecrypt, request).status, Status::kOk);
    EXPECT_LE(response_.size(), whole);
    BatchView less;
    ASSERT_EQ(ParseBatch(plane_, Operation::kBatchDecrypt, AsBytes(request), whole - 1, less), Status::kOk);
    EXPECT_EQ(less.fitting_items, count - 1);
    // So many leading items do fit, and one more does not.
    BatchView half;
    ASSERT_EQ(ParseBatch(plane_, Operation::kBatchDecrypt, AsBytes(request), whole / 2, half), Status::kOk);
    const auto bound_of = [&](std::size_t items) {
      BatchView part;
      const auto end = blobs.begin() + static_cast<std::ptrdiff_t>(items);
      EXPECT_EQ(ParseBatch(plane_, Operation::kBatchDecrypt, AsBytes(DecryptMessage({blobs.begin(), end}).str()),
                           SIZE_MAX, part),
                Status::kOk);
      return part.response_bytes;
    };
    if (half.fitting_items > 0) EXPECT_LE(bound_of(half.fitting_items), whole / 2);
    if (count > 1) EXPECT_GT(bound_of(half.fitting_items + 1), whole / 2);
  }
}

TEST_F(Batch, TooLargeAResponseIsRefusedBeforeAnythingIsDecided) {
  std::vector<std::uint8_t> response;
  const std::string request = Message().Bytes(1, "k").Varint(3, 1).Varint(5, 100'000).str();
  const Status status = data_plane::Answer(
      plane_, {.operation = Operation::kBatchGenerateDataKey, .request = AsBytes(request)},
      [](const Question&, Decision&) {
        ADD_FAILURE() << "asked";
        return Status::kOk;
      },
      response);
  EXPECT_EQ(status, Status::kBufferTooSmall);
}

TEST_F(Batch, ManyUnknownMaterialsAreOneQuestion) {
  constexpr std::size_t kCount = 100'000;
  std::mt19937_64 random(3);
  Message message;
  for (std::size_t item = 0; item < kCount; ++item) {
    std::string blob = "\x01\x01" + std::string(73, '\0');
    for (std::size_t at = 2; at < 34; ++at) blob[at] = static_cast<char>(random());
    message.Bytes(1, blob);
  }
  const std::string request = message.str();
  BatchView view;
  ASSERT_EQ(ParseBatch(plane_, Operation::kBatchDecrypt, AsBytes(request), SIZE_MAX, view), Status::kOk);
  EXPECT_EQ(plane_.batch.materials.size(), kCount);
  EXPECT_EQ(view.work_bytes, kCount * 75);
}

TEST_F(Batch, WhatDoesNotBelongTogetherIsRefused) {
  const auto blobs = Encrypted({"a"});
  const std::string request = DecryptMessage(blobs).str();
  const std::vector<Bytes> statuses(kItemFailureNames.size());
  Vector out(4096);
  UseAnotherKey();
  const auto run = [&](std::vector<KeyChoice> keys, std::span<const Bytes> some) {
    return RunBatch(plane_, {.operation = Operation::kBatchDecrypt,
                             .request = AsBytes(request),
                             .sealing = crypto::kNoHandle,
                             .materials = keys,
                             .key_arn = {},
                             .statuses = some,
                             .out = out})
        .status;
  };
  EXPECT_EQ(run({{.handle = handle_, .refusal = 0}}, statuses), Status::kInvalidArgument) << "another key's handle";
  EXPECT_EQ(run({}, statuses), Status::kInvalidArgument) << "no key";
  EXPECT_EQ(run({{.handle = 999, .refusal = 0}}, statuses), Status::kNoSuchHandle);
  EXPECT_EQ(run({{.handle = 0, .refusal = 6}}, statuses), Status::kInvalidArgument) << "no such slot";
  EXPECT_EQ(run({{.handle = 0, .refusal = 5}}, std::span(statuses).first(5)), Status::kInvalidArgument);
  EXPECT_EQ(run({{.handle = 0, .refusal = 5}}, statuses), Status::kOk);
}

}  // namespace
}  // namespace latchkey::data_plane
