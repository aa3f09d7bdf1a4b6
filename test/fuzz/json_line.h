#pragma once

#include <optional>
#include <string>

#include "native/wire/batch_requests.h"
#include "native/wire/encryption_context.h"

namespace latchkey::fuzz {

// One JSON object whose members are added one by one; bytes are in hex.
class JsonLine {
 public:
  JsonLine& Text(const std::string& name, const std::string& text) { return Member(name, Quoted(text)); }
  JsonLine& Hex(const std::string& name, wire::Bytes bytes) { return Text(name, ToHex(bytes)); }
  JsonLine& Flag(const std::string& name, bool flag) { return Member(name, flag ? "true" : "false"); }
  JsonLine& Number(const std::string& name, std::uint64_t number) { return Member(name, std::to_string(number)); }
  JsonLine& Number(const std::string& name, std::optional<std::uint32_t> number) {
    return Member(name, number ? std::to_string(*number) : "null");
  }
  JsonLine& Context(const std::string& name, const wire::EncryptionContext& context) {
    std::string pairs;
    for (const wire::ContextPair& pair : context.pairs()) {
      Append(pairs, '[' + Quoted(ToHex(pair.key())) + ',' + Quoted(ToHex(pair.value())) + ']');
    }
    return Member(name, '[' + pairs + ']');
  }
  JsonLine& HexList(const std::string& name, wire::RepeatedBytes values) {
    std::string list;
    for (wire::Bytes value; values.Next(value);) Append(list, Quoted(ToHex(value)));
    return Member(name, '[' + list + ']');
  }
  [[nodiscard]] std::string str() const { return '{' + members_ + '}'; }

 private:
  static std::string Quoted(const std::string& text) { return '"' + text + '"'; }
  static void Append(std::string& list, const std::string& value) { list += (list.empty() ? "" : ",") + value; }
  static std::string ToHex(wire::Bytes bytes) {
    constexpr const char* kDigits = "0123456789abcdef";
    std::string hex;
    for (const std::uint8_t byte : bytes) hex += {kDigits[byte >> 4], kDigits[byte & 0xF]};
    return hex;
  }
  JsonLine& Member(const std::string& name, const std::string& value) {
    Append(members_, Quoted(name) + ':' + value);
    return *this;
  }

  std::string members_;
};

}  // namespace latchkey::fuzz
