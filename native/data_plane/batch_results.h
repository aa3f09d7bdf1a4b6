#pragma once

#include <algorithm>

#include "native/data_plane/batch.h"
#include "native/data_plane/batch_items.h"
#include "native/wire/response_writer.h"
#include "native/wire/responses.h"

namespace latchkey::data_plane {

// Writes the response of a batch: a result for each item, in their order, then the errors.
class BatchResults {
 public:
  BatchResults(const BatchCall& call, const wire::BatchResponseFields& fields);

  // The names of the key that encrypts.
  void Key(const crypto::BackingKey& key);

  // Place of the next item's result. Empty when the response does not fit, which ok() says.
  [[nodiscard]] MutableBytes Reserve(std::size_t length);
  // Takes back the last result that was reserved: its item failed, and what was written there has been wiped.
  void TakeBack();
  // The next item failed: an empty result.
  void Fail(ItemOutcome outcome);
  // The next item, for which Reserve was called, succeeded.
  void Succeed() { call_.workspace.outcomes.push_back(kSucceeded); }

  // For BatchGenerateDataKey: the place behind results of `result_bytes` with their tags, for `bytes` of further
  // fields, which become part of the response with TakePlaintexts.
  [[nodiscard]] MutableBytes ReservePlaintexts(std::size_t result_bytes, std::size_t bytes);
  void TakePlaintexts() { response_.Rewind(size()); }

  // Whether each item's result is a new one, for BatchReEncrypt; `flags` has as many as there are items.
  void Flags(std::span<const std::uint8_t> flags);
  // The errors, when all items have a result.
  void Errors();

  [[nodiscard]] bool ok() const { return response_.ok(); }
  // Bytes that were written.
  [[nodiscard]] std::size_t size() const { return std::max(response_.size(), plaintexts_end_); }
  [[nodiscard]] std::size_t items() const { return call_.workspace.outcomes.size(); }
  [[nodiscard]] std::size_t failed() const { return failed_; }

 private:
  void CountReasons();
  void WriteFrame(Bytes status, BatchWorkspace::Reason& reason);
  void WriteIndexes();

  const BatchCall& call_;
  const wire::BatchResponseFields& fields_;
  wire::ResponseWriter response_;
  std::size_t last_result_ = 0;
  std::size_t failed_ = 0;
  std::size_t plaintexts_end_ = 0;
};

}  // namespace latchkey::data_plane
