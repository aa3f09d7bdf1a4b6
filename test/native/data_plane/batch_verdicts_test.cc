// Items that are refused one by one, and where that stands among the other reasons why an item fails.
#include <random>

#include "native/data_plane/batch_job.h"
#include "test/native/data_plane/batch_fixture.h"

namespace latchkey::data_plane {
namespace {

using Indices = std::vector<std::size_t>;
using testing_support::Vector;

// The first two slots behind those of the items themselves.
constexpr ItemOutcome kDenied = FailedWith(kItemFailureNames.size());
constexpr ItemOutcome kDeniedToo = FailedWith(kItemFailureNames.size() + 1);

class BatchVerdicts : public BatchFixture {
 protected:
  BatchVerdicts() { refusals_ = {"DENIED", "DENIED TOO"}; }

  std::vector<std::string> Encrypted(std::size_t count) {
    const std::vector<ItemOutcome> verdicts = std::exchange(verdicts_, {});
    Message message = Message().Bytes(1, "k");
    for (std::size_t item = 0; item < count; ++item) message.Bytes(3, std::to_string(item));
    const auto blobs = Run(Operation::kBatchEncrypt, message.str()).results;
    verdicts_ = verdicts;
    return blobs;
  }
  static Message Decrypting(const std::vector<std::string>& blobs) {
    Message message;
    for (const std::string& blob : blobs) message.Bytes(1, blob);
    return message;
  }
  static std::string Flipped(std::string blob, std::size_t at) {
    blob[at] = static_cast<char>(blob[at] ^ 1);
    return blob;
  }
};

TEST_F(BatchVerdicts, RefuseItemsAndLeaveTheOthersAlone) {
  verdicts_ = {0, kDenied, 0, kDeniedToo, kDenied};
  const auto blobs = Encrypted(5);
  const BatchAnswer decrypted = Run(Operation::kBatchDecrypt, Decrypting(blobs).str());
  EXPECT_EQ(decrypted.results, (std::vector<std::string>{"0", "", "2", "", ""}));
  EXPECT_EQ(decrypted.errors.at("DENIED"), (Indices{1, 4}));
  EXPECT_EQ(decrypted.errors.at("DENIED TOO"), Indices{3});
  EXPECT_EQ(decrypted.failed_count, 3U);

  Message encrypt = Message().Bytes(1, "k");
  for (int item = 0; item < 5; ++item) encrypt.Bytes(3, "p");
  const BatchAnswer encrypted = Run(Operation::kBatchEncrypt, encrypt.str());
  EXPECT_EQ(encrypted.errors.at("DENIED"), (Indices{1, 4}));
  for (std::size_t item = 0; item < 5; ++item) EXPECT_EQ(encrypted.results[item].empty(), verdicts_[item] != 0);

  const BatchAnswer moved = Run(Operation::kBatchReEncrypt, Decrypting(blobs).Bytes(4, "k").str());
  EXPECT_EQ(moved.errors.at("DENIED TOO"), Indices{3});
  EXPECT_EQ(moved.re_encrypted, (std::string{'\1', '\0', '\1', '\0', '\0'}));
}

TEST_F(BatchVerdicts, AreOfTheirOwnItemAlsoBeyondOneWindow) {
  const auto blobs = Encrypted(600);
  std::mt19937 random(1);
  Indices denied;
  for (std::size_t item = 0; item < blobs.size(); ++item) {
    verdicts_.push_back(random() % 3 == 0 ? kDenied : kSucceeded);
    if (verdicts_.back() != kSucceeded) denied.push_back(item);
  }
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, Decrypting(blobs).str());
  EXPECT_EQ(answer.errors.at("DENIED"), denied);
  for (std::size_t item = 0; item < blobs.size(); ++item) {
    EXPECT_EQ(answer.results[item], verdicts_[item] == kSucceeded ? std::to_string(item) : "");
  }
}

TEST_F(BatchVerdicts, ComeAfterWhatIsWrongWithACiphertextAndBeforeItsKeyAndBeforeItIsOpened) {
  auto blobs = Encrypted(7);
  const auto material = testing_support::Material(material_);
  handle_ = keys_.Load(keys_.Generate()).handle;
  const auto others = Encrypted(1);
  refused_.insert(material.id);
  blobs = {"",
           blobs[1] + std::string(kMaxPlaintext, 'x'),
           Flipped(blobs[2], 0),    // another version
           blobs[3].substr(0, 74),  // too short
           blobs[4],                // of a material that is refused
           Flipped(blobs[5], 2),    // of a material that is not there
           Flipped(others[0], 60),  // does not open
           others[0]};
  verdicts_.assign(blobs.size(), kDenied);
  const BatchAnswer answer = Run(Operation::kBatchDecrypt, Decrypting(blobs).str());
  EXPECT_EQ(answer.errors.at("CIPHERTEXT_MISSING"), Indices{0});
  EXPECT_EQ(answer.errors.at("CIPHERTEXT_TOO_LARGE"), Indices{1});
  EXPECT_EQ(answer.errors.at("INVALID_CIPHERTEXT"), (Indices{2, 3}));
  EXPECT_EQ(answer.errors.at("DENIED"), (Indices{4, 5, 6, 7}));
}

TEST_F(BatchVerdicts, ComeAfterWhatIsWrongWithAContextOrAPlaintext) {
  verdicts_.assign(4, kDenied);
  Message encrypt = Message().Bytes(1, "k").Bytes(3, "").Bytes(3, std::string(kMaxPlaintext + 1, 'p'));
  encrypt.Bytes(3, "a").Bytes(3, "b").Bytes(4, "row");
  encrypt.Bytes(5, "").Bytes(5, "").Bytes(5, std::string(9000, 'v')).Bytes(5, "");
  const BatchAnswer encrypted = Run(Operation::kBatchEncrypt, encrypt.str());
  EXPECT_EQ(encrypted.errors.at("PLAINTEXT_MISSING"), Indices{0});
  EXPECT_EQ(encrypted.errors.at("PLAINTEXT_TOO_LARGE"), Indices{1});
  EXPECT_EQ(encrypted.errors.at("CONTEXT_TOO_LARGE"), Indices{2});
  EXPECT_EQ(encrypted.errors.at("DENIED"), Indices{3});

  verdicts_.assign(1, kDenied);
  Message decrypt = Decrypting(Encrypted(1)).Bytes(3, "row").Bytes(4, std::string(9000, 'v'));
  EXPECT_EQ(Run(Operation::kBatchDecrypt, decrypt.str()).errors.at("CONTEXT_TOO_LARGE"), Indices{0});
}

TEST_F(BatchVerdicts, EveryStatusHasRoomInTheResponse) {
  constexpr std::size_t kReasons = 1000;
  refusals_.clear();
  Message message = Message().Bytes(1, "k");
  for (std::size_t item = 0; item < kReasons; ++item) {
    refusals_.push_back("refusal " + std::to_string(item));
    verdicts_.push_back(FailedWith(kItemFailureNames.size() + item));
    message.Bytes(3, "p");
  }
  const BatchAnswer answer = Run(Operation::kBatchEncrypt, message.str());
  EXPECT_EQ(answer.status, Status::kOk);
  EXPECT_EQ(answer.errors.size(), kReasons);
}

TEST_F(BatchVerdicts, ThatDoNotBelongToTheRequestAreRefused) {
  const std::string request = Decrypting(Encrypted(2)).str();
  const std::string data_keys = Message().Bytes(1, "k").Varint(4, 16).Varint(5, 1).str();
  const std::vector<Bytes> statuses(kItemFailureNames.size() + 1);
  const std::array<KeyChoice, 1> keys = {{{.handle = handle_, .refusal = 0}}};
  Vector out(4096);
  const auto run = [&](Operation operation, std::vector<ItemOutcome> verdicts) {
    const bool opens = operation == Operation::kBatchDecrypt;
    const DecidedBatch batch = {.operation = operation,
                                .request = AsBytes(opens ? request : data_keys),
                                .sealing = opens ? crypto::kNoHandle : handle_,
                                .materials = std::span(keys).first(opens ? 1 : 0),
                                .key_arn = AsBytes(arn_),
                                .statuses = statuses,
                                .verdicts = verdicts,
                                .out = out};
    const Status status = RunBatch(plane_, batch).status;
    std::unique_ptr<BatchJob> job;
    EXPECT_EQ(BatchJob::Make(plane_, batch, job), Status::kOk);
    std::ranges::fill(verdicts, kDeniedToo);  // the job has a copy
    job->Run(plane_.scratch, plane_.batch);
    EXPECT_EQ(job->outcome().status, status);
    return status;
  };
  EXPECT_EQ(run(Operation::kBatchDecrypt, {0, kDenied}), Status::kOk);
  EXPECT_EQ(run(Operation::kBatchDecrypt, {}), Status::kOk);
  EXPECT_EQ(run(Operation::kBatchDecrypt, {0}), Status::kInvalidArgument) << "fewer than items";
  EXPECT_EQ(run(Operation::kBatchDecrypt, {0, 0, 0}), Status::kInvalidArgument) << "more than items";
  EXPECT_EQ(run(Operation::kBatchDecrypt, {0, kDeniedToo}), Status::kInvalidArgument) << "no such slot";
  EXPECT_EQ(run(Operation::kBatchDecrypt, {UINT16_MAX, 0}), Status::kInvalidArgument) << "no such slot";
  EXPECT_EQ(run(Operation::kBatchGenerateDataKey, {0}), Status::kInvalidArgument)
      << "data keys have no context of their own";
  EXPECT_EQ(run(Operation::kBatchGenerateDataKey, {}), Status::kOk);
}

}  // namespace
}  // namespace latchkey::data_plane
