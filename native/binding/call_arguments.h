// Arguments and answers of the calls that never throw (data_plane_calls.h).
#pragma once

#include <node_api.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "native/binding/arguments.h"
#include "native/binding/key_table_object.h"
#include "native/data_plane/batch.h"
#include "native/data_plane/data_plane.h"

namespace latchkey::binding {

using crypto::Bytes;
using crypto::MutableBytes;
using data_plane::DataPlane;
using data_plane::Outcome;

inline napi_value Answer(napi_env env, std::int64_t number) {
  napi_value answer = nullptr;
  napi_create_int64(env, number, &answer);
  return answer;
}

inline napi_value Answer(napi_env env, Status status) { return Answer(env, -static_cast<std::int64_t>(status)); }

inline napi_value Answer(napi_env env, const Outcome& outcome) {
  return outcome.status == Status::kOk ? Answer(env, static_cast<std::int64_t>(outcome.size))
                                       : Answer(env, outcome.status);
}

// `this` and the arguments of one call; the readers say whether an argument has the right type.
template <std::size_t kCount>
class Arguments {
 public:
  Arguments(napi_env env, napi_callback_info info) : env_(env) {
    std::size_t count = kCount;
    napi_value self = nullptr;
    void* object = nullptr;
    napi_get_cb_info(env, info, &count, values_.data(), &self, nullptr);
    if (napi_unwrap(env, self, &object) == napi_ok) table_ = static_cast<KeyTableObject*>(object);
  }

  [[nodiscard]] bool has_plane() const { return table_ != nullptr; }
  [[nodiscard]] DataPlane& plane() const { return table_->plane(); }
  [[nodiscard]] KeyTableObject& table() const { return *table_; }
  [[nodiscard]] napi_value operator[](std::size_t index) const { return values_[index]; }

  bool Read(std::size_t index, MutableBytes& bytes) const { return ToBytes(env_, values_[index], bytes); }
  bool Read(std::size_t index, Bytes& bytes) const {
    MutableBytes writable;
    const bool read = Read(index, writable);
    bytes = writable;
    return read;
  }
  bool Read(std::size_t index, std::span<double>& numbers) const { return ToNumbers(env_, values_[index], numbers); }
  bool Read(std::size_t index, std::span<std::uint32_t>& numbers) const {
    return ToNumbers(env_, values_[index], numbers);
  }
  bool Read(std::size_t index, std::uint64_t& number) const {
    const auto read = ToInteger(env_, values_[index]);
    number = read.value_or(0);
    return read.has_value();
  }
  // Statuses by slot: an array of Uint8Array.
  bool Read(std::size_t index, std::vector<Bytes>& list) const {
    std::uint32_t length = 0;
    if (napi_get_array_length(env_, values_[index], &length) != napi_ok) return false;
    if (length > data_plane::kMaxStatuses) return false;
    list.resize(length);
    for (std::uint32_t at = 0; at < length; ++at) {
      napi_value element = nullptr;
      MutableBytes bytes;
      if (napi_get_element(env_, values_[index], at, &element) != napi_ok || !ToBytes(env_, element, bytes))
        return false;
      list[at] = bytes;
    }
    return true;
  }
  // Verdicts of items: a Uint16Array, of which this is a copy; empty where it is undefined.
  bool Read(std::size_t index, std::vector<data_plane::ItemOutcome>& verdicts) const {
    napi_valuetype type{};
    if (napi_typeof(env_, values_[index], &type) == napi_ok && type == napi_undefined) return true;
    std::span<std::uint16_t> numbers;
    if (!ToNumbers(env_, values_[index], numbers)) return false;
    verdicts.assign(numbers.begin(), numbers.end());
    return true;
  }
  bool Read(std::size_t index, bool& flag) const { return napi_get_value_bool(env_, values_[index], &flag) == napi_ok; }

 private:
  napi_env env_;
  std::array<napi_value, kCount> values_{};
  KeyTableObject* table_ = nullptr;
};

// Where `part` of a request lies, at two numbers of a view: offset and length.
inline void WriteSpan(std::span<double> view, std::size_t offset, Bytes request, Bytes part) {
  view[offset] = part.empty() ? 0 : static_cast<double>(part.data() - request.data());
  view[offset + 1U] = static_cast<double>(part.size());
}

constexpr napi_property_descriptor Method(const char* name, napi_callback call) {
  return {.utf8name = name,
          .name = nullptr,
          .method = call,
          .getter = nullptr,
          .setter = nullptr,
          .value = nullptr,
          .attributes = napi_default_method,
          .data = nullptr};
}

}  // namespace latchkey::binding
