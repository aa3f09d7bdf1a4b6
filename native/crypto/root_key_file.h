// The root key's file: "LKRK" || 0x01 || root key id (16) || key (32), 0600, in a directory of its own, 0700.
#pragma once

#include <string>

#include "native/crypto/key_arena.h"
#include "native/crypto/key_derivation.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

struct RootKeyPath {
  std::string directory;
  std::string name;  // one path component
};

// Creates the directory when absent and in it a file with a new root key. kOk once both are durable: temporary file,
// fsync, link, fsync of the directory. An existing file is left alone and `created` is false. kRootKeyUnsafe when the
// directory is a link, is not ours or is open to others; kRootKeyIo when the system refuses.
Status CreateRootKeyFile(const RootKeyPath& path, KeyArena& arena, bool& created);

// Leaves the key in `root_key` and its id in `id`. No link is followed; owner and modes are those of the descriptors.
// kRootKeyMissing, kRootKeyUnsafe, kRootKeyMalformed (also when the id is not the key's), kRootKeyIo.
Status OpenRootKeyFile(const RootKeyPath& path, KeyArena& arena, KeyId& id, MutableKey root_key);

}  // namespace latchkey::crypto
