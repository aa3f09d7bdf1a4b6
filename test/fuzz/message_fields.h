// A protobuf message as a list of its fields, which can be changed one by one and written again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "native/wire/protobuf_reader.h"
#include "test/native/wire/message.h"

namespace latchkey::fuzz {

struct MessageField {
  std::uint32_t number = 1;
  wire::WireType type = wire::WireType::kLengthDelimited;
  std::uint64_t varint = 0;
  std::string bytes;
};
using MessageFields = std::vector<MessageField>;

// False when the message is malformed. Fixed-width fields and groups, which no request has, are left out.
inline bool ReadFields(wire::Bytes message, MessageFields& fields) {
  wire::FieldReader reader(message);
  for (wire::Field field; reader.Next(field);) {
    fields.push_back({.number = field.number(),
                      .type = static_cast<wire::WireType>(field.tag & 7),
                      .varint = field.varint,
                      .bytes = wire::ToString(field.bytes)});
  }
  return !reader.malformed();
}

inline bool ReadFields(const std::string& message, MessageFields& fields) {
  return ReadFields(wire::Bytes(reinterpret_cast<const std::uint8_t*>(message.data()), message.size()), fields);
}

inline void Write(const MessageField& field, wire::Message& message) {
  switch (field.type) {
    case wire::WireType::kVarint:
      message.Varint(field.number, field.varint);
      break;
    case wire::WireType::kFixed64:
      message.Fixed64(field.number);
      break;
    case wire::WireType::kLengthDelimited:
      message.Bytes(field.number, field.bytes);
      break;
    case wire::WireType::kFixed32:
      message.Fixed32(field.number);
      break;
    default:
      message.Group(field.number, field.bytes);
  }
}

inline std::string Write(const MessageFields& fields) {
  wire::Message message;
  for (const MessageField& field : fields) Write(field, message);
  return message.str();
}

}  // namespace latchkey::fuzz
