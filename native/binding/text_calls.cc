#include "native/binding/text_calls.h"

#include <array>

#include "native/binding/call_arguments.h"
#include "native/data_plane/request_texts.h"
#include "native/wire/grant_tokens.h"

namespace latchkey::binding {
namespace {

// An offset and a length.
constexpr std::size_t kSpanNumbers = 2;

// A request, the number of one of its fields, and room for where texts lie.
struct Reading {
  template <std::size_t kCount>
  bool Read(const Arguments<kCount>& arguments) {
    constexpr std::uint64_t kGreatestField = (1U << 29U) - 1;
    std::uint64_t number = 0;
    if (!arguments.has_plane() || !arguments.Read(0, request) || !arguments.Read(1, number)) return false;
    field = static_cast<std::uint32_t>(number);
    return number >= 1 && number <= kGreatestField && arguments.Read(2, spans);
  }

  [[nodiscard]] bool HasRoomFor(std::size_t texts) const { return texts <= spans.size() / kSpanNumbers; }
  void Write(std::size_t at, Bytes text) const { WriteSpan(spans, kSpanNumbers * at, request, text); }

  Bytes request;
  std::uint32_t field = 0;
  std::span<double> spans;
};

}  // namespace

// (request, field, spans)
napi_value GrantTokens(napi_env env, napi_callback_info info) {
  Reading reading;
  if (!reading.Read(Arguments<3>(env, info))) return Answer(env, Status::kInvalidArgument);
  std::array<Bytes, wire::kMaxGrantTokens> tokens;
  std::size_t count = 0;
  const Status status = data_plane::ReadGrantTokens(reading.request, reading.field, tokens, count);
  if (status != Status::kOk) return Answer(env, status);
  if (!reading.HasRoomFor(count)) return Answer(env, Status::kBufferTooSmall);
  for (std::size_t at = 0; at < count; ++at) reading.Write(at, tokens.at(at));
  return Answer(env, static_cast<std::int64_t>(count));
}

// (request, field, spans)
napi_value ContextPairs(napi_env env, napi_callback_info info) {
  Reading reading;
  if (!reading.Read(Arguments<3>(env, info))) return Answer(env, Status::kInvalidArgument);
  wire::EncryptionContext context;
  const Status status = data_plane::ReadContext(reading.request, reading.field, context);
  if (status != Status::kOk) return Answer(env, status);
  if (!reading.HasRoomFor(2 * context.pair_count())) return Answer(env, Status::kBufferTooSmall);
  std::size_t at = 0;
  for (const wire::ContextPair& pair : context.pairs()) {
    reading.Write(at++, pair.key());
    reading.Write(at++, pair.value());
  }
  return Answer(env, static_cast<std::int64_t>(context.pair_count()));
}

// (request, field, spans, numbers)
napi_value ColumnValues(napi_env env, napi_callback_info info) {
  const Arguments<4> arguments(env, info);
  Reading reading;
  std::span<std::uint32_t> numbers;
  if (!reading.Read(arguments) || !arguments.Read(3, numbers)) return Answer(env, Status::kInvalidArgument);
  data_plane::ColumnIndex values;
  const Status status = data_plane::ReadColumn(reading.request, reading.field, values, numbers);
  if (status != Status::kOk) return Answer(env, status);
  if (!reading.HasRoomFor(values.size())) return Answer(env, Status::kBufferTooSmall);
  for (std::size_t at = 0; at < values.size(); ++at) reading.Write(at, values.value(at).text);
  return Answer(env, static_cast<std::int64_t>(values.size()));
}

// (operation, request, numbers)
napi_value ItemMaterials(napi_env env, napi_callback_info info) {
  const Arguments<3> arguments(env, info);
  std::uint64_t operation = 0;
  Bytes request;
  std::span<std::uint32_t> numbers;
  if (!arguments.has_plane() || !arguments.Read(0, operation) || operation >= data_plane::kOperationNames.size() ||
      !arguments.Read(1, request) || !arguments.Read(2, numbers)) {
    return Answer(env, Status::kInvalidArgument);
  }
  return Answer(env, data_plane::ReadMaterials(arguments.plane(), static_cast<data_plane::Operation>(operation),
                                               request, numbers));
}

}  // namespace latchkey::binding
