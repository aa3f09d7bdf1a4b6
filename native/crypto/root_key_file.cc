#include "native/crypto/root_key_file.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "native/crypto/random.h"
#include "native/crypto/safe_file.h"

namespace latchkey::crypto {
namespace {

constexpr std::array<std::uint8_t, 5> kMagicAndVersion = {'L', 'K', 'R', 'K', 0x01};
constexpr std::size_t kFileBytes = kMagicAndVersion.size() + kKeyIdBytes + kKeyBytes;
static_assert(kFileBytes < ArenaSlot::kBytes);

// A NUL would end the path early for the system and not for us.
bool IsUsable(const RootKeyPath& path) {
  constexpr auto kHas = [](const std::string& text, char c) { return text.find(c) != std::string::npos; };
  return !path.directory.empty() && !kHas(path.directory, '\0') && !path.name.empty() && path.name != "." &&
         path.name != ".." && !kHas(path.name, '/') && !kHas(path.name, '\0');
}

Status MakeRootKeyImage(std::span<std::uint8_t, kFileBytes> image) {
  const auto key = image.last<kKeyBytes>();
  if (const Status status = DrawSecret(key); status != Status::kOk) return status;
  KeyId id{};
  if (const Status status = DeriveKeyId(key, id); status != Status::kOk) return status;
  std::ranges::copy(kMagicAndVersion, image.begin());
  std::ranges::copy(id, image.subspan<kMagicAndVersion.size()>().begin());
  return Status::kOk;
}

}  // namespace

Status CreateRootKeyFile(const RootKeyPath& path, KeyArena& arena, bool& created) {
  created = false;
  if (!IsUsable(path)) return Status::kInvalidArgument;
  FileDescriptor directory;
  if (const Status status = CreatePrivateDirectory(path.directory); status != Status::kOk) return status;
  if (const Status status = OpenPrivateDirectory(path.directory, directory); status != Status::kOk) return status;

  ArenaSlot slot;
  if (const Status status = arena.Allocate(slot); status != Status::kOk) return status;
  const auto image = slot.bytes().first<kFileBytes>();
  if (const Status status = MakeRootKeyImage(image); status != Status::kOk) return status;
  return WritePrivateFileOnce(directory, path.name, image, created);
}

Status OpenRootKeyFile(const RootKeyPath& path, KeyArena& arena, KeyId& id, MutableKey root_key) {
  if (!IsUsable(path)) return Status::kInvalidArgument;
  FileDescriptor directory;
  FileDescriptor file;
  if (const Status status = OpenPrivateDirectory(path.directory, directory); status != Status::kOk) return status;
  if (const Status status = OpenPrivateFile(directory, path.name, file); status != Status::kOk) return status;

  // The slot has room for more than the file should hold, so that a longer one shows.
  ArenaSlot slot;
  if (const Status status = arena.Allocate(slot); status != Status::kOk) return status;
  std::size_t length = 0;
  if (const Status status = ReadUpTo(file, slot.bytes(), length); status != Status::kOk) return status;
  const auto image = slot.bytes().first<kFileBytes>();
  if (length != kFileBytes || !std::ranges::equal(image.first<kMagicAndVersion.size()>(), kMagicAndVersion)) {
    return Status::kRootKeyMalformed;
  }

  const auto key = image.last<kKeyBytes>();
  if (const Status status = DeriveKeyId(key, id); status != Status::kOk) return status;
  if (!EqualInConstantTime(id, image.subspan<kMagicAndVersion.size(), kKeyIdBytes>())) {
    return Status::kRootKeyMalformed;
  }
  std::ranges::copy(key, root_key.begin());
  return Status::kOk;
}

}  // namespace latchkey::crypto
