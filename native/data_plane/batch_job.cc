#include "native/data_plane/batch_job.h"

#include <algorithm>
#include <utility>

namespace latchkey::data_plane {
namespace {

std::size_t CountKeys(const DecidedBatch& batch) {
  const auto has_key = [](const KeyChoice& choice) { return choice.handle != crypto::kNoHandle; };
  const auto opening = static_cast<std::size_t>(std::ranges::count_if(batch.materials, has_key));
  return opening + (batch.sealing == crypto::kNoHandle ? 0 : 1);
}

}  // namespace

Status BatchJob::Make(DataPlane& plane, const DecidedBatch& batch, std::unique_ptr<BatchJob>& job) {
  if (!IsBatch(batch.operation)) return Status::kInvalidArgument;
  ++plane.counts[static_cast<std::size_t>(batch.operation)].calls;
  std::unique_ptr<BatchJob> made(new BatchJob(plane, batch));
  if (!made->arena_.mapped()) return Status::kOutOfMemory;
  if (const Status status = made->CopyKeys(plane.keys, batch); status != Status::kOk) return status;
  job = std::move(made);
  return Status::kOk;
}

BatchJob::BatchJob(const DataPlane& plane, const DecidedBatch& batch)
    : operation_(batch.operation),
      request_(batch.request),
      out_(batch.out),
      limits_(plane.limits),
      verdicts_(batch.verdicts.begin(), batch.verdicts.end()),
      contexts_(CountKeys(batch)),
      arena_(contexts_) {
  texts_.assign(batch.key_arn.begin(), batch.key_arn.end());
  for (const Bytes status : batch.statuses) texts_.insert(texts_.end(), status.begin(), status.end());
  Bytes rest = texts_;
  const auto take = [&rest](std::size_t size) { return std::exchange(rest, rest.subspan(size)).first(size); };
  key_arn_ = take(batch.key_arn.size());
  for (const Bytes status : batch.statuses) statuses_.push_back(take(status.size()));
}

Status BatchJob::CopyKeys(crypto::BackingKeyTable& keys, const DecidedBatch& batch) {
  copies_.reserve(contexts_);  // borrowed by what follows
  if (batch.sealing != crypto::kNoHandle) {
    if (const Status status = CopyKey(keys, batch.sealing, sealing_); status != Status::kOk) return status;
  }
  materials_.resize(batch.materials.size());
  for (std::size_t number = 0; number < materials_.size(); ++number) {
    const KeyChoice& choice = batch.materials[number];
    materials_[number].refusal = choice.refusal;
    if (choice.handle == crypto::kNoHandle) continue;
    if (const Status status = CopyKey(keys, choice.handle, materials_[number]); status != Status::kOk) return status;
  }
  return Status::kOk;
}

Status BatchJob::CopyKey(crypto::BackingKeyTable& keys, Handle handle, BatchKey& key) {
  const crypto::BackingKey* original = nullptr;
  if (const Status status = keys.Use(handle, original); status != Status::kOk) return status;
  crypto::BackingKey& copy = copies_.emplace_back();
  copy.handle = original->handle;
  copy.material_id = original->material_id;
  key.key = &copy;
  return original->key.Copy(arena_, copy.key);
}

void BatchJob::Run(MutableBytes scratch, BatchWorkspace& workspace) {
  outcome_ = RunBatch({.operation = operation_,
                       .request = request_,
                       .limits = limits_,
                       .sealing = &sealing_,
                       .materials = materials_,
                       .key_arn = key_arn_,
                       .statuses = statuses_,
                       .verdicts = verdicts_,
                       .out = out_,
                       .scratch = scratch,
                       .workspace = workspace},
                      counts_);
  if (outcome_.status == Status::kOk) KeepUses();
  ForgetKeys();
}

void BatchJob::Fail(Status status) {
  outcome_ = Failed(status);
  ForgetKeys();
}

void BatchJob::KeepUses() {
  uses_.reserve(copies_.size());
  if (sealing_.key != nullptr) uses_.emplace_back(sealing_.key->material_id, sealing_.Uses());
  for (const BatchKey& material : materials_) {
    if (material.key != nullptr) uses_.emplace_back(material.key->material_id, material.Uses());
  }
}

void BatchJob::ForgetKeys() {
  sealing_.key = nullptr;
  for (BatchKey& material : materials_) material.key = nullptr;
  copies_.clear();
}

void BatchJob::Merge(DataPlane& plane) const {
  OperationCounts& counts = plane.counts[static_cast<std::size_t>(operation_)];
  counts.plaintext_bytes += counts_.plaintext_bytes;
  counts.ciphertext_bytes += counts_.ciphertext_bytes;
  counts.cipher_nanoseconds += counts_.cipher_nanoseconds;
  counts.items += counts_.items;
  counts.failed_items += counts_.failed_items;
  for (const auto& [material_id, uses] : uses_) plane.keys.CountUses(material_id, uses);
}

}  // namespace latchkey::data_plane
