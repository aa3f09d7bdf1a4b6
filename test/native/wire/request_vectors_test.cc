// The requests of test/vectors/wire-differential, which test/fuzz/differential.py compares with upb.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "native/data_plane/data_plane.h"
#include "native/wire/batch_requests.h"
#include "native/wire/exchange.h"
#include "native/wire/requests.h"
#include "test/fuzz/every_request.h"
#include "test/native/wire/round_trip.h"

namespace latchkey::wire {
namespace {

struct Vector {
  std::string name;
  std::string operation;
  std::string status;
  std::string request;
};

// Indexes as in test/fuzz/every_request.h.
const std::vector<std::string> kOperations = [] {
  std::vector<std::string> names(data_plane::kOperationNames.begin(), data_plane::kOperationNames.end());
  names.emplace_back("Exchange");
  return names;
}();

std::string FromHex(const std::string& hex) {
  std::string bytes;
  for (std::size_t at = 0; at < hex.size(); at += 2) {
    bytes.push_back(static_cast<char>(std::stoi(hex.substr(at, 2), nullptr, 16)));
  }
  return bytes;
}

std::vector<Vector> ReadVectors() {
  const auto root = std::filesystem::path(__FILE__).parent_path().parent_path().parent_path();
  std::ifstream file(root / "vectors" / "wire-differential" / "requests.txt");
  std::vector<Vector> vectors;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.starts_with('#')) continue;
    Vector vector;
    std::string hex;
    std::istringstream(line) >> vector.name >> vector.operation >> vector.status >> hex;
    vector.request = FromHex(hex);
    vectors.push_back(vector);
  }
  return vectors;
}

std::size_t OperationIndex(const std::string& name) {
  const auto found = std::find(kOperations.begin(), kOperations.end(), name);
  EXPECT_NE(found, kOperations.end()) << name;
  return static_cast<std::size_t>(found - kOperations.begin());
}

Status StatusOfUnary(std::size_t operation, Bytes bytes) {
  return fuzz::WithRequestType(operation, [bytes]<typename Request>(std::type_identity<Request> /*type*/) {
    EXPECT_EQ(BrokenPromise<Request>(bytes), "");
    Request request;
    return Parse(bytes, kTestLimits, request).status;
  });
}

Status StatusOf(std::size_t operation, Bytes bytes) {
  if (operation < fuzz::kUnaryOperations) return StatusOfUnary(operation, bytes);
  const std::size_t batch = operation - fuzz::kUnaryOperations;
  if (batch < fuzz::kBatchFields.size()) {
    BatchRequest request;
    return Parse(bytes, *fuzz::kBatchFields.at(batch), request).status;
  }
  ExchangeRequest request;
  return Parse(bytes, request).status;
}

TEST(RequestVectorsTest, HaveTheStatusThatTheySay) {
  const std::vector<Vector> vectors = ReadVectors();
  ASSERT_GE(vectors.size(), 148U) << "the file is missing or cut";
  for (const Vector& vector : vectors) {
    SCOPED_TRACE(vector.operation + " " + vector.name);
    const ExactBytes bytes(vector.request);
    EXPECT_EQ(StatusName(StatusOf(OperationIndex(vector.operation), bytes.view())), vector.status);
  }
}

}  // namespace
}  // namespace latchkey::wire
