#include "native/crypto/root_key_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "test/native/support.h"

namespace latchkey::crypto {
namespace {

using testing_support::TemporaryDirectory;
using testing_support::Vector;

class RootKeyFile : public ::testing::Test {
 protected:
  Status Create(bool& created) { return CreateRootKeyFile(path_, arena_, created); }
  Status Open() { return OpenRootKeyFile(path_, arena_, id_, key_); }
  void CreateOne() {
    bool created = false;
    ASSERT_EQ(Create(created), Status::kOk);
    ASSERT_TRUE(created);
  }
  [[nodiscard]] std::string file() const { return path_.directory + "/" + path_.name; }
  [[nodiscard]] Vector Content() const {
    std::ifstream in(file(), std::ios::binary);
    return Vector(std::istreambuf_iterator<char>(in), {});
  }
  void Write(const Vector& content) const {
    std::ofstream out(file(), std::ios::binary | std::ios::trunc);
    out.write(reinterpret_cast<const char*>(content.data()), static_cast<std::streamsize>(content.size()));
  }
  [[nodiscard]] static mode_t ModeOf(const std::string& path) {
    struct stat found {};
    EXPECT_EQ(lstat(path.c_str(), &found), 0);
    return found.st_mode & 07777U;
  }

  TemporaryDirectory scratch_;
  RootKeyPath path_ = {.directory = scratch_.at("secrets"), .name = "root.key"};
  KeyArena arena_{4};
  KeyId id_{};
  std::array<std::uint8_t, kKeyBytes> key_{};
};

TEST_F(RootKeyFile, IsCreatedPrivateAndOpens) {
  CreateOne();
  EXPECT_EQ(ModeOf(path_.directory), 0700U);
  EXPECT_EQ(ModeOf(file()), 0600U);
  const Vector content = Content();
  ASSERT_EQ(content.size(), 53U);
  EXPECT_EQ(std::string(content.begin(), content.begin() + 5), std::string("LKRK\x01"));
  ASSERT_EQ(Open(), Status::kOk);
  EXPECT_TRUE(std::equal(id_.begin(), id_.end(), &content[5]));
  EXPECT_TRUE(std::equal(key_.begin(), key_.end(), &content[21]));
}

TEST_F(RootKeyFile, HasItsModeUnderAnyUmask) {
  const mode_t before = umask(0777);
  std::filesystem::create_directory(path_.directory);
  ::chmod(path_.directory.c_str(), 0700);
  bool created = false;
  const Status status = Create(created);
  umask(before);
  EXPECT_EQ(status, Status::kOk);
  EXPECT_EQ(ModeOf(file()), 0600U);
}

TEST_F(RootKeyFile, IsNeverReplacedAndLeavesNoTemporaryFile) {
  CreateOne();
  const Vector first = Content();
  bool created = true;
  EXPECT_EQ(Create(created), Status::kOk);
  EXPECT_FALSE(created);
  EXPECT_EQ(Content(), first);
  const std::filesystem::directory_iterator files(path_.directory);
  EXPECT_EQ(std::distance(begin(files), end(files)), 1);
}

TEST_F(RootKeyFile, AForeignFileOfThatNameIsLeftAlone) {
  std::filesystem::create_directory(path_.directory);
  ::chmod(path_.directory.c_str(), 0700);
  std::filesystem::create_symlink("elsewhere", file());
  bool created = true;
  EXPECT_EQ(Create(created), Status::kOk);
  EXPECT_FALSE(created);
  EXPECT_FALSE(std::filesystem::exists(scratch_.at("elsewhere")));
}

TEST_F(RootKeyFile, MissingFileAndMissingDirectoryAreTold) {
  EXPECT_EQ(Open(), Status::kRootKeyMissing);
  CreateOne();
  std::filesystem::remove(file());
  EXPECT_EQ(Open(), Status::kRootKeyMissing);
}

TEST_F(RootKeyFile, AnyRightOfOthersIsRefused) {
  CreateOne();
  for (const mode_t mode : {0644U, 0640U, 0604U, 0620U, 0610U, 0601U}) {
    ASSERT_EQ(::chmod(file().c_str(), mode), 0);
    EXPECT_EQ(Open(), Status::kRootKeyUnsafe) << std::oct << mode;
  }
  ASSERT_EQ(::chmod(file().c_str(), 0400), 0);
  EXPECT_EQ(Open(), Status::kOk);
  for (const mode_t mode : {0755U, 0750U, 0705U, 0701U}) {
    ASSERT_EQ(::chmod(path_.directory.c_str(), mode), 0);
    bool created = true;
    EXPECT_EQ(Open(), Status::kRootKeyUnsafe) << std::oct << mode;
    EXPECT_EQ(Create(created), Status::kRootKeyUnsafe) << std::oct << mode;
  }
}

TEST_F(RootKeyFile, AnotherOwnerIsRefused) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  CreateOne();
  ASSERT_EQ(::chown(file().c_str(), 65534, 65534), 0);
  EXPECT_EQ(Open(), Status::kRootKeyUnsafe);
  ASSERT_EQ(::chown(file().c_str(), 0, 0), 0);
  ASSERT_EQ(::chown(path_.directory.c_str(), 65534, 65534), 0);
  EXPECT_EQ(Open(), Status::kRootKeyUnsafe);
}

TEST_F(RootKeyFile, LinksAreNotFollowed) {
  CreateOne();
  const RootKeyPath real = path_;
  std::filesystem::create_directory_symlink(real.directory, scratch_.at("link"));
  for (const char* link : {"link", "link/", "link//"}) {
    path_ = {.directory = scratch_.at(link), .name = real.name};
    EXPECT_EQ(Open(), Status::kRootKeyUnsafe) << link;
  }
  path_ = {.directory = real.directory, .name = "link.key"};
  std::filesystem::create_symlink(real.name, file());
  EXPECT_EQ(Open(), Status::kRootKeyUnsafe);
  path_ = {.directory = real.directory + "/", .name = real.name};
  EXPECT_EQ(Open(), Status::kOk);
}

TEST_F(RootKeyFile, OnlyARegularFileOpens) {
  CreateOne();
  std::filesystem::remove(file());
  ASSERT_EQ(mkfifo(file().c_str(), 0600), 0);
  EXPECT_EQ(Open(), Status::kRootKeyUnsafe);
  std::filesystem::remove(file());
  std::filesystem::create_directory(file());
  ::chmod(file().c_str(), 0700);
  EXPECT_EQ(Open(), Status::kRootKeyUnsafe);
}

TEST_F(RootKeyFile, EveryFlippedByteAndWrongLengthIsMalformed) {
  CreateOne();
  const Vector good = Content();
  for (std::size_t i = 0; i < good.size(); ++i) {
    Vector content = good;
    content[i] ^= 0x10;
    Write(content);
    EXPECT_EQ(Open(), Status::kRootKeyMalformed) << i;
  }
  for (std::size_t length = 0; length < 70; ++length) {
    Vector content = good;
    content.resize(length);
    Write(content);
    EXPECT_EQ(Open(), length == good.size() ? Status::kOk : Status::kRootKeyMalformed) << length;
  }
}

TEST_F(RootKeyFile, NamesAreOneComponent) {
  for (const char* name : {"", ".", "..", "a/b", "/root.key", "../root.key"}) {
    path_.name = name;
    bool created = true;
    EXPECT_EQ(Create(created), Status::kInvalidArgument) << name;
    EXPECT_EQ(Open(), Status::kInvalidArgument) << name;
  }
  for (const std::string& directory : {std::string(), std::string("a\0b", 3)}) {
    path_ = {.directory = directory, .name = "root.key"};
    EXPECT_EQ(Open(), Status::kInvalidArgument);
  }
}

TEST_F(RootKeyFile, ADirectoryThatCannotBeMadeIsAnIoError) {
  path_.directory = scratch_.at("absent/secrets");
  bool created = true;
  EXPECT_EQ(Create(created), Status::kRootKeyIo);
  EXPECT_FALSE(created);
}

}  // namespace
}  // namespace latchkey::crypto
