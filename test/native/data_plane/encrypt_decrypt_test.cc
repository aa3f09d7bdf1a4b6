#include "native/crypto/crc32c.h"
#include "native/data_plane/ciphertext_blob.h"
#include "native/data_plane/decrypt.h"
#include "native/data_plane/encrypt.h"
#include "native/data_plane/parse_request.h"
#include "test/native/data_plane/plane_fixture.h"

namespace latchkey::data_plane {
namespace {

using testing_support::Vector;

class EncryptDecrypt : public PlaneFixture {
 protected:
  static Message EncryptMessage(const std::string& plaintext) {
    return Message().Bytes(1, "alias/a").Bytes(2, plaintext).Pair(3, "tenant", "a").Pair(3, "app", "b");
  }
  static Message DecryptMessage(const std::string& blob) {
    return Message().Bytes(1, blob).Pair(2, "app", "b").Pair(2, "tenant", "a");
  }

  std::string EncryptedBlob(const std::string& plaintext) {
    const std::string request = EncryptMessage(plaintext).str();
    RequestView view;
    EXPECT_EQ(ParseRequest(plane_, Operation::kEncrypt, AsBytes(request), view), Status::kOk);
    auto fields = Answer(view, arn_.size(), [&](MutableBytes out) { return Encrypt(plane_, Call(request, out)); });
    EXPECT_EQ(fields[1], arn_);
    EXPECT_EQ(fields[2].size(), 64U);
    EXPECT_EQ(fields[4], std::to_string(crypto::Crc32c(AsBytes(fields[3]))));
    return fields[3];
  }
  // Status of decrypting; what was in the output buffer, whole, in `out`.
  Status TryDecrypt(const std::string& request, Vector& out) {
    out.assign(wire::kMaxContextBytes, 0xee);
    return Decrypt(plane_, Call(request, out)).status;
  }
};

TEST_F(EncryptDecrypt, RoundTripsEverySize) {
  for (const std::size_t size : {1U, 2U, 15U, 16U, 17U, 255U, 1024U, 4096U}) {
    const std::string plaintext(size, 'p');
    const std::string blob = EncryptedBlob(plaintext);
    EXPECT_EQ(blob.size(), size + 74);
    const std::string request = DecryptMessage(blob).str();
    RequestView view;
    ASSERT_EQ(ParseRequest(plane_, Operation::kDecrypt, AsBytes(request), view), Status::kOk);
    EXPECT_EQ(view.handle, handle_);
    auto fields = Answer(view, arn_.size(), [&](MutableBytes out) { return Decrypt(plane_, Call(request, out)); });
    EXPECT_EQ(fields[1], arn_);
    EXPECT_EQ(fields[3], plaintext);
    EXPECT_EQ(fields[4], std::to_string(crypto::Crc32c(AsBytes(plaintext))));
  }
  EXPECT_EQ(Counts(Operation::kEncrypt).calls, 8U);
  EXPECT_EQ(Counts(Operation::kEncrypt).plaintext_bytes + 8 * 74, Counts(Operation::kEncrypt).ciphertext_bytes);
  EXPECT_EQ(Counts(Operation::kDecrypt).plaintext_bytes, Counts(Operation::kEncrypt).plaintext_bytes);
  EXPECT_GT(Counts(Operation::kDecrypt).cipher_nanoseconds, 0U);
}

TEST_F(EncryptDecrypt, BlobsHaveTheSpecifiedHeaderAndFreshNonces) {
  const std::string first = EncryptedBlob("p");
  const std::string second = EncryptedBlob("p");
  EXPECT_EQ(first.substr(0, 2), "\x01\x01");
  EXPECT_TRUE(std::equal(material_.id.begin(), material_.id.end(), AsBytes(first).begin() + 2));
  EXPECT_EQ(first.substr(0, 34), second.substr(0, 34));
  EXPECT_NE(first.substr(34, 24), second.substr(34, 24));
  EXPECT_NE(first.substr(58), second.substr(58));
}

TEST_F(EncryptDecrypt, EveryFlippedBitIsRefusedAndLeavesNoPlaintext) {
  const std::string plaintext = "PLAINTEXT-CANARY";
  const std::string blob = EncryptedBlob(plaintext);
  for (std::size_t bit = 0; bit < 8 * blob.size(); ++bit) {
    std::string flipped = blob;
    flipped[bit / 8] = static_cast<char>(flipped[bit / 8] ^ (1 << (bit % 8)));
    Vector out;
    const Status status = TryDecrypt(DecryptMessage(flipped).str(), out);
    ASSERT_EQ(status, bit < 16 ? Status::kBlobMalformed : Status::kOpenFailed) << bit;
    ASSERT_EQ(std::string(out.begin(), out.end()).find("CANARY"), std::string::npos) << bit;
  }
}

TEST_F(EncryptDecrypt, EveryTruncatedLengthIsRefused) {
  const std::string blob = EncryptedBlob("0123456789");
  for (std::size_t length = 1; length < blob.size(); ++length) {
    Vector out;
    const Status status = TryDecrypt(DecryptMessage(blob.substr(0, length)).str(), out);
    ASSERT_EQ(status, length < 75 ? Status::kBlobMalformed : Status::kOpenFailed) << length;
  }
}

TEST_F(EncryptDecrypt, AnotherContextIsRefused) {
  const std::string blob = EncryptedBlob("p");
  Vector out;
  for (const Message& message : {Message().Bytes(1, blob), Message().Bytes(1, blob).Pair(2, "app", "b"),
                                 Message().Bytes(1, blob).Pair(2, "app", "b").Pair(2, "tenant", "A"),
                                 Message().Bytes(1, blob).Pair(2, "appb", "").Pair(2, "tenant", "a"),
                                 Message().Bytes(1, blob).Pair(2, "app", "a").Pair(2, "tenant", "b")}) {
    EXPECT_EQ(TryDecrypt(message.str(), out), Status::kOpenFailed);
  }
}

TEST_F(EncryptDecrypt, OneKeysCiphertextDoesNotOpenThroughAnother) {
  const std::string request = DecryptMessage(EncryptedBlob("p")).str();
  handle_ = keys_.Load(keys_.Generate()).handle;
  Vector out;
  EXPECT_EQ(TryDecrypt(request, out), Status::kOpenFailed);
}

TEST_F(EncryptDecrypt, EvictedKeysAreNotUsed) {
  const std::string request = DecryptMessage(EncryptedBlob("p")).str();
  keys_.table.backing_keys().Evict(handle_);
  Vector out;
  EXPECT_EQ(TryDecrypt(request, out), Status::kNoSuchHandle);
  RequestView view;
  EXPECT_EQ(ParseRequest(plane_, Operation::kDecrypt, AsBytes(request), view), Status::kOk);
  EXPECT_EQ(view.handle, crypto::kNoHandle);
}

TEST_F(EncryptDecrypt, ChecksumsAreCheckedBeforeTheBlob) {
  RequestView view;
  const std::string wrong = EncryptMessage("p").Varint(4, crypto::Crc32c(AsBytes("p")) ^ 1U).str();
  EXPECT_EQ(ParseRequest(plane_, Operation::kEncrypt, AsBytes(wrong), view), Status::kChecksumMismatch);
  EXPECT_EQ(view.field, 4U);
  const std::string right = EncryptMessage("p").Varint(4, crypto::Crc32c(AsBytes("p"))).str();
  EXPECT_EQ(ParseRequest(plane_, Operation::kEncrypt, AsBytes(right), view), Status::kOk);

  const std::string malformed = Message().Bytes(1, "short").str();
  EXPECT_EQ(ParseRequest(plane_, Operation::kDecrypt, AsBytes(malformed), view), Status::kBlobMalformed);
  EXPECT_EQ(view.field, 1U);
  const std::string both = Message().Bytes(1, "short").Varint(4, 1).str();
  EXPECT_EQ(ParseRequest(plane_, Operation::kDecrypt, AsBytes(both), view), Status::kChecksumMismatch);
  EXPECT_EQ(view.field, 4U);
}

TEST_F(EncryptDecrypt, TheViewPointsIntoTheRequest) {
  const std::string request = EncryptMessage("plain").str();
  RequestView view;
  ASSERT_EQ(ParseRequest(plane_, Operation::kEncrypt, AsBytes(request), view), Status::kOk);
  EXPECT_EQ(wire::ToString(view.key_id), "alias/a");
  EXPECT_EQ(wire::ToString(view.payload), "plain");
  EXPECT_GE(view.payload.data(), AsBytes(request).data());
}

TEST_F(EncryptDecrypt, BuffersTooSmallOrOverlappingAreRefused) {
  std::string request = EncryptMessage("p").str();
  RequestView view;
  ASSERT_EQ(ParseRequest(plane_, Operation::kEncrypt, AsBytes(request), view), Status::kOk);
  Vector small(view.response_bytes + arn_.size() - 1, 0xee);
  EXPECT_EQ(Encrypt(plane_, Call(request, small)).status, Status::kBufferTooSmall);
  EXPECT_EQ(small, Vector(small.size(), 0xee));

  request.resize(2048);  // zeros behind the message, which are no valid tags, come after `used`
  const std::size_t used = EncryptMessage("p").str().size();
  KeyedCall call = Call(request, {});
  call.request = call.request.first(used);
  call.out = MutableBytes(reinterpret_cast<std::uint8_t*>(request.data()) + used - 1, 1024);
  EXPECT_EQ(Encrypt(plane_, call).status, Status::kInvalidArgument);
  call.out = MutableBytes(reinterpret_cast<std::uint8_t*>(request.data()) + used, 1024);
  EXPECT_EQ(Encrypt(plane_, call).status, Status::kOk);
}

}  // namespace
}  // namespace latchkey::data_plane
