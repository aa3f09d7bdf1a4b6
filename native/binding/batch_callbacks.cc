#include "native/binding/batch_callbacks.h"

#include <utility>

#include "native/binding/key_table_object.h"

namespace latchkey::binding {
namespace {

using data_plane::BatchJob;
using data_plane::BatchPool;

constexpr std::uint32_t kDoneIndex = 2;

std::int64_t AnswerOf(const data_plane::Outcome& outcome) {
  return outcome.status == Status::kOk ? static_cast<std::int64_t>(outcome.size)
                                       : -static_cast<std::int64_t>(outcome.status);
}

void Call(napi_env env, napi_value done, std::int64_t number) {
  napi_value self = nullptr;
  napi_value answer = nullptr;
  napi_get_undefined(env, &self);
  napi_create_int64(env, number, &answer);
  // What it throws is an uncaught exception of the queue's.
  napi_call_function(env, self, done, 1, &answer, nullptr);
}

}  // namespace

BatchCallbacks::BatchCallbacks(KeyTableObject& owner, data_plane::DataPlane& plane)
    : owner_(&owner),
      plane_(&plane),
      pool_(BatchPool::UsefulThreads(), plane.scratch.size(), [this](BatchPool::Job job) { Deliver(std::move(job)); }) {
}

Status BatchCallbacks::Start(napi_env env, const data_plane::DecidedBatch& batch, const Values& values) {
  BatchPool::Job job;
  Status status = BatchJob::Make(*plane_, batch, job);
  if (status == Status::kOk) status = Open(env);
  const std::uint64_t ticket = ++last_ticket_;
  if (status == Status::kOk) status = Keep(env, values, ticket);
  if (status != Status::kOk) return status;

  const std::size_t contexts = job->contexts();
  job->ticket = ticket;
  status = pool_.Add(std::move(job));
  if (status != Status::kOk) {
    napi_delete_reference(env, std::exchange(pending_[ticket], nullptr));
    pending_.erase(ticket);
    return status;
  }
  contexts_ += contexts;
  if (pending_.size() > 1) return Status::kOk;
  owner_->Ref();
  napi_ref_threadsafe_function(env, queue_);
  return Status::kOk;
}

void BatchCallbacks::FailWaiting() {
  for (BatchPool::Job& job : pool_.TakeWaiting()) {
    job->Fail(Status::kMemoryWiped);
    Deliver(std::move(job));
  }
}

// On any thread. A queue that no longer takes anything is one whose environment ends.
void BatchCallbacks::Deliver(BatchPool::Job job) const {
  if (napi_call_threadsafe_function(queue_, job.get(), napi_tsfn_nonblocking) == napi_ok) {
    static_cast<void>(job.release());
  }
}

void BatchCallbacks::Receive(napi_env env, napi_value /*callback*/, void* self, void* job) {
  const BatchPool::Job owned(static_cast<BatchJob*>(job));
  // Without an environment the queue is being emptied, and this object may be gone.
  if (env == nullptr) return;
  static_cast<BatchCallbacks*>(self)->Settle(env, *owned);
}

void BatchCallbacks::Settle(napi_env env, const BatchJob& job) {
  const auto place = pending_.find(job.ticket);
  if (place == pending_.end()) return;
  const napi_ref kept = place->second;
  pending_.erase(place);
  contexts_ -= job.contexts();
  job.Merge(*plane_);

  const Napi::HandleScope scope(env);
  napi_value values = nullptr;
  napi_value done = nullptr;
  napi_get_reference_value(env, kept, &values);
  napi_get_element(env, values, kDoneIndex, &done);
  napi_delete_reference(env, kept);
  if (pending_.empty()) {
    napi_unref_threadsafe_function(env, queue_);
    owner_->Unref();
  }
  // Last: it may start another batch, or close the table.
  Call(env, done, AnswerOf(job.outcome()));
}

// One reference for all three: each costs as much as a short batch.
Status BatchCallbacks::Keep(napi_env env, const Values& values, std::uint64_t ticket) {
  napi_value list = nullptr;
  napi_ref kept = nullptr;
  if (napi_create_array_with_length(env, 3, &list) != napi_ok ||
      napi_set_element(env, list, 0, values.request) != napi_ok ||
      napi_set_element(env, list, 1, values.out) != napi_ok ||
      napi_set_element(env, list, kDoneIndex, values.done) != napi_ok ||
      napi_create_reference(env, list, 1, &kept) != napi_ok) {
    return Status::kOutOfMemory;
  }
  pending_.emplace(ticket, kept);
  return Status::kOk;
}

// The hook is added after the queue, whose own hook therefore runs later: the threads have ended by then.
Status BatchCallbacks::Open(napi_env env) {
  if (queue_ != nullptr) return env_ == nullptr ? Status::kBatchBusy : Status::kOk;
  const napi_value name = Napi::String::New(env, "latchkey batches");
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, Receive, &queue_) !=
      napi_ok) {
    return Status::kOutOfMemory;
  }
  napi_unref_threadsafe_function(env, queue_);
  napi_add_env_cleanup_hook(env, CleanUp, this);
  env_ = env;
  return Status::kOk;
}

void BatchCallbacks::CleanUp(void* self) {
  auto* callbacks = static_cast<BatchCallbacks*>(self);
  callbacks->pool_.Stop();
  for (const auto& [ticket, kept] : std::exchange(callbacks->pending_, {})) {
    napi_delete_reference(callbacks->env_, kept);
  }
  napi_release_threadsafe_function(callbacks->queue_, napi_tsfn_abort);
  callbacks->env_ = nullptr;
}

void BatchCallbacks::End() {
  if (env_ == nullptr) return;
  napi_remove_env_cleanup_hook(env_, CleanUp, this);
  CleanUp(this);
}

}  // namespace latchkey::binding
