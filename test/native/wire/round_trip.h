// What must hold of every request that the parser accepts, for property tests and fuzzers.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "native/wire/requests.h"
#include "test/native/wire/message.h"

namespace latchkey::wire {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// Reads a canonical context back (docs/FORMATS.md). False when it is not one, also when it is not sorted.
bool ReadCanonical(const std::string& canonical, Pairs& pairs);
std::string Canonical(const EncryptionContext& context);

// The request as the tiny writer writes it: equal texts mean equal requests.
std::string Serialize(const EncryptRequest& request);
std::string Serialize(const DecryptRequest& request);
std::string Serialize(const ReEncryptRequest& request);
std::string Serialize(const DataKeyRequest& request);
std::string Serialize(const RandomRequest& request);
std::string Serialize(const DescribeCiphertextRequest& request);

// Everything that the request borrows.
std::vector<Bytes> Borrowed(const EncryptRequest& request);
std::vector<Bytes> Borrowed(const DecryptRequest& request);
std::vector<Bytes> Borrowed(const ReEncryptRequest& request);
std::vector<Bytes> Borrowed(const DataKeyRequest& request);
std::vector<Bytes> Borrowed(const RandomRequest& request);
std::vector<Bytes> Borrowed(const DescribeCiphertextRequest& request);

std::vector<const EncryptionContext*> Contexts(const EncryptRequest& request);
std::vector<const EncryptionContext*> Contexts(const DecryptRequest& request);
std::vector<const EncryptionContext*> Contexts(const ReEncryptRequest& request);
std::vector<const EncryptionContext*> Contexts(const DataKeyRequest& request);
std::vector<const EncryptionContext*> Contexts(const RandomRequest& request);
std::vector<const EncryptionContext*> Contexts(const DescribeCiphertextRequest& request);

inline constexpr RequestLimits kTestLimits = {1 << 20};

bool LiesWithin(Bytes part, Bytes whole);
// Empty, or the name of the first promise that the context breaks.
std::string BrokenPromise(const EncryptionContext& context);

// Parses `bytes` as a Request. Empty when it is refused or all is well, else the name of the first promise broken.
template <typename Request>
std::string BrokenPromise(Bytes bytes) {
  Request request;
  const RequestError error = Parse(bytes, kTestLimits, request);
  if (!error.ok()) return {};
  if (error.field != 0) return "an accepted request names no field";
  for (const Bytes part : Borrowed(request)) {
    if (!LiesWithin(part, bytes)) return "everything borrowed lies in the request";
  }
  for (const EncryptionContext* context : Contexts(request)) {
    if (const std::string broken = BrokenPromise(*context); !broken.empty()) return broken;
  }
  const std::string written = Serialize(request);
  const ExactBytes copy(written);
  Request again;
  if (!Parse(copy.view(), kTestLimits, again).ok()) return "an accepted request is accepted when written again";
  return Serialize(again) == written ? "" : "a request written again reads the same";
}

}  // namespace latchkey::wire
