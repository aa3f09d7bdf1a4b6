#pragma once

#include <pthread.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "native/crypto/import_jobs.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// One thread that runs import jobs one after another; unwrapping goes before generating, which takes seconds. It starts
// with the first job. All calls are for one thread, the one that owns this; only `deliver` is called on the other.
class ImportThread {
 public:
  // Waiting jobs of one kind, beside the one that runs.
  static constexpr std::size_t kMaxWaiting = 16;

  using Job = std::unique_ptr<ImportJob>;
  // Takes a job that has run.
  using Deliver = std::function<void(Job)>;

  explicit ImportThread(Deliver deliver) : deliver_(std::move(deliver)) {}
  ~ImportThread() { Stop(); }
  ImportThread(const ImportThread&) = delete;
  ImportThread& operator=(const ImportThread&) = delete;
  ImportThread(ImportThread&&) = delete;
  ImportThread& operator=(ImportThread&&) = delete;

  // kImportBusy when too many wait, kOutOfMemory when there is no thread to be had.
  Status Add(Job job);
  // The jobs that have not begun; they will not run.
  std::vector<Job> TakeWaiting();
  // Interrupts a generation, drops what waits, and ends the thread before it returns. Nothing can be added afterwards.
  void Stop();

 private:
  static void* Main(void* self);
  void RunJobs();
  Job Next();  // null when this was stopped

  Deliver deliver_;
  std::atomic<bool> stop_ = false;
  bool started_ = false;
  pthread_t thread_{};
  std::mutex mutex_;  // guards waiting_
  std::condition_variable changed_;
  std::array<std::deque<Job>, std::variant_size_v<ImportJob::Work>> waiting_;
};

}  // namespace latchkey::crypto
