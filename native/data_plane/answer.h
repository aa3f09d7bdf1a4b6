// The whole data plane as one function, for programs without JavaScript: bytes of a request in, bytes of a response
// out.
#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "native/data_plane/batch.h"
#include "native/data_plane/data_plane.h"

namespace latchkey::data_plane {

// What a request asks for. Names are as they stand in it; empty means absent.
struct Question {
  Operation operation;
  Bytes key_id;  // or source_key_id
  Bytes destination_key_id;
  std::size_t items = 1;
  // The distinct key material ids of its ciphertexts, and which of them are in the table.
  std::span<const crypto::MaterialId> materials;
  std::span<const Handle> handles;
};

// What becomes of a batch's ciphertexts of one key material: they are opened with a key, or fail with an encoded
// google.rpc.Status.
struct MaterialAnswer {
  Handle handle = crypto::kNoHandle;
  std::string refusal;
};

struct Decision {
  Handle sealing = crypto::kNoHandle;     // encrypts, where the operation does
  std::string key_arn;                    // of the key that encrypts, else of the one that decrypts or is described
  std::string source_arn;                 // of the key that decrypts, for ReEncrypt
  bool current = false;                   // for DescribeCiphertext
  std::vector<MaterialAnswer> materials;  // one for each of the question's
  // For batches: the google.rpc.Status of each ItemFailure, encoded, in its order, then those of `verdicts`.
  std::vector<std::string> item_failures;
  std::vector<ItemOutcome> verdicts;  // as BatchCall's
};

// Decides about a request, and may load keys into the table. Anything but kOk is the answer to the request.
using Decide = std::function<Status(const Question&, Decision&)>;

struct ServiceCall {
  Operation operation;
  Bytes request;
  // Of a batch's response, without ARN and statuses: kBufferTooSmall when it might be larger.
  std::size_t max_reply_bytes = 4U << 20;
};

// Parses and checks a request, has it decided unless it is refused, and writes the response. Where a unary operation
// needs a key to decrypt, it is the handle of the first of the decision's materials.
Status Answer(DataPlane& plane, const ServiceCall& call, const Decide& decide, std::vector<std::uint8_t>& response);

}  // namespace latchkey::data_plane
