#pragma once

#include <napi.h>

#include <cstdint>
#include <unordered_map>

#include "native/data_plane/batch_job.h"
#include "native/data_plane/batch_pool.h"

namespace latchkey::binding {

class KeyTableObject;

// The batches of a KeyTable that run on threads of its own. Everything here runs on the JavaScript thread but the
// threads' delivery, which only puts the job into Node's queue (a thread-safe function). While a batch is pending, its
// request, the place of its response and the KeyTable are kept alive, and so is the event loop. When Node ends this
// environment, a cleanup hook joins the threads first.
class BatchCallbacks {
 public:
  BatchCallbacks(KeyTableObject& owner, data_plane::DataPlane& plane);
  ~BatchCallbacks() { End(); }
  BatchCallbacks(const BatchCallbacks&) = delete;
  BatchCallbacks& operator=(const BatchCallbacks&) = delete;
  BatchCallbacks(BatchCallbacks&&) = delete;
  BatchCallbacks& operator=(BatchCallbacks&&) = delete;

  // What JavaScript gave for a batch.
  struct Values {
    napi_value request;
    napi_value out;
    napi_value done;  // function (answer: number) => void
  };
  // Calls `done` once, later, if it answers kOk, and otherwise never. kBatchBusy, and as BatchJob::Make.
  Status Start(napi_env env, const data_plane::DecidedBatch& batch, const Values& values);
  // Ends what has not begun.
  void FailWaiting();

  // Cipher contexts that pending batches have copied, at most.
  [[nodiscard]] std::size_t contexts() const { return contexts_; }

 private:
  static void CleanUp(void* self);
  static void Receive(napi_env env, napi_value callback, void* self, void* job);

  void Deliver(data_plane::BatchPool::Job job) const;
  Status Open(napi_env env);
  Status Keep(napi_env env, const Values& values, std::uint64_t ticket);
  void Settle(napi_env env, const data_plane::BatchJob& job);
  void End();

  KeyTableObject* owner_;
  data_plane::DataPlane* plane_;
  napi_env env_ = nullptr;  // while the queue is open
  napi_threadsafe_function queue_ = nullptr;
  std::uint64_t last_ticket_ = 0;
  std::size_t contexts_ = 0;
  std::unordered_map<std::uint64_t, napi_ref> pending_;  // arrays of Values
  data_plane::BatchPool pool_;                           // ends before what it delivers to
};

}  // namespace latchkey::binding
