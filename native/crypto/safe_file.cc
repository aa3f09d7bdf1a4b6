#include "native/crypto/safe_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <utility>

#include "native/crypto/random.h"

namespace latchkey::crypto {
namespace {

constexpr mode_t kRightsOfOthers = S_IRWXG | S_IRWXO;

// What open(2) failed with, as a status.
Status OpenFailure() {
  if (errno == ENOENT) return Status::kRootKeyMissing;
  if (errno == ELOOP || errno == ENOTDIR) return Status::kRootKeyUnsafe;
  return Status::kRootKeyIo;
}

Status CheckPrivate(const FileDescriptor& descriptor, mode_t type) {
  struct stat found {};
  if (fstat(descriptor.number(), &found) != 0) return Status::kRootKeyIo;
  const bool is_private =
      (found.st_mode & S_IFMT) == type && found.st_uid == geteuid() && (found.st_mode & kRightsOfOthers) == 0;
  return is_private ? Status::kOk : Status::kRootKeyUnsafe;
}

bool WriteAll(const FileDescriptor& file, Bytes content) {
  while (!content.empty()) {
    const ssize_t written = write(file.number(), content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    content = content.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

// A name that nobody else uses at the same time: `.<name>.<16 hex digits>`.
Status TemporaryName(const std::string& name, std::string& temporary) {
  std::array<std::uint8_t, 8> random{};
  if (const Status status = DrawNonces(random); status != Status::kOk) return status;
  temporary = "." + name + ".";
  for (const std::uint8_t byte : random) {
    temporary += "0123456789abcdef"[byte >> 4];
    temporary += "0123456789abcdef"[byte & 15];
  }
  return Status::kOk;
}

// Removes a temporary file on every way out. Failing leaves a file that nothing reads.
class TemporaryFile {
 public:
  TemporaryFile(const FileDescriptor& directory, std::string name) : directory_(directory), name_(std::move(name)) {}
  ~TemporaryFile() { unlinkat(directory_.number(), name_.c_str(), 0); }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  TemporaryFile(TemporaryFile&&) = delete;
  TemporaryFile& operator=(TemporaryFile&&) = delete;

 private:
  const FileDescriptor& directory_;
  std::string name_;
};

}  // namespace

FileDescriptor::~FileDescriptor() {
  if (open()) close(number_);
}

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  std::swap(number_, other.number_);
  return *this;
}

Status CreatePrivateDirectory(const std::string& path) {
  if (mkdir(path.c_str(), S_IRWXU) != 0) return errno == EEXIST ? Status::kOk : Status::kRootKeyIo;
  FileDescriptor made;
  if (const Status status = OpenPrivateDirectory(path, made); status != Status::kOk) return status;
  const FileDescriptor parent(openat(made.number(), "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return parent.open() && fsync(parent.number()) == 0 ? Status::kOk : Status::kRootKeyIo;
}

Status OpenPrivateDirectory(const std::string& path, FileDescriptor& directory) {
  // With a slash after it, a link would be followed in spite of O_NOFOLLOW.
  const std::string trimmed = path.substr(0, path.find_last_not_of('/') + 1);
  directory =
      FileDescriptor(::open(trimmed.empty() ? "/" : trimmed.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return directory.open() ? CheckPrivate(directory, S_IFDIR) : OpenFailure();
}

Status OpenPrivateFile(const FileDescriptor& directory, const std::string& name, FileDescriptor& file) {
  // O_NONBLOCK: a FIFO of that name must be refused, not waited for.
  file = FileDescriptor(openat(directory.number(), name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  return file.open() ? CheckPrivate(file, S_IFREG) : OpenFailure();
}

Status ReadUpTo(const FileDescriptor& file, MutableBytes bytes, std::size_t& length) {
  length = 0;
  while (length < bytes.size()) {
    const ssize_t count = read(file.number(), &bytes[length], bytes.size() - length);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return Status::kRootKeyIo;
    if (count == 0) break;
    length += static_cast<std::size_t>(count);
  }
  return Status::kOk;
}

Status WritePrivateFileOnce(const FileDescriptor& directory, const std::string& name, Bytes content, bool& created) {
  created = false;
  std::string temporary;
  if (const Status status = TemporaryName(name, temporary); status != Status::kOk) return status;
  const FileDescriptor file(openat(directory.number(), temporary.c_str(),
                                   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR));
  if (!file.open()) return Status::kRootKeyIo;
  {
    const TemporaryFile cleanup(directory, temporary);
    // The umask may have taken rights from the mode above.
    if (fchmod(file.number(), S_IRUSR | S_IWUSR) != 0 || !WriteAll(file, content) || fsync(file.number()) != 0) {
      return Status::kRootKeyIo;
    }
    // A link, not a rename: it never replaces a file that is there.
    if (linkat(directory.number(), temporary.c_str(), directory.number(), name.c_str(), 0) == 0) {
      created = true;
    } else if (errno != EEXIST) {
      return Status::kRootKeyIo;
    }
  }
  return fsync(directory.number()) == 0 ? Status::kOk : Status::kRootKeyIo;
}

}  // namespace latchkey::crypto
