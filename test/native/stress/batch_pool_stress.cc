// Batches on threads beside everything that their table's owner may do meanwhile: evictions, keys that come again,
// unary calls with the same keys. Built with ThreadSanitizer, which ends the process at the first race; every answer is
// opened and compared as well. `batch_pool_stress [seconds]`, 3 by default.

#include <algorithm>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "native/crypto/key_table.h"
#include "native/crypto/private_pages.h"
#include "native/data_plane/answer.h"
#include "native/data_plane/batch_pool.h"
#include "native/wire/protobuf_reader.h"
#include "test/native/wire/message.h"

namespace latchkey::stress {
namespace {

using crypto::Bytes;
using crypto::MutableBytes;
using data_plane::BatchPool;
using data_plane::Operation;
using wire::Message;

constexpr std::size_t kKeys = 6;
constexpr std::size_t kCapacity = 3;  // of the table: keys push each other out
constexpr std::size_t kItems = 40;
constexpr std::size_t kScratchBytes = 4096;

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "stress: %s\n", what);
  std::abort();
}

Bytes AsBytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

// Where the threads deliver to.
class Ended {
 public:
  void Put(BatchPool::Job job) {
    const std::lock_guard lock(mutex_);
    jobs_.push_back(std::move(job));
    changed_.notify_one();
  }
  BatchPool::Job Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return !jobs_.empty(); });
    BatchPool::Job job = std::move(jobs_.front());
    jobs_.pop_front();
    return job;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<BatchPool::Job> jobs_;
};

// What a pending batch borrows.
struct Pending {
  Operation operation = Operation::kBatchEncrypt;
  std::size_t key = 0;
  std::string request;
  std::vector<std::uint8_t> out;
};

std::string ItemText(std::size_t item) { return "item " + std::to_string(item); }

std::vector<std::string> Results(const Pending& batch, std::size_t size) {
  std::vector<std::string> results;
  const std::uint32_t field = batch.operation == Operation::kBatchEncrypt ? 3 : 1;
  wire::RepeatedBytes reader(Bytes(batch.out).first(size), field);
  for (Bytes value; reader.Next(value);) results.push_back(wire::ToString(value));
  return results;
}

class Stress {
 public:
  Stress() {
    Message request;
    request.Bytes(1, "k");
    for (std::size_t item = 0; item < kItems; ++item) request.Bytes(3, ItemText(item));
    encrypt_request_ = request.str();
  }

  std::size_t Run(std::chrono::seconds time) {
    const auto end = std::chrono::steady_clock::now() + time;
    std::size_t rounds = 0;
    for (; std::chrono::steady_clock::now() < end; ++rounds) Round(rounds);
    while (open_ > 0) Collect();
    return rounds;
  }

 private:
  void Round(std::size_t round) {
    const std::size_t key = round % kKeys;
    Start({.operation = Operation::kBatchEncrypt, .key = key, .request = encrypt_request_, .out = {}});
    Unary(key);
    if (round % 3 == 0) table_.Evict(HandleOf(key));
    while (open_ > 16) Collect();
  }

  // The key may have been evicted, and comes again.
  data_plane::Handle HandleOf(std::size_t key) {
    std::array<std::uint8_t, crypto::kXaesKeyBytes> input_key{};
    input_key[0] = static_cast<std::uint8_t>(key + 1);
    crypto::BackingKeyTable::Added added{};
    Require(table_.Add(IdOf(key), input_key, added) == Status::kOk, "a key is added");
    return added.handle;
  }
  static crypto::MaterialId IdOf(std::size_t key) { return {static_cast<std::uint8_t>(key + 1)}; }

  void Start(Pending batch) {
    const data_plane::Handle handle = HandleOf(batch.key);
    const bool opens = batch.operation == Operation::kBatchDecrypt;
    batch.out.resize(kItems * 200);
    const std::uint64_t ticket = ++last_ticket_;
    Pending& kept = pending_.emplace_back(std::move(batch));
    tickets_.push_back(ticket);
    const std::array<data_plane::KeyChoice, 1> keys = {{{.handle = handle, .refusal = 0}}};
    BatchPool::Job job;
    const Status made = data_plane::BatchJob::Make(plane_,
                                                   {.operation = kept.operation,
                                                    .request = AsBytes(kept.request),
                                                    .sealing = opens ? crypto::kNoHandle : handle,
                                                    .materials = std::span(keys).first(opens ? 1 : 0),
                                                    .key_arn = {},
                                                    .statuses = statuses_,
                                                    .out = kept.out},
                                                   job);
    Require(made == Status::kOk, "a job is made");
    job->ticket = ticket;
    Require(pool_.Add(std::move(job)) == Status::kOk, "a job is added");
    ++open_;
  }

  // Checks a batch that has ended; what was encrypted is decrypted by another, or here and now.
  void Collect() {
    const BatchPool::Job job = ended_.Take();
    --open_;
    job->Merge(plane_);
    Require(job->outcome().status == Status::kOk, "a batch succeeds");
    const auto place = std::ranges::find(tickets_, job->ticket) - tickets_.begin();
    const Pending batch = std::move(pending_[static_cast<std::size_t>(place)]);
    pending_.erase(pending_.begin() + place);
    tickets_.erase(tickets_.begin() + place);
    const std::vector<std::string> results = Results(batch, job->outcome().size);
    Require(results.size() == kItems, "each item has a result");
    if (batch.operation == Operation::kBatchEncrypt) {
      Message request;
      for (const std::string& blob : results) request.Bytes(1, blob);
      Start({.operation = Operation::kBatchDecrypt, .key = batch.key, .request = request.str(), .out = {}});
      return;
    }
    for (std::size_t item = 0; item < kItems; ++item) Require(results[item] == ItemText(item), "what was sealed opens");
  }

  void Unary(std::size_t key) {
    const std::string request = Message().Bytes(1, "k").Bytes(2, "p").str();
    std::vector<std::uint8_t> response;
    const auto decide = [&](const data_plane::Question& /*question*/, data_plane::Decision& decision) {
      decision.sealing = HandleOf(key);
      return Status::kOk;
    };
    const data_plane::ServiceCall call = {.operation = Operation::kEncrypt, .request = AsBytes(request)};
    Require(data_plane::Answer(plane_, call, decide, response) == Status::kOk, "a unary call succeeds");
  }

  crypto::KeyArena arena_{kCapacity + 2};
  crypto::BackingKeyTable table_{arena_, kCapacity};
  crypto::PrivatePages scratch_{kScratchBytes, crypto::PrivatePages::Lock::kNo};
  data_plane::DataPlane plane_{
      .keys = table_, .limits = {.max_plaintext_bytes = kScratchBytes}, .scratch = scratch_.bytes()};
  std::vector<Bytes> statuses_{data_plane::kItemFailureNames.size()};
  std::string encrypt_request_;

  std::uint64_t last_ticket_ = 0;
  std::size_t open_ = 0;
  std::deque<Pending> pending_;  // moves no element but on erasure, and buffers never
  std::deque<std::uint64_t> tickets_;
  Ended ended_;
  BatchPool pool_{4, kScratchBytes, [this](BatchPool::Job job) { ended_.Put(std::move(job)); }};
};

}  // namespace
}  // namespace latchkey::stress

int main(int count, char** arguments) {
  const auto seconds = std::chrono::seconds(count > 1 ? std::strtol(arguments[1], nullptr, 10) : 3);
  latchkey::stress::Stress stress;
  const std::size_t rounds = stress.Run(seconds);
  std::printf("%zu rounds without a race\n", rounds);
  return rounds > 0 ? 0 : 1;
}
