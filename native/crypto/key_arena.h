#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "native/crypto/private_pages.h"
#include "native/crypto/secret_bytes.h"
#include "native/crypto/status.h"

namespace latchkey::crypto {

class KeyArena;

// Owns one slot of an arena, which must outlive it: wipes it and gives it back when it ends.
class ArenaSlot {
 public:
  static constexpr std::size_t kBytes = 64;

  ArenaSlot() = default;
  ~ArenaSlot() { Release(); }
  ArenaSlot(ArenaSlot&& other) noexcept : arena_(other.arena_), index_(other.index_) { other.arena_ = nullptr; }
  ArenaSlot& operator=(ArenaSlot&& other) noexcept;
  ArenaSlot(const ArenaSlot&) = delete;
  ArenaSlot& operator=(const ArenaSlot&) = delete;

  // Zeros at first. Only for a slot that KeyArena::Allocate filled.
  [[nodiscard]] std::span<std::uint8_t, kBytes> bytes() const;

 private:
  friend class KeyArena;
  ArenaSlot(KeyArena* arena, std::size_t index) : arena_(arena), index_(index) {}
  void Release();

  KeyArena* arena_ = nullptr;
  std::size_t index_ = 0;
};

// A fixed number of equal slots for secrets in private, locked pages. Not thread-safe: one thread owns it.
class KeyArena {
 public:
  explicit KeyArena(std::size_t slots);

  // Whether the pages are there; nothing else may be asked of an arena without them.
  [[nodiscard]] bool mapped() const { return pages_.mapped(); }
  [[nodiscard]] bool locked() const { return pages_.locked(); }
  // kMemoryWiped in a forked child, whose copy of the pages is zero: a key read there would be a key of zeros.
  Status CheckAlive() const;
  // kOutOfMemory when every slot is taken.
  Status Allocate(ArenaSlot& slot);

 private:
  friend class ArenaSlot;
  [[nodiscard]] std::span<std::uint8_t, ArenaSlot::kBytes> SlotBytes(std::size_t index) const;
  void Release(std::size_t index);

  PrivatePages pages_;
  std::vector<std::size_t> free_;
};

}  // namespace latchkey::crypto
