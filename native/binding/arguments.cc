#include "native/binding/arguments.h"

#include <cmath>

namespace latchkey::binding {
namespace {

constexpr double kMaxSafeInteger = 9007199254740991.0;

template <typename Element>
bool ToElements(napi_env env, napi_value value, napi_typedarray_type expected, std::span<Element>& elements) {
  napi_typedarray_type type{};
  std::size_t length = 0;
  void* start = nullptr;
  // Fails with napi_invalid_arg for anything but a typed array.
  if (napi_get_typedarray_info(env, value, &type, &length, &start, nullptr, nullptr) != napi_ok || type != expected) {
    return false;
  }
  elements = {static_cast<Element*>(start), length};
  return true;
}

}  // namespace

bool ToBytes(napi_env env, napi_value value, crypto::MutableBytes& bytes) {
  return ToElements(env, value, napi_uint8_array, bytes);
}

bool ToNumbers(napi_env env, napi_value value, std::span<double>& numbers) {
  return ToElements(env, value, napi_float64_array, numbers);
}

bool ToNumbers(napi_env env, napi_value value, std::span<std::uint32_t>& numbers) {
  return ToElements(env, value, napi_uint32_array, numbers);
}

bool ToNumbers(napi_env env, napi_value value, std::span<std::uint16_t>& numbers) {
  return ToElements(env, value, napi_uint16_array, numbers);
}

std::optional<std::uint64_t> ToInteger(napi_env env, napi_value value) {
  double number = -1;
  if (napi_get_value_double(env, value, &number) != napi_ok) return std::nullopt;
  if (!(number >= 0 && number <= kMaxSafeInteger) || number != std::floor(number)) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::optional<std::string> ToText(const Napi::Value& value) {
  if (!value.IsString()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

}  // namespace latchkey::binding
