// Files and directories that belong to this process's user alone. Links are never followed in the last component, and
// what is checked is what was opened. All failures are of the kRootKey… family: the root key is the only such file.
#pragma once

#include <string>

#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int number) : number_(number) {}
  ~FileDescriptor();
  FileDescriptor(FileDescriptor&& other) noexcept : number_(other.number_) { other.number_ = -1; }
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  [[nodiscard]] bool open() const { return number_ >= 0; }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_ = -1;
};

// Makes the directory with mode 0700, and its entry in its parent durable. kOk also when there is one.
Status CreatePrivateDirectory(const std::string& path);

// kRootKeyMissing when there is none; kRootKeyUnsafe for a link, no directory, another owner, or any right of others.
Status OpenPrivateDirectory(const std::string& path, FileDescriptor& directory);

// Opens a regular file for reading; failures as above.
Status OpenPrivateFile(const FileDescriptor& directory, const std::string& name, FileDescriptor& file);

// Reads until `bytes` is full or the file ends.
Status ReadUpTo(const FileDescriptor& file, MutableBytes bytes, std::size_t& length);

// Creates the file with mode 0600 and this content, durable on kOk. A crash leaves it whole or absent. When the name is
// taken, `created` is false and nothing changed.
Status WritePrivateFileOnce(const FileDescriptor& directory, const std::string& name, Bytes content, bool& created);

}  // namespace latchkey::crypto
