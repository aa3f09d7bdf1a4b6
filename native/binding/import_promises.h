#pragma once

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "native/crypto/import_jobs.h"
#include "native/crypto/import_thread.h"
#include "native/crypto/keyring.h"

namespace latchkey::binding {

class KeyTableObject;

// The promises of a KeyTable's import jobs. Everything here runs on the JavaScript thread but the thread's delivery,
// which only puts the job into Node's queue (a thread-safe function). While a promise is pending the KeyTable is kept
// alive and so is the event loop. When Node ends this environment, a cleanup hook joins the thread first.
class ImportPromises {
 public:
  ImportPromises(KeyTableObject& owner, crypto::Keyring& keyring);
  ~ImportPromises() { End(); }
  ImportPromises(const ImportPromises&) = delete;
  ImportPromises& operator=(const ImportPromises&) = delete;
  ImportPromises(ImportPromises&&) = delete;
  ImportPromises& operator=(ImportPromises&&) = delete;

  // Answers a promise of the job's result, or one that is already rejected.
  Napi::Value Start(Napi::Env env, crypto::ImportThread::Job job);
  // Rejects what has not begun.
  void RejectWaiting();

 private:
  static void CleanUp(void* self);
  static void Receive(napi_env env, napi_value callback, void* self, void* job);

  void Deliver(crypto::ImportThread::Job job) const;
  Status Open(Napi::Env env);
  void End();
  void Settle(Napi::Env env, crypto::ImportJob& job, Status status);

  KeyTableObject* owner_;
  crypto::Keyring* keyring_;
  napi_env env_ = nullptr;  // while the queue is open
  napi_threadsafe_function queue_ = nullptr;
  std::uint64_t last_ticket_ = 0;
  std::unordered_map<std::uint64_t, Napi::Promise::Deferred> pending_;
  crypto::ImportThread thread_;  // ends before what it delivers to
};

// A promise rejected with the Error of Throw.
Napi::Value Rejected(Napi::Env env, Status status);

}  // namespace latchkey::binding
