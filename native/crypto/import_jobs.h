// The two slow steps of import, each as a job of three parts: what the keys are needed for happens on the thread that
// owns the keyring, before and after; in between `Run` works on another thread, with what the job owns and nothing
// else.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "native/crypto/import_token.h"
#include "native/crypto/keyring.h"
#include "native/crypto/secret_pages.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

// Makes the RSA key pair of an import token.
class KeyPairGeneration {
 public:
  KeyPairGeneration(const KeyId& import_key_id, const KeyId& key_id, const ImportTokenFields& fields)
      : import_key_id_(import_key_id), key_id_(key_id), fields_(fields) {}

  // Draws the token's id. kImportTokenRefused when the import key is not there.
  Status Prepare(const Keyring& keyring);
  Status Run(const std::atomic<bool>& stop);
  // Seals the token. kImportTokenRefused when the import key is no longer there.
  Status Finish(const Keyring& keyring);

  [[nodiscard]] const TokenId& token_id() const { return fields_.token_id; }
  [[nodiscard]] const std::vector<std::uint8_t>& token() const { return token_; }
  [[nodiscard]] const std::vector<std::uint8_t>& public_key() const { return public_key_; }

 private:
  KeyId import_key_id_;
  KeyId key_id_;
  ImportTokenFields fields_;
  ImportTokenContent content_;
  std::vector<std::uint8_t> public_key_;
  std::vector<std::uint8_t> token_;
};

struct UnwrapOrder {
  KeyId key_id;
  KeyId domain_key_id;
  std::string key_spec;
  Bytes token;    // borrowed by Prepare
  Bytes wrapped;  // borrowed by Prepare
};

// Unwraps material with the private key of a token and wraps it under a domain key.
class MaterialUnwrapping {
 public:
  explicit MaterialUnwrapping(const UnwrapOrder& order) : order_(order) {}

  // Opens the token and copies what Run needs. kImportTokenRefused, kNoSuchDomainKey.
  Status Prepare(const Keyring& keyring);
  Status Run(const std::atomic<bool>& stop);
  // kImportUnwrapFailed when the material did not come out, and only after all the work. kNoSuchDomainKey.
  Status Finish(Keyring& keyring);

  [[nodiscard]] const MaterialId& id() const { return id_; }
  [[nodiscard]] const StoredMaterial& stored() const { return stored_; }

 private:
  [[nodiscard]] MutableKey material() const { return material_.bytes().first<kKeyBytes>(); }

  UnwrapOrder order_;
  ImportTokenFields fields_{};
  ImportTokenContent content_;
  std::vector<std::uint8_t> wrapped_;
  SecretPages material_{kKeyBytes};
  bool unwrapped_ = false;
  MaterialId id_{};
  StoredMaterial stored_{};
};

struct ImportJob {
  using Work = std::variant<KeyPairGeneration, MaterialUnwrapping>;

  template <typename Kind, typename... Arguments>
  explicit ImportJob(std::in_place_type_t<Kind> kind, const Arguments&... arguments) : work(kind, arguments...) {}

  std::uint64_t ticket = 0;  // for whoever waits
  Work work;
  Status status = Status::kImportBusy;  // of Run
};

}  // namespace latchkey::crypto
