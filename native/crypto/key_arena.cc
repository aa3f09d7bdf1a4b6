#include "native/crypto/key_arena.h"

#include <cstring>

namespace latchkey::crypto {
namespace {

// The first slot begins with this for as long as the pages hold what was written to them.
constexpr std::uint64_t kLiveWord = 0x6c69766520776f72;

}  // namespace

KeyArena::KeyArena(std::size_t slots) : pages_((slots + 1) * ArenaSlot::kBytes, PrivatePages::Lock::kTry) {
  if (!mapped()) return;
  std::memcpy(SlotBytes(0).data(), &kLiveWord, sizeof kLiveWord);
  free_.reserve(slots);
  for (std::size_t index = slots; index > 0; --index) free_.push_back(index);
}

Status KeyArena::CheckAlive() const {
  std::uint64_t word = 0;
  std::memcpy(&word, SlotBytes(0).data(), sizeof word);
  return word == kLiveWord ? Status::kOk : Status::kMemoryWiped;
}

Status KeyArena::Allocate(ArenaSlot& slot) {
  if (free_.empty()) return Status::kOutOfMemory;
  slot = ArenaSlot(this, free_.back());
  free_.pop_back();
  return Status::kOk;
}

std::span<std::uint8_t, ArenaSlot::kBytes> KeyArena::SlotBytes(std::size_t index) const {
  return pages_.bytes().subspan(index * ArenaSlot::kBytes).first<ArenaSlot::kBytes>();
}

void KeyArena::Release(std::size_t index) {
  Wipe(SlotBytes(index));
  free_.push_back(index);
}

ArenaSlot& ArenaSlot::operator=(ArenaSlot&& other) noexcept {
  if (this == &other) return *this;
  Release();
  arena_ = other.arena_;
  index_ = other.index_;
  other.arena_ = nullptr;
  return *this;
}

std::span<std::uint8_t, ArenaSlot::kBytes> ArenaSlot::bytes() const { return arena_->SlotBytes(index_); }

void ArenaSlot::Release() {
  if (arena_ != nullptr) arena_->Release(index_);
  arena_ = nullptr;
}

}  // namespace latchkey::crypto
