// The requests of test/vectors/wire-differential, which test/fuzz/differential.py compares with upb.

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

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

// Indexes as in `operations` of src/crypto/native.ts.
const std::vector<std::string> kOperations = {
    "Encrypt",        "Decrypt",           "ReEncrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext",
    "GenerateRandom", "DescribeCiphertext"};

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

TEST(RequestVectorsTest, HaveTheStatusThatTheySay) {
  const std::vector<Vector> vectors = ReadVectors();
  ASSERT_GE(vectors.size(), 79U) << "the file is missing or cut";
  for (const Vector& vector : vectors) {
    const ExactBytes bytes(vector.request);
    fuzz::WithRequestType(
        OperationIndex(vector.operation), [&]<typename Request>(std::type_identity<Request> /*type*/) {
          Request request;
          const RequestError error = Parse(bytes.view(), kTestLimits, request);
          EXPECT_EQ(StatusName(error.status), vector.status) << vector.operation << " " << vector.name;
          EXPECT_EQ(BrokenPromise<Request>(bytes.view()), "") << vector.operation << " " << vector.name;
        });
  }
}

}  // namespace
}  // namespace latchkey::wire
