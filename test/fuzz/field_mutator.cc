#include "test/fuzz/field_mutator.h"

#include <array>
#include <utility>

#include "native/wire/encryption_context.h"

extern "C" std::size_t LLVMFuzzerMutate(std::uint8_t* data, std::size_t size, std::size_t max_size);

namespace latchkey::fuzz {
namespace {

using wire::WireType;

constexpr std::size_t kMaxNewBytes = 512;
// Of all requests, with one that none has.
constexpr std::size_t kFieldNumbers = 15;
constexpr std::array<WireType, 5> kWireTypes = {WireType::kVarint, WireType::kFixed64, WireType::kLengthDelimited,
                                                WireType::kStartGroup, WireType::kFixed32};
// Around what our rules and varints are bounded by; also as lengths, the small ones.
constexpr std::array<std::uint64_t, 17> kNumbers = {0,
                                                    1,
                                                    2,
                                                    3,
                                                    16,
                                                    64,
                                                    75,
                                                    127,
                                                    128,
                                                    1024,
                                                    100'000,
                                                    100'001,
                                                    0x7fffffff,
                                                    0xffffffffU,
                                                    1ULL << 32U,
                                                    1ULL << 63,
                                                    ~std::uint64_t{0}};
constexpr std::array<std::size_t, 12> kLengths = {0, 1, 2, 34, 58, 74, 75, 127, 128, 300, 8192, 8193};

void MutateBytes(std::string& bytes) {
  std::string buffer = bytes;
  buffer.resize(bytes.size() + kMaxNewBytes);
  buffer.resize(LLVMFuzzerMutate(reinterpret_cast<std::uint8_t*>(buffer.data()), bytes.size(), buffer.size()));
  bytes = buffer;
}

}  // namespace

void FieldMutator::Mutate(MessageFields& fields) {
  if (fields.empty()) {
    fields.push_back(NewField());
    return;
  }
  switch (Pick(8)) {
    case 0:
      return Insert(NewField(), fields);
    case 1:
      return Repeat(Any(fields), fields);
    case 2:
      return Delete(fields);
    case 3:
      return Swap(fields);
    default:
      return Change(Any(fields));
  }
}

MessageField FieldMutator::NewField() {
  MessageField field;
  ChangeNumber(field);
  switch (Pick(3)) {
    case 0:
      field.type = WireType::kVarint;
      field.varint = kNumbers[Pick(kNumbers.size())];
      break;
    case 1:
      field.bytes.assign(Pick(4), 'a');
      break;
    default:
      field.bytes = wire::Message().Bytes(1, std::string(Pick(3), 'k')).Bytes(2, std::string(Pick(3), 'v')).str();
  }
  return field;
}

void FieldMutator::Insert(const MessageField& field, MessageFields& fields) {
  fields.insert(fields.begin() + static_cast<std::ptrdiff_t>(Pick(fields.size() + 1)), field);
}

// Now and then as often as a context may have pairs.
void FieldMutator::Repeat(const MessageField& field, MessageFields& fields) {
  const MessageField copy = field;
  const std::size_t times = OneIn(8) ? wire::kMaxContextPairs : 1;
  for (std::size_t time = 0; time < times; ++time) Insert(copy, fields);
}

void FieldMutator::Delete(MessageFields& fields) {
  fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(Pick(fields.size())));
}

void FieldMutator::Swap(MessageFields& fields) {
  MessageField& one = Any(fields);
  std::swap(one, Any(fields));
}

void FieldMutator::Change(MessageField& field) {
  switch (Pick(8)) {
    case 0:
      return ChangeNumber(field);
    case 1:
      return ChangeType(field);
    case 2:
      return Resize(field);
    case 3:
      return FlipBit(field);
    case 4:
    case 5:
      return Descend(field);
    default:
      return ChangeValue(field);
  }
}

void FieldMutator::ChangeValue(MessageField& field) {
  if (field.type != WireType::kVarint) {
    MutateBytes(field.bytes);
  } else if (OneIn(2)) {
    field.varint = kNumbers[Pick(kNumbers.size())];
  } else {
    field.varint += OneIn(2) ? 1 : ~std::uint64_t{0};
  }
}

void FieldMutator::ChangeNumber(MessageField& field) {
  field.number = static_cast<std::uint32_t>(1 + Pick(kFieldNumbers));
}

void FieldMutator::ChangeType(MessageField& field) { field.type = kWireTypes[Pick(kWireTypes.size())]; }

void FieldMutator::Resize(MessageField& field) { field.bytes.resize(kLengths[Pick(kLengths.size())], 'r'); }

void FieldMutator::FlipBit(MessageField& field) {
  if (field.bytes.empty()) return;
  char& byte = field.bytes[Pick(field.bytes.size())];
  byte = static_cast<char>(byte ^ 1 << Pick(8));
}

// Into a message that is a field's value, such as the pair of a context; what is none becomes one.
void FieldMutator::Descend(MessageField& field) {
  MessageFields within;
  if (!ReadFields(field.bytes, within)) within = {{.number = 1, .bytes = field.bytes}};
  Mutate(within);
  field.bytes = Write(within);
}

}  // namespace latchkey::fuzz
