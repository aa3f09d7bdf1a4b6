// What native tests share.
#pragma once

#include <gtest/gtest.h>
#include <stdlib.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "native/crypto/key_table.h"
#include "native/crypto/status.h"

namespace latchkey {

inline void PrintTo(Status status, std::ostream* out) { *out << StatusName(status); }

namespace testing_support {

using Vector = std::vector<std::uint8_t>;

inline Vector FromHex(std::string_view hex) {
  Vector bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2) {
    bytes.push_back(static_cast<std::uint8_t>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16)));
  }
  return bytes;
}

template <typename Range>
Vector ToVector(const Range& range) {
  return Vector(range.begin(), range.end());
}

// A directory of its own, 0700, removed at the end.
class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string pattern = (std::filesystem::temp_directory_path() / "latchkey-XXXXXX").string();
    path_ = mkdtemp(pattern.data()) == nullptr ? "" : pattern;
  }
  ~TemporaryDirectory() { std::filesystem::remove_all(path_); }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  TemporaryDirectory(TemporaryDirectory&&) = delete;
  TemporaryDirectory& operator=(TemporaryDirectory&&) = delete;

  [[nodiscard]] std::string path() const { return path_; }
  [[nodiscard]] std::string at(const std::string& name) const { return path_ + "/" + name; }

 private:
  std::string path_;
};

struct Material {
  crypto::MaterialId id;
  crypto::StoredMaterial stored;
};

// A table with a root key and one domain key, and material made on demand.
struct TableWithKeys {
  explicit TableWithKeys(std::size_t capacity) : table(capacity) {
    const crypto::RootKeyPath path = {.directory = secrets.at("secrets"), .name = "root.key"};
    bool created = false;
    EXPECT_EQ(crypto::CreateRootKeyFile(path, table.arena(), created), Status::kOk);
    EXPECT_EQ(table.keyring().OpenRootKey(path, root_id), Status::kOk);
    EXPECT_EQ(table.keyring().CreateDomainKey(domain_id, stored_domain), Status::kOk);
  }

  Material Generate() {
    Material material{};
    EXPECT_EQ(table.keyring().GenerateMaterial(domain_id, owner, material.id, material.stored), Status::kOk);
    return material;
  }
  crypto::BackingKeyTable::Added Load(const Material& material) {
    crypto::BackingKeyTable::Added added{};
    EXPECT_EQ(table.LoadMaterial({.owner = owner, .id = material.id}, material.stored, added), Status::kOk);
    return added;
  }

  TemporaryDirectory secrets;
  crypto::KeyTable table;
  crypto::MaterialOwner owner = {.key_id = {1, 2, 3}, .key_spec = "SYMMETRIC_DEFAULT"};
  crypto::KeyId root_id{};
  crypto::KeyId domain_id{};
  crypto::StoredDomainKey stored_domain{};
};

}  // namespace testing_support
}  // namespace latchkey
