// Batches over real keys, and a reader of their responses. Runs them through Answer, as another program would.
#pragma once

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "native/data_plane/answer.h"
#include "native/data_plane/batch.h"
#include "native/wire/protobuf_reader.h"
#include "test/native/data_plane/plane_fixture.h"

namespace latchkey::data_plane {

// All values of each field.
inline std::map<std::uint32_t, std::vector<std::string>> AllFields(Bytes message) {
  std::map<std::uint32_t, std::vector<std::string>> fields;
  wire::FieldReader reader(message);
  for (wire::Field field; reader.Next(field);) {
    const bool is_number = (field.tag & 7) == 0;
    fields[field.number()].push_back(is_number ? std::to_string(field.varint) : wire::ToString(field.bytes));
  }
  EXPECT_FALSE(reader.malformed());
  return fields;
}

struct BatchAnswer {
  Status status;
  std::vector<std::string> results;
  std::vector<std::string> plaintexts;
  std::string re_encrypted;
  std::map<std::string, std::vector<std::size_t>> errors;  // indexes by status
  std::size_t failed_count = 0;
  std::string key_arn;
  std::string key_material_id;
};

inline std::vector<std::size_t> Indexes(const std::string& packed) {
  std::vector<std::size_t> indexes;
  std::size_t value = 0;
  unsigned shift = 0;
  for (const char byte : packed) {
    value |= static_cast<std::size_t>(byte & 0x7F) << shift;
    shift += 7;
    if ((byte & 0x80) != 0) continue;
    indexes.push_back(value);
    value = shift = 0;
  }
  return indexes;
}

inline BatchAnswer ReadBatchAnswer(Operation operation, Bytes response) {
  auto fields = AllFields(response);
  const bool names_key = operation == Operation::kBatchEncrypt || operation == Operation::kBatchGenerateDataKey;
  const std::uint32_t results = names_key ? 3 : 1;
  const std::uint32_t errors = operation == Operation::kBatchDecrypt     ? 2
                               : operation == Operation::kBatchReEncrypt ? 3
                                                                         : 4;
  BatchAnswer answer{.status = Status::kOk, .results = fields[results]};
  if (names_key && fields[1].size() == 1) answer.key_arn = fields[1][0];
  if (names_key && fields[2].size() == 1) answer.key_material_id = fields[2][0];
  if (operation == Operation::kBatchReEncrypt && fields[2].size() == 1) answer.re_encrypted = fields[2][0];
  if (operation == Operation::kBatchGenerateDataKey) {
    answer.plaintexts = fields[4];
    return answer;
  }
  for (const std::string& error : fields[errors]) {
    auto parts = AllFields(AsBytes(error));
    EXPECT_EQ(parts[1].size(), 1U);
    EXPECT_EQ(answer.errors.count(parts[1][0]), 0U) << "one error for each reason";
    answer.errors[parts[1][0]] = Indexes(parts[2].at(0));
    EXPECT_TRUE(std::ranges::is_sorted(answer.errors[parts[1][0]]));
  }
  if (!fields[errors + 1].empty()) answer.failed_count = std::stoul(fields[errors + 1][0]);
  return answer;
}

class BatchFixture : public PlaneFixture {
 protected:
  // Every name of ItemFailure, as an encoded status.
  static std::vector<std::string> FailureStatuses() { return {kItemFailureNames.begin(), kItemFailureNames.end()}; }

  // Encrypts with `handle_`; opens what is in the table and not in `refused_`.
  Status Decide(const Question& question, Decision& decision) {
    asked_ = {question.materials.begin(), question.materials.end()};
    decision.sealing = handle_;
    decision.key_arn = arn_;
    decision.item_failures = FailureStatuses();
    decision.item_failures.insert(decision.item_failures.end(), refusals_.begin(), refusals_.end());
    decision.verdicts = verdicts_;
    for (std::size_t number = 0; number < question.handles.size(); ++number) {
      const bool refused = refused_.contains(question.materials[number]);
      decision.materials.push_back({.handle = refused ? crypto::kNoHandle : question.handles[number],
                                    .refusal = refused ? "REFUSED" : "UNKNOWN"});
    }
    return Status::kOk;
  }

  BatchAnswer Run(Operation operation, const std::string& request) {
    const wire::ExactBytes copy(request);
    const Status status = data_plane::Answer(
        plane_, {.operation = operation, .request = copy.view()},
        [this](const Question& question, Decision& decision) { return Decide(question, decision); }, response_);
    if (status != Status::kOk) return {.status = status};
    EXPECT_TRUE(ScratchIsZero());
    EXPECT_TRUE(std::ranges::all_of(plane_.batch.nonces, [](std::uint8_t byte) { return byte == 0; }));
    return ReadBatchAnswer(operation, response_);
  }

  // The one field of a unary response, or the status' name.
  std::string RunUnary(Operation operation, const Message& message, std::uint32_t field) {
    std::vector<std::uint8_t> response;
    const Status status = data_plane::Answer(
        plane_, {.operation = operation, .request = AsBytes(message.str())},
        [this](const Question& question, Decision& decision) { return Decide(question, decision); }, response);
    return status == Status::kOk ? Fields(response)[field] : std::string(StatusName(status));
  }

  [[nodiscard]] bool ScratchIsZero() const {
    return std::ranges::all_of(scratch_.bytes(), [](std::uint8_t byte) { return byte == 0; });
  }

  std::vector<std::uint8_t> response_;
  std::vector<crypto::MaterialId> asked_;
  std::set<crypto::MaterialId> refused_;
  // Further statuses, and what items fail with: 1 + an index in FailureStatuses() and these.
  std::vector<std::string> refusals_;
  std::vector<ItemOutcome> verdicts_;
};

}  // namespace latchkey::data_plane
