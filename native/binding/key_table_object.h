#pragma once

#include <napi.h>

#include <memory>
#include <string_view>

#include "native/binding/batch_callbacks.h"
#include "native/binding/import_promises.h"
#include "native/crypto/key_table.h"
#include "native/crypto/private_pages.h"
#include "native/data_plane/data_plane.h"

namespace latchkey::binding {

// The only spec so far. Material of any other must not be used as the input key of XAES.
inline constexpr std::string_view kSymmetricDefault = "SYMMETRIC_DEFAULT";

// What a KeyTable of JavaScript owns. Destroying it wipes every key.
struct KeyTableState {
  KeyTableState(std::size_t capacity, std::size_t max_plaintext_bytes);

  crypto::KeyTable keys;
  crypto::PrivatePages scratch;
  data_plane::DataPlane plane;
};

// class KeyTable of src/crypto/native.ts: the calls that may be slow. Those that may not are in data_plane_calls.h.
class KeyTableObject : public Napi::ObjectWrap<KeyTableObject> {
 public:
  static Napi::Function Define(Napi::Env env);
  explicit KeyTableObject(const Napi::CallbackInfo& info);

  [[nodiscard]] data_plane::DataPlane& plane() { return state_->plane; }
  [[nodiscard]] BatchCallbacks& batches() { return *batches_; }

 private:
  Napi::Value CreateRootKeyFile(const Napi::CallbackInfo& info);
  Napi::Value OpenRootKeyFile(const Napi::CallbackInfo& info);
  Napi::Value CreateDomainKey(const Napi::CallbackInfo& info);
  Napi::Value LoadDomainKey(const Napi::CallbackInfo& info);
  Napi::Value GenerateMaterial(const Napi::CallbackInfo& info);
  Napi::Value LoadMaterial(const Napi::CallbackInfo& info);
  Napi::Value Evict(const Napi::CallbackInfo& info);
  Napi::Value CreateImportKey(const Napi::CallbackInfo& info);
  Napi::Value LoadImportKey(const Napi::CallbackInfo& info);
  Napi::Value EvictImportKey(const Napi::CallbackInfo& info);
  Napi::Value CreateImportToken(const Napi::CallbackInfo& info);
  Napi::Value OpenImportToken(const Napi::CallbackInfo& info);
  Napi::Value UnwrapImport(const Napi::CallbackInfo& info);
  Napi::Value DangerouslyWrapMaterial(const Napi::CallbackInfo& info);
  Napi::Value RowMac(const Napi::CallbackInfo& info);
  Napi::Value VerifyRowMac(const Napi::CallbackInfo& info);
  Napi::Value PageMac(const Napi::CallbackInfo& info);
  Napi::Value VerifyPageMac(const Napi::CallbackInfo& info);
  Napi::Value TakeUses(const Napi::CallbackInfo& info);
  Napi::Value Stats(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  Status ComputeRowMac(const Napi::CallbackInfo& info, crypto::Mac& mac);
  Status ComputePageMac(const Napi::CallbackInfo& info, crypto::Mac& mac);

  // Absent only in an object whose constructor threw.
  std::unique_ptr<KeyTableState> state_;
  // These end before the keys.
  std::unique_ptr<ImportPromises> imports_;
  std::unique_ptr<BatchCallbacks> batches_;
};

}  // namespace latchkey::binding
