#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "native/crypto/backing_key_table.h"
#include "native/crypto/key_arena.h"
#include "native/data_plane/batch.h"

namespace latchkey::data_plane {

// A batch that was decided and can run on any thread: it has copies of its keys, in an arena of its own, and of
// everything else but the request and the place of the response, which the caller leaves alone until it has run. One
// thread at a time owns it.
class BatchJob {
 public:
  // On the thread that owns the plane. Counts the call. Also kNoSuchHandle, kMemoryWiped, kOutOfMemory.
  static Status Make(DataPlane& plane, const DecidedBatch& batch, std::unique_ptr<BatchJob>& job);

  // Works off the batch, then wipes the keys.
  void Run(MutableBytes scratch, BatchWorkspace& workspace);
  // Ends a batch that will not run.
  void Fail(Status status);

  // Adds what was counted to the plane. On its thread, once, when the job has ended.
  void Merge(DataPlane& plane) const;
  [[nodiscard]] const Outcome& outcome() const { return outcome_; }
  // Cipher contexts that it began with.
  [[nodiscard]] std::size_t contexts() const { return contexts_; }

  std::uint64_t ticket = 0;  // the caller's own

 private:
  BatchJob(const DataPlane& plane, const DecidedBatch& batch);
  Status CopyKeys(crypto::BackingKeyTable& keys, const DecidedBatch& batch);
  Status CopyKey(crypto::BackingKeyTable& keys, Handle handle, BatchKey& key);
  void KeepUses();
  void ForgetKeys();

  Operation operation_;
  Bytes request_;
  MutableBytes out_;
  wire::RequestLimits limits_;
  std::vector<ItemOutcome> verdicts_;
  std::vector<std::uint8_t> texts_;  // the ARN and the statuses
  Bytes key_arn_;
  std::vector<Bytes> statuses_;

  std::size_t contexts_;
  crypto::KeyArena arena_;
  std::vector<crypto::BackingKey> copies_;  // in the arena
  BatchKey sealing_;
  std::vector<BatchKey> materials_;

  OperationCounts counts_;
  std::vector<std::pair<crypto::MaterialId, crypto::KeyUses>> uses_;
  Outcome outcome_ = Failed(Status::kMemoryWiped);
};

}  // namespace latchkey::data_plane
