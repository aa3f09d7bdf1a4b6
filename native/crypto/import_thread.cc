#include "native/crypto/import_thread.h"

#include <utility>

namespace latchkey::crypto {

Status ImportThread::Add(Job job) {
  if (stop_) return Status::kImportBusy;
  if (!started_ && pthread_create(&thread_, nullptr, Main, this) != 0) return Status::kOutOfMemory;
  started_ = true;
  {
    const std::lock_guard lock(mutex_);
    std::deque<Job>& waiting = waiting_[job->work.index()];
    if (waiting.size() == kMaxWaiting) return Status::kImportBusy;
    waiting.push_back(std::move(job));
  }
  changed_.notify_one();
  return Status::kOk;
}

std::vector<ImportThread::Job> ImportThread::TakeWaiting() {
  std::vector<Job> taken;
  const std::lock_guard lock(mutex_);
  for (std::deque<Job>& waiting : waiting_) {
    for (Job& job : waiting) taken.push_back(std::move(job));
    waiting.clear();
  }
  return taken;
}

void ImportThread::Stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    for (std::deque<Job>& waiting : waiting_) waiting.clear();
  }
  changed_.notify_one();
  if (std::exchange(started_, false)) pthread_join(thread_, nullptr);
}

void* ImportThread::Main(void* self) {
  static_cast<ImportThread*>(self)->RunJobs();
  return nullptr;
}

void ImportThread::RunJobs() {
  while (Job job = Next()) {
    job->status = std::visit([this](auto& work) { return work.Run(stop_); }, job->work);
    deliver_(std::move(job));
  }
}

ImportThread::Job ImportThread::Next() {
  std::unique_lock lock(mutex_);
  // Unwrapping is the later alternative of ImportJob::Work.
  for (;; changed_.wait(lock)) {
    if (stop_) return nullptr;
    for (std::size_t kind = waiting_.size(); kind > 0; --kind) {
      std::deque<Job>& waiting = waiting_[kind - 1];
      if (waiting.empty()) continue;
      Job job = std::move(waiting.front());
      waiting.pop_front();
      return job;
    }
  }
}

}  // namespace latchkey::crypto
