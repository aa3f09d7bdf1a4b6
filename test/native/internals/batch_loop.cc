#include "test/native/internals/batch_loop.h"

#include <array>
#include <string>
#include <vector>

#include "native/crypto/private_pages.h"
#include "native/data_plane/batch.h"
#include "native/wire/protobuf_reader.h"
#include "test/native/wire/message.h"

namespace latchkey::internals {
namespace {

using data_plane::Operation;

constexpr std::array<std::uint8_t, crypto::kXaesKeyBytes> kInputKey{0x4b};
constexpr std::array<std::uint8_t, 1> kStatus{};
constexpr std::string_view kArn = "arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000";

crypto::Bytes AsBytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

class Batches {
 public:
  explicit Batches(const BatchLoopOptions& options)
      : arena_(2),
        keys_(arena_, 1),
        scratch_(options.item_bytes + 1024, crypto::PrivatePages::Lock::kNo),
        plane_{.keys = keys_, .limits = {.max_plaintext_bytes = options.item_bytes}, .scratch = scratch_.bytes()},
        statuses_(data_plane::kItemFailureNames.size(), kStatus) {}

  Status AddKey() { return keys_.Add({1, 2, 3}, kInputKey, added_); }

  // Answers the length of the response in `size`.
  Status Round(Operation operation, const std::string& request, std::size_t& size) {
    data_plane::BatchView view;
    Status status = data_plane::ParseBatch(plane_, operation, AsBytes(request), 64U << 20, view);
    if (status != Status::kOk) return status;
    out_.resize(view.response_bytes + kArn.size() + 1024);
    const bool opens = operation == Operation::kBatchDecrypt;
    const std::array<data_plane::KeyChoice, 1> choice = {{{.handle = added_.handle, .refusal = 0}}};
    const data_plane::Outcome outcome =
        data_plane::RunBatch(plane_, {.operation = operation,
                                      .request = AsBytes(request),
                                      .sealing = opens ? crypto::kNoHandle : added_.handle,
                                      .materials = std::span(choice).first(opens ? 1 : 0),
                                      .key_arn = AsBytes(kArn),
                                      .statuses = statuses_,
                                      .out = out_});
    size = outcome.size;
    return outcome.status;
  }

  // The ciphertexts of the last response, as a request of BatchDecrypt without a column.
  [[nodiscard]] std::string DecryptRequest(std::size_t size) const {
    wire::Message request;
    wire::FieldReader reader(crypto::Bytes(out_).first(size));
    for (wire::Field field; reader.Next(field);) {
      if (field.tag == wire::BytesTag(3)) request.Bytes(1, wire::ToString(field.bytes));
    }
    return request.str();
  }

 private:
  crypto::KeyArena arena_;
  crypto::BackingKeyTable keys_;
  crypto::PrivatePages scratch_;
  data_plane::DataPlane plane_;
  crypto::BackingKeyTable::Added added_{};
  std::vector<crypto::Bytes> statuses_;
  std::vector<std::uint8_t> out_;
};

wire::Message EncryptRequest(const BatchLoopOptions& options) {
  wire::Message request;
  request.Bytes(1, "alias/bench");
  for (std::size_t item = 0; item < options.items; ++item) request.Bytes(3, std::string(options.item_bytes, 'p'));
  return request;
}

void AddColumn(std::uint32_t key_field, std::size_t items, std::string& request) {
  wire::Message column;
  column.Bytes(key_field, "row");
  for (std::size_t item = 0; item < items; ++item) column.Bytes(key_field + 1, std::to_string(1'000'000 + item));
  request += column.str();
}

}  // namespace

Status BatchLoop(const BatchLoopOptions& options, Elapsed& elapsed) {
  Batches batches(options);
  Operation operation = Operation::kBatchEncrypt;
  std::string request = EncryptRequest(options).str();
  if (options.column) AddColumn(4, options.items, request);
  std::size_t size = 0;
  if (const Status status = batches.AddKey(); status != Status::kOk) return status;
  if (const Status status = batches.Round(operation, request, size); status != Status::kOk) return status;
  if (options.decrypt) {
    operation = Operation::kBatchDecrypt;
    request = batches.DecryptRequest(size);
    if (options.column) AddColumn(3, options.items, request);
    if (const Status status = batches.Round(operation, request, size); status != Status::kOk) return status;
  }
  const Stopwatch stopwatch;
  for (std::uint64_t round = 0; round < options.rounds; ++round) {
    if (const Status status = batches.Round(operation, request, size); status != Status::kOk) return status;
  }
  elapsed = stopwatch.Read();
  return Status::kOk;
}

}  // namespace latchkey::internals
