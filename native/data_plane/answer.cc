#include "native/data_plane/answer.h"

#include <algorithm>

#include "native/data_plane/batch.h"
#include "native/data_plane/ciphertext_blob.h"
#include "native/data_plane/decrypt.h"
#include "native/data_plane/describe_ciphertext.h"
#include "native/data_plane/encrypt.h"
#include "native/data_plane/generate_data_key.h"
#include "native/data_plane/generate_random.h"
#include "native/data_plane/parse_request.h"
#include "native/data_plane/re_encrypt.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {
namespace {

Bytes AsBytes(const std::string& text) { return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}; }

bool TakesCiphertext(Operation operation) {
  return operation == Operation::kDecrypt || operation == Operation::kReEncrypt ||
         operation == Operation::kDescribeCiphertext;
}

Outcome RunUnary(DataPlane& plane, Operation operation, Bytes request, const Decision& decision, MutableBytes out) {
  const Bytes arn = AsBytes(decision.key_arn);
  const Handle opening = decision.materials.empty() ? crypto::kNoHandle : decision.materials.front().handle;
  const KeyedCall sealing = {.request = request, .handle = decision.sealing, .key_arn = arn, .out = out};
  switch (operation) {
    case Operation::kEncrypt:
      return Encrypt(plane, sealing);
    case Operation::kDecrypt:
      return Decrypt(plane, {.request = request, .handle = opening, .key_arn = arn, .out = out});
    case Operation::kReEncrypt:
      return ReEncrypt(plane, {.request = request,
                               .source = opening,
                               .source_arn = AsBytes(decision.source_arn),
                               .destination = decision.sealing,
                               .destination_arn = arn,
                               .out = out});
    case Operation::kGenerateDataKey:
      return GenerateDataKey(plane, sealing);
    case Operation::kGenerateDataKeyWithoutPlaintext:
      return GenerateDataKeyWithoutPlaintext(plane, sealing);
    case Operation::kGenerateRandom:
      return GenerateRandom(plane, request, out);
    case Operation::kDescribeCiphertext:
      return DescribeCiphertext(plane, {.request = request, .key_arn = arn, .current = decision.current, .out = out});
    default:
      return Failed(Status::kInvalidArgument);
  }
}

Status AnswerUnary(DataPlane& plane, const ServiceCall& call, const Decide& decide,
                   std::vector<std::uint8_t>& response) {
  const Operation operation = call.operation;
  const Bytes request = call.request;
  RequestView view;
  if (const Status status = ParseRequest(plane, operation, request, view); status != Status::kOk) return status;
  crypto::MaterialId material{};
  const std::size_t materials = TakesCiphertext(operation) ? 1 : 0;
  if (materials > 0) std::ranges::copy(view.payload.subspan(2, material.size()), material.begin());
  Decision decision;
  const Question question = {.operation = operation,
                             .key_id = view.key_id,
                             .destination_key_id = view.destination_key_id,
                             .materials = {&material, materials},
                             .handles = {&view.handle, materials}};
  if (const Status status = decide(question, decision); status != Status::kOk) return status;
  response.resize(view.response_bytes + decision.key_arn.size() + decision.source_arn.size());
  const Outcome outcome = RunUnary(plane, operation, request, decision, response);
  response.resize(outcome.size);
  return outcome.status;
}

// The distinct materials of the batch that was parsed last.
struct Materials {
  explicit Materials(const DataPlane& plane) : ids(plane.batch.materials.size()), handles(ids.size()) {
    for (std::size_t number = 0; number < ids.size(); ++number) {
      std::ranges::copy(plane.batch.materials.value(number).bytes(), ids[number].begin());
      handles[number] = plane.keys.Find(ids[number]);
    }
  }

  std::vector<crypto::MaterialId> ids;
  std::vector<Handle> handles;
};

// Statuses by slot, and for each material its handle or the slot of its refusal.
struct Choices {
  explicit Choices(const Decision& decision) {
    for (const std::string& status : decision.item_failures) statuses.push_back(AsBytes(status));
    for (const MaterialAnswer& material : decision.materials) {
      materials.push_back({.handle = material.handle, .refusal = static_cast<std::uint16_t>(statuses.size())});
      if (material.handle == crypto::kNoHandle) statuses.push_back(AsBytes(material.refusal));
    }
  }

  std::vector<Bytes> statuses;
  std::vector<KeyChoice> materials;
};

Status AnswerBatch(DataPlane& plane, const ServiceCall& call, const Decide& decide,
                   std::vector<std::uint8_t>& response) {
  const Operation operation = call.operation;
  const Bytes request = call.request;
  BatchView view;
  const Status parsed = ParseBatch(plane, operation, request, call.max_reply_bytes, view);
  if (parsed != Status::kOk) return parsed;
  if (view.fitting_items < view.items) return Status::kBufferTooSmall;

  const Materials found(plane);
  Decision decision;
  const Question question = {.operation = operation,
                             .key_id = view.key_id,
                             .destination_key_id = view.destination_key_id,
                             .items = view.items,
                             .materials = found.ids,
                             .handles = found.handles};
  if (const Status status = decide(question, decision); status != Status::kOk) return status;

  const Choices choices(decision);
  std::size_t needed = view.response_bytes + decision.key_arn.size();
  const std::size_t frame_bytes = decision.verdicts.empty() ? 0 : wire::BatchError::kMaxFrameBytes;
  for (const Bytes status : choices.statuses) needed += status.size() + frame_bytes;
  response.resize(needed);
  const Outcome outcome = RunBatch(plane, {.operation = operation,
                                           .request = request,
                                           .sealing = decision.sealing,
                                           .materials = choices.materials,
                                           .key_arn = AsBytes(decision.key_arn),
                                           .statuses = choices.statuses,
                                           .verdicts = decision.verdicts,
                                           .out = response});
  response.resize(outcome.size);
  return outcome.status;
}

}  // namespace

Status Answer(DataPlane& plane, const ServiceCall& call, const Decide& decide, std::vector<std::uint8_t>& response) {
  response.clear();
  return IsBatch(call.operation) ? AnswerBatch(plane, call, decide, response)
                                 : AnswerUnary(plane, call, decide, response);
}

}  // namespace latchkey::data_plane
