#include "native/data_plane/batch_pool.h"

#include <sched.h>

#include <algorithm>
#include <utility>

#include "native/crypto/private_pages.h"

namespace latchkey::data_plane {

std::size_t BatchPool::UsefulThreads() {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return 1;
  return std::clamp<std::size_t>(static_cast<std::size_t>(CPU_COUNT(&allowed)), 1, kMaxThreads);
}

Status BatchPool::Add(Job job) {
  if (const Status status = StartThreads(); status != Status::kOk) return status;
  {
    const std::lock_guard lock(mutex_);
    if (stop_ || waiting_.size() == kMaxWaiting) return Status::kBatchBusy;
    waiting_.push_back(std::move(job));
  }
  changed_.notify_one();
  return Status::kOk;
}

std::vector<BatchPool::Job> BatchPool::TakeWaiting() {
  std::vector<Job> taken;
  const std::lock_guard lock(mutex_);
  for (Job& job : waiting_) taken.push_back(std::move(job));
  waiting_.clear();
  return taken;
}

void BatchPool::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    waiting_.clear();
  }
  changed_.notify_all();
  for (const pthread_t thread : std::exchange(threads_, {})) pthread_join(thread, nullptr);
}

// Fewer threads than there might be are enough; none is not.
Status BatchPool::StartThreads() {
  if (!threads_.empty()) return Status::kOk;
  for (std::size_t count = 0; count < thread_count_; ++count) {
    pthread_t thread{};
    if (pthread_create(&thread, nullptr, Main, this) != 0) break;
    threads_.push_back(thread);
  }
  return threads_.empty() ? Status::kOutOfMemory : Status::kOk;
}

void* BatchPool::Main(void* self) {
  // As top, perf and gdb show it.
  pthread_setname_np(pthread_self(), "latchkey-batch");
  static_cast<BatchPool*>(self)->RunJobs();
  return nullptr;
}

void BatchPool::RunJobs() {
  const crypto::PrivatePages scratch(scratch_bytes_, crypto::PrivatePages::Lock::kNo);
  const auto workspace = std::make_unique<BatchWorkspace>();
  while (Job job = Next()) {
    if (scratch.mapped()) {
      job->Run(scratch.bytes(), *workspace);
    } else {
      job->Fail(Status::kOutOfMemory);
    }
    deliver_(std::move(job));
  }
}

BatchPool::Job BatchPool::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stop_ || !waiting_.empty(); });
  if (stop_) return nullptr;
  Job job = std::move(waiting_.front());
  waiting_.pop_front();
  return job;
}

}  // namespace latchkey::data_plane
