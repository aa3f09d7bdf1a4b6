#include "native/crypto/import_thread.h"

#include <semaphore>

#include "test/native/crypto/import_fixture.h"

namespace latchkey::crypto {
namespace {

using testing_support::RandomBytes;
using testing_support::TableForImport;
using testing_support::Token;
using testing_support::Vector;

class ImportThreadTest : public testing::Test {
 protected:
  ImportThread::Job Generation(unsigned bits) {
    ImportTokenFields fields = keys.Fields(ImportWrapping::kRsaesOaepSha256);
    fields.wrapping_key_bits = static_cast<std::uint16_t>(bits);
    auto job =
        std::make_unique<ImportJob>(std::in_place_type<KeyPairGeneration>, keys.import_id, keys.owner.key_id, fields);
    EXPECT_EQ(std::get<KeyPairGeneration>(job->work).Prepare(keys.table.keyring()), Status::kOk);
    return job;
  }
  ImportThread::Job Unwrapping(const Vector& token, const Vector& wrapped) {
    auto job = std::make_unique<ImportJob>(std::in_place_type<MaterialUnwrapping>, keys.Order(token, wrapped));
    EXPECT_EQ(std::get<MaterialUnwrapping>(job->work).Prepare(keys.table.keyring()), Status::kOk);
    return job;
  }
  void Deliver(ImportThread::Job job) {
    {
      const std::lock_guard lock(mutex);
      delivered.push_back(std::move(job));
    }
    count.release();
  }
  ImportThread::Job Received() {
    count.acquire();
    const std::lock_guard lock(mutex);
    ImportThread::Job job = std::move(delivered.front());
    delivered.pop_front();
    return job;
  }

  TableForImport keys;
  std::mutex mutex;
  std::deque<ImportThread::Job> delivered;
  std::counting_semaphore<64> count{0};
  ImportThread thread{[this](ImportThread::Job job) { Deliver(std::move(job)); }};
};

TEST_F(ImportThreadTest, GeneratesAndUnwraps) {
  ASSERT_EQ(thread.Add(Generation(2048)), Status::kOk);
  const ImportThread::Job generated = Received();
  ASSERT_EQ(generated->status, Status::kOk);
  auto& generation = std::get<KeyPairGeneration>(generated->work);
  ASSERT_EQ(generation.Finish(keys.table.keyring()), Status::kOk);

  const Vector wrapped =
      testing_support::WrapFor(generation.public_key(), ImportWrapping::kRsaesOaepSha256, RandomBytes(kKeyBytes));
  ASSERT_EQ(thread.Add(Unwrapping(generation.token(), wrapped)), Status::kOk);
  const ImportThread::Job unwrapped = Received();
  ASSERT_EQ(unwrapped->status, Status::kOk);
  EXPECT_EQ(std::get<MaterialUnwrapping>(unwrapped->work).Finish(keys.table.keyring()), Status::kOk);
}

TEST_F(ImportThreadTest, UnwrapsBeforeItGenerates) {
  const Token token = keys.MakeToken(ImportWrapping::kRsaesOaepSha256);
  const Vector wrapped = testing_support::WrapFor(token.public_key, ImportWrapping::kRsaesOaepSha256, RandomBytes(32));
  for (int i = 0; i < 3; ++i) ASSERT_EQ(thread.Add(Generation(2048)), Status::kOk);
  ASSERT_EQ(thread.Add(Unwrapping(token.token, wrapped)), Status::kOk);
  std::size_t place = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    if (std::holds_alternative<MaterialUnwrapping>(Received()->work)) place = i;
  }
  // At most one generation had begun, unless this thread slept for as long as they take.
  EXPECT_LT(place, 3U);
}

TEST_F(ImportThreadTest, RefusesWhenTooManyWait) {
  std::size_t accepted = 0;
  Status last = Status::kOk;
  for (; last == Status::kOk && accepted < 100; ++accepted) last = thread.Add(Generation(4096));
  EXPECT_EQ(last, Status::kImportBusy);
  EXPECT_GE(accepted, ImportThread::kMaxWaiting);
  EXPECT_EQ(thread.TakeWaiting().size(), ImportThread::kMaxWaiting);
  EXPECT_TRUE(thread.TakeWaiting().empty());
}

// The table may be closed while its jobs run: they own all they touch, and are refused when they are done.
TEST_F(ImportThreadTest, JobsOutliveTheirKeys) {
  const Token token = keys.MakeToken(ImportWrapping::kRsaesOaepSha256);
  const Vector wrapped = testing_support::WrapFor(token.public_key, ImportWrapping::kRsaesOaepSha256, RandomBytes(32));
  ASSERT_EQ(thread.Add(Generation(2048)), Status::kOk);
  ASSERT_EQ(thread.Add(Unwrapping(token.token, wrapped)), Status::kOk);
  keys.table.Forget();
  for (int i = 0; i < 2; ++i) {
    const ImportThread::Job job = Received();
    EXPECT_EQ(job->status, Status::kOk);
    const Status finished = std::visit([this](auto& work) { return work.Finish(keys.table.keyring()); }, job->work);
    const bool unwraps = std::holds_alternative<MaterialUnwrapping>(job->work);
    EXPECT_EQ(finished, unwraps ? Status::kNoSuchDomainKey : Status::kImportTokenRefused);
  }
}

TEST_F(ImportThreadTest, StoppingInterruptsAndDrops) {
  for (int i = 0; i < 8; ++i) ASSERT_EQ(thread.Add(Generation(4096)), Status::kOk);
  thread.Stop();
  thread.Stop();
  EXPECT_LE(delivered.size(), 2U);
  EXPECT_EQ(thread.Add(Generation(2048)), Status::kImportBusy);
}

TEST_F(ImportThreadTest, AnInterruptedGenerationFails) {
  const std::atomic<bool> stop = true;
  ImportThread::Job job = Generation(4096);
  EXPECT_EQ(std::get<KeyPairGeneration>(job->work).Run(stop), Status::kOpensslFailed);
}

}  // namespace
}  // namespace latchkey::crypto
