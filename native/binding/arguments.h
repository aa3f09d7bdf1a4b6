// JavaScript arguments as C++ values. Everything that comes out borrows JavaScript's memory, for one call.
#pragma once

#include <napi.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "native/crypto/secret_bytes.h"

namespace latchkey::binding {

// False when `value` is no Uint8Array (a Buffer is one), Float64Array, Uint32Array, Uint16Array.
bool ToBytes(napi_env env, napi_value value, crypto::MutableBytes& bytes);
bool ToNumbers(napi_env env, napi_value value, std::span<double>& numbers);
bool ToNumbers(napi_env env, napi_value value, std::span<std::uint32_t>& numbers);
bool ToNumbers(napi_env env, napi_value value, std::span<std::uint16_t>& numbers);

// A whole number from 0 to 2^53 - 1.
std::optional<std::uint64_t> ToInteger(napi_env env, napi_value value);

std::optional<std::string> ToText(const Napi::Value& value);

template <std::size_t kSize>
std::optional<std::array<std::uint8_t, kSize>> ToId(const Napi::Value& value) {
  crypto::MutableBytes bytes;
  if (!ToBytes(value.Env(), value, bytes) || bytes.size() != kSize) return std::nullopt;
  std::array<std::uint8_t, kSize> id;
  std::copy(bytes.begin(), bytes.end(), id.begin());
  return id;
}

}  // namespace latchkey::binding
