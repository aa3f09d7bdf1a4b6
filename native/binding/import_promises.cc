#include "native/binding/import_promises.h"

#include <utility>
#include <vector>

#include "native/binding/key_table_object.h"
#include "native/binding/native_error.h"
#include "native/binding/results.h"

namespace latchkey::binding {
namespace {

using crypto::ImportThread;

Napi::Value ResultOf(Napi::Env env, const crypto::KeyPairGeneration& work) {
  const Napi::Object answer = Napi::Object::New(env);
  answer.Set("tokenId", NewBuffer(env, work.token_id()));
  answer.Set("token", NewBuffer(env, work.token()));
  answer.Set("publicKey", NewBuffer(env, work.public_key()));
  return answer;
}

Napi::Value ResultOf(Napi::Env env, const crypto::MaterialUnwrapping& work) {
  return IdAndStored(env, work.id(), work.stored());
}

}  // namespace

ImportPromises::ImportPromises(KeyTableObject& owner, crypto::Keyring& keyring)
    : owner_(&owner), keyring_(&keyring), thread_([this](ImportThread::Job job) { Deliver(std::move(job)); }) {}

Napi::Value ImportPromises::Start(Napi::Env env, ImportThread::Job job) {
  Status status = std::visit([this](auto& work) { return work.Prepare(*keyring_); }, job->work);
  if (status == Status::kOk) status = Open(env);
  job->ticket = ++last_ticket_;
  if (status == Status::kOk) status = thread_.Add(std::move(job));
  if (status != Status::kOk) return Rejected(env, status);

  if (pending_.empty()) {
    owner_->Ref();
    napi_ref_threadsafe_function(env, queue_);
  }
  const auto deferred = Napi::Promise::Deferred::New(env);
  pending_.emplace(last_ticket_, deferred);
  return deferred.Promise();
}

void ImportPromises::RejectWaiting() {
  for (const ImportThread::Job& job : thread_.TakeWaiting()) Settle(env_, *job, Status::kImportTokenRefused);
}

// On the import thread. A queue that no longer takes anything is one whose environment ends.
void ImportPromises::Deliver(ImportThread::Job job) const {
  if (napi_call_threadsafe_function(queue_, job.get(), napi_tsfn_nonblocking) == napi_ok) {
    static_cast<void>(job.release());
  }
}

void ImportPromises::Receive(napi_env env, napi_value /*callback*/, void* self, void* job) {
  const ImportThread::Job owned(static_cast<crypto::ImportJob*>(job));
  // Without an environment the queue is being emptied, and this object may be gone.
  if (env == nullptr) return;
  static_cast<ImportPromises*>(self)->Settle(env, *owned, owned->status);
}

void ImportPromises::Settle(Napi::Env env, crypto::ImportJob& job, Status status) {
  const auto place = pending_.find(job.ticket);
  if (place == pending_.end()) return;
  const Napi::Promise::Deferred deferred = place->second;
  pending_.erase(place);
  const Napi::HandleScope scope(env);
  if (status == Status::kOk) status = std::visit([this](auto& work) { return work.Finish(*keyring_); }, job.work);
  if (status == Status::kOk) {
    deferred.Resolve(std::visit([env](const auto& work) { return ResultOf(env, work); }, job.work));
  } else {
    deferred.Reject(NewError(env, status).Value());
  }
  if (!pending_.empty()) return;
  napi_unref_threadsafe_function(env, queue_);
  owner_->Unref();
}

// The hook is added after the queue, whose own hook therefore runs later: the thread has ended by then.
Status ImportPromises::Open(Napi::Env env) {
  if (queue_ != nullptr) return Status::kOk;
  const napi_value name = Napi::String::New(env, "latchkey import");
  if (napi_create_threadsafe_function(env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, this, Receive, &queue_) !=
      napi_ok) {
    return Status::kOutOfMemory;
  }
  napi_unref_threadsafe_function(env, queue_);
  napi_add_env_cleanup_hook(env, CleanUp, this);
  env_ = env;
  return Status::kOk;
}

void ImportPromises::CleanUp(void* self) {
  auto* promises = static_cast<ImportPromises*>(self);
  promises->thread_.Stop();
  napi_release_threadsafe_function(promises->queue_, napi_tsfn_abort);
  promises->env_ = nullptr;
}

void ImportPromises::End() {
  if (env_ == nullptr) return;
  napi_remove_env_cleanup_hook(env_, CleanUp, this);
  CleanUp(this);
}

Napi::Value Rejected(Napi::Env env, Status status) {
  const auto deferred = Napi::Promise::Deferred::New(env);
  deferred.Reject(NewError(env, status).Value());
  return deferred.Promise();
}

}  // namespace latchkey::binding
