#pragma once

#include <cstddef>
#include <random>

#include "test/fuzz/message_fields.h"

namespace latchkey::fuzz {

// Changes messages field by field. Knows no message: what it does to a field may be right for its type, or not.
class FieldMutator {
 public:
  explicit FieldMutator(unsigned int seed) : random_(seed) {}

  // One change, to a field or to the list of them.
  void Mutate(MessageFields& fields);

  // Below `count`, which is not 0.
  std::size_t Pick(std::size_t count) { return random_() % count; }
  bool OneIn(std::size_t count) { return Pick(count) == 0; }

 private:
  MessageField& Any(MessageFields& fields) { return fields[Pick(fields.size())]; }
  MessageField NewField();
  void Insert(const MessageField& field, MessageFields& fields);
  void Repeat(const MessageField& field, MessageFields& fields);
  void Delete(MessageFields& fields);
  void Swap(MessageFields& fields);
  void Change(MessageField& field);
  void ChangeValue(MessageField& field);
  void ChangeNumber(MessageField& field);
  void ChangeType(MessageField& field);
  void Resize(MessageField& field);
  void FlipBit(MessageField& field);
  void Descend(MessageField& field);

  std::minstd_rand random_;
};

}  // namespace latchkey::fuzz
