#pragma once

#include <pthread.h>

#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "native/crypto/status.h"
#include "native/data_plane/batch_job.h"

namespace latchkey::data_plane {

// Threads that run batch jobs, in the order in which they came. They start with the first job. All calls are for one
// thread, the one that owns this; only `deliver` is called on the others.
class BatchPool {
 public:
  // Jobs that wait, beside those that run.
  static constexpr std::size_t kMaxWaiting = 256;
  static constexpr std::size_t kMaxThreads = 8;

  using Job = std::unique_ptr<BatchJob>;
  // Takes a job that has ended.
  using Deliver = std::function<void(Job)>;

  // One thread for each processor that this process may use, up to kMaxThreads.
  static std::size_t UsefulThreads();

  // Each thread has `scratch_bytes` of private pages, as many as a DataPlane.
  BatchPool(std::size_t threads, std::size_t scratch_bytes, Deliver deliver)
      : thread_count_(threads), scratch_bytes_(scratch_bytes), deliver_(std::move(deliver)) {}
  ~BatchPool() { Stop(); }
  BatchPool(const BatchPool&) = delete;
  BatchPool& operator=(const BatchPool&) = delete;
  BatchPool(BatchPool&&) = delete;
  BatchPool& operator=(BatchPool&&) = delete;

  // kBatchBusy when too many wait, kOutOfMemory when there is no thread to be had.
  Status Add(Job job);
  // The jobs that have not begun; they will not run.
  std::vector<Job> TakeWaiting();
  // Drops what waits, and ends the threads before it returns, each after the job that it runs. Nothing can be added
  // afterwards.
  void Stop();

 private:
  static void* Main(void* self);
  Status StartThreads();
  void RunJobs();
  Job Next();  // null when this was stopped

  std::size_t thread_count_;
  std::size_t scratch_bytes_;
  Deliver deliver_;
  std::vector<pthread_t> threads_;
  std::mutex mutex_;  // guards what follows
  std::condition_variable changed_;
  std::deque<Job> waiting_;
  bool stop_ = false;
};

}  // namespace latchkey::data_plane
