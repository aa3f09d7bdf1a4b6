#include <algorithm>
#include <set>

#include "native/crypto/crc32c.h"
#include "native/data_plane/decrypt.h"
#include "native/data_plane/describe_ciphertext.h"
#include "native/data_plane/encrypt.h"
#include "native/data_plane/generate_data_key.h"
#include "native/data_plane/generate_random.h"
#include "native/data_plane/parse_request.h"
#include "native/data_plane/re_encrypt.h"
#include "test/native/data_plane/plane_fixture.h"

namespace latchkey::data_plane {
namespace {

using testing_support::Vector;

class OtherOperations : public PlaneFixture {
 protected:
  RequestView Parsed(Operation operation, const std::string& request) {
    RequestView view;
    EXPECT_EQ(ParseRequest(plane_, operation, AsBytes(request), view), Status::kOk);
    return view;
  }
  std::string EncryptedBlob(const std::string& plaintext) {
    const std::string request = Message().Bytes(1, "k").Bytes(2, plaintext).Pair(3, "from", "a").str();
    const RequestView view = Parsed(Operation::kEncrypt, request);
    return Answer(view, arn_.size(), [&](MutableBytes out) { return Encrypt(plane_, Call(request, out)); })[3];
  }
  std::string Decrypted(const std::string& request, Handle handle) {
    const RequestView view = Parsed(Operation::kDecrypt, request);
    handle_ = handle;
    return Answer(view, arn_.size(), [&](MutableBytes out) { return Decrypt(plane_, Call(request, out)); })[3];
  }
  [[nodiscard]] bool ScratchIsZero() const {
    return std::ranges::all_of(scratch_.bytes(), [](std::uint8_t byte) { return byte == 0; });
  }
};

TEST_F(OtherOperations, ReEncryptMovesToAnotherKeyAndContext) {
  const std::string blob = EncryptedBlob("secret");
  const testing_support::Material other = keys_.Generate();
  const Handle destination = keys_.Load(other).handle;
  const std::string request = Message().Bytes(1, blob).Pair(2, "from", "a").Bytes(4, "k2").Pair(5, "to", "b").str();
  const RequestView view = Parsed(Operation::kReEncrypt, request);
  EXPECT_EQ(view.handle, handle_);
  EXPECT_EQ(wire::ToString(view.destination_key_id), "k2");
  const std::string arn2 = arn_ + "2";
  auto fields = Answer(view, arn_.size() + arn2.size(), [&](MutableBytes out) {
    return ReEncrypt(plane_, {AsBytes(request), handle_, AsBytes(arn_), destination, AsBytes(arn2), out});
  });
  EXPECT_EQ(fields[1], arn_);
  EXPECT_EQ(fields[2], arn2);
  EXPECT_NE(fields[3], fields[4]);
  EXPECT_EQ(fields[6], std::to_string(crypto::Crc32c(AsBytes(fields[5]))));
  EXPECT_TRUE(ScratchIsZero());
  EXPECT_EQ(Decrypted(Message().Bytes(1, fields[5]).Pair(2, "to", "b").str(), destination), "secret");
}

TEST_F(OtherOperations, ReEncryptThatFailsLeavesNothing) {
  const std::string blob = EncryptedBlob("secret");
  const std::string request = Message().Bytes(1, blob).Pair(2, "from", "b").Bytes(4, "k2").str();
  Vector out(2048, 0xee);
  const ReEncryptCall call = {AsBytes(request), handle_, {}, handle_, {}, out};
  EXPECT_EQ(ReEncrypt(plane_, call).status, Status::kOpenFailed);
  EXPECT_TRUE(ScratchIsZero());
  EXPECT_EQ(std::string(out.begin(), out.end()).find("secret"), std::string::npos);
  EXPECT_EQ(Counts(Operation::kReEncrypt).calls, 1U);
  EXPECT_EQ(Counts(Operation::kReEncrypt).plaintext_bytes, 0U);
}

TEST_F(OtherOperations, ADataKeyDecryptsToItself) {
  for (const auto& [field, value, length] : {std::tuple{3, 1, 32}, {3, 2, 16}, {4, 1, 1}, {4, 1024, 1024}}) {
    const std::string request = Message()
                                    .Bytes(1, "k")
                                    .Pair(2, "from", "a")
                                    .Varint(static_cast<std::uint32_t>(field), static_cast<std::uint64_t>(value))
                                    .str();
    const RequestView view = Parsed(Operation::kGenerateDataKey, request);
    auto fields =
        Answer(view, arn_.size(), [&](MutableBytes out) { return GenerateDataKey(plane_, Call(request, out)); });
    EXPECT_EQ(fields[4].size(), static_cast<std::size_t>(length));
    EXPECT_EQ(fields[5], std::to_string(crypto::Crc32c(AsBytes(fields[3]))));
    EXPECT_EQ(fields[6], std::to_string(crypto::Crc32c(AsBytes(fields[4]))));
    EXPECT_TRUE(ScratchIsZero());
    EXPECT_EQ(Decrypted(Message().Bytes(1, fields[3]).Pair(2, "from", "a").str(), handle_), fields[4]);
  }
}

TEST_F(OtherOperations, WithoutPlaintextTheDataKeyIsNowhereInTheResponse) {
  const std::string request = Message().Bytes(1, "k").Varint(3, 1).str();
  const RequestView view = Parsed(Operation::kGenerateDataKeyWithoutPlaintext, request);
  Vector out(view.response_bytes + arn_.size() + 64, 0xee);
  const Outcome outcome = GenerateDataKeyWithoutPlaintext(plane_, Call(request, out));
  ASSERT_EQ(outcome.status, Status::kOk);
  auto fields = Fields(Bytes(out).first(outcome.size));
  EXPECT_EQ(fields.size(), 4U);
  EXPECT_EQ(fields[4], std::to_string(crypto::Crc32c(AsBytes(fields[3]))));
  const std::string data_key = Decrypted(Message().Bytes(1, fields[3]).str(), handle_);
  EXPECT_EQ(data_key.size(), 32U);
  EXPECT_EQ(std::string(out.begin(), out.end()).find(data_key), std::string::npos);
  EXPECT_TRUE(ScratchIsZero());
}

TEST_F(OtherOperations, RandomBytesDifferAndFill) {
  std::set<std::string> seen;
  for (int i = 0; i < 50; ++i) {
    const std::string request = Message().Varint(1, 1024).str();
    const RequestView view = Parsed(Operation::kGenerateRandom, request);
    auto fields = Answer(view, 0, [&](MutableBytes out) { return GenerateRandom(plane_, AsBytes(request), out); });
    EXPECT_EQ(fields[1].size(), 1024U);
    EXPECT_EQ(fields[2], std::to_string(crypto::Crc32c(AsBytes(fields[1]))));
    EXPECT_TRUE(seen.insert(fields[1]).second);
    EXPECT_TRUE(seen.insert(fields[1].substr(512)).second);
  }
}

TEST_F(OtherOperations, DescribeReadsTheHeaderOnly) {
  const std::string request = Message().Bytes(1, EncryptedBlob("secret").substr(0, 75)).str();
  const RequestView view = Parsed(Operation::kDescribeCiphertext, request);
  EXPECT_EQ(view.handle, handle_);
  for (const bool current : {true, false}) {
    auto fields = Answer(view, arn_.size(), [&](MutableBytes out) {
      return DescribeCiphertext(plane_, {AsBytes(request), AsBytes(arn_), current, out});
    });
    EXPECT_EQ(fields[1], arn_);
    EXPECT_EQ(fields[2].size(), 64U);
    EXPECT_EQ(fields.contains(3), current);
    EXPECT_EQ(fields[4], "1");
  }
}

TEST_F(OtherOperations, EveryOperationRefusesWhatIsNoMessage) {
  for (std::size_t operation = 0; operation < kUnaryOperations; ++operation) {
    RequestView view;
    const std::string request = "\x0a\x7f";
    EXPECT_EQ(ParseRequest(plane_, static_cast<Operation>(operation), AsBytes(request), view),
              Status::kMalformedRequest)
        << kOperationNames[operation];
  }
}

}  // namespace
}  // namespace latchkey::data_plane
