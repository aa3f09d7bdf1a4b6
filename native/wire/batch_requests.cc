#include "native/wire/batch_requests.h"

#include "native/wire/field_values.h"

namespace latchkey::wire {
namespace {

constexpr RequestError kAccepted = {Status::kOk, 0};

// A request, and what of it is resolved when all of it was read.
struct Reading {
  const BatchFields& fields;
  BatchRequest& request;
  DataKeyLength length;
};

Status ReadField(const Field& field, Reading& reading);
Status ReadRareField(const Field& field, Reading& reading);
Status ReadContextField(const Field& field, const ContextFields& fields, BatchContext& context);
RequestError CheckNames(const BatchFields& fields, const BatchRequest& request);
RequestError CheckItems(const BatchFields& fields, const BatchRequest& request);
RequestError CheckColumn(const ContextFields& fields, const BatchContext& context, std::size_t items);
RequestError FinishContext(const ContextFields& fields, BatchContext& context);
RequestError FinishTokens(const BatchFields& fields, const BatchRequest& request);

// Whether this is the field of a number, length-delimited. No field has the number 0.
bool Is(const Field& field, std::uint32_t number) { return field.tag == BytesTag(number); }
bool IsVarint(const Field& field, std::uint32_t number) { return field.tag == VarintTag(number); }

}  // namespace

RequestError Parse(Bytes request, const BatchFields& fields, BatchRequest& out) {
  Reading reading = {.fields = fields, .request = out, .length = {}};
  FieldReader reader(request);
  for (Field field; reader.Next(field);) {
    if (const Status status = ReadField(field, reading); status != Status::kOk) return {status, field.number()};
  }
  if (reader.malformed()) return {Status::kMalformedRequest, 0};

  RequestError error = CheckNames(fields, out);
  if (error.ok()) error = CheckItems(fields, out);
  if (error.ok()) error = CheckColumn(fields.context, out.context, out.items);
  if (error.ok()) error = CheckColumn(fields.destination_context, out.destination_context, out.items);
  if (error.ok() && fields.key_spec != 0) error = reading.length.Resolve(out.data_key_bytes);
  if (error.ok()) error = FinishContext(fields.context, out.context);
  if (error.ok()) error = FinishContext(fields.destination_context, out.destination_context);
  if (error.ok()) error = FinishTokens(fields, out);
  return error;
}

namespace {

// Nearly all fields of a batch are items, and values of its columns.
inline Status ReadField(const Field& field, Reading& reading) {
  if (Is(field, reading.fields.items) && !reading.fields.counts_items) {
    return ++reading.request.items > kMaxBatchItems ? Status::kTooManyItems : Status::kOk;
  }
  return ReadRareField(field, reading);
}

Status ReadRareField(const Field& field, Reading& reading) {
  const BatchFields& fields = reading.fields;
  BatchRequest& request = reading.request;
  if (const Status status = ReadContextField(field, fields.context, request.context); status != Status::kOk) {
    return status;
  }
  if (const Status status = ReadContextField(field, fields.destination_context, request.destination_context);
      status != Status::kOk) {
    return status;
  }
  if (Is(field, fields.key_id)) return ReadString(field, request.key_id);
  if (Is(field, fields.destination_key_id)) return ReadString(field, request.destination_key_id);
  if (Is(field, fields.grant_tokens)) return request.grant_tokens.Add(field.bytes);
  if (IsVarint(field, fields.items) && fields.counts_items) {
    request.items = static_cast<std::uint32_t>(field.varint);
  }
  if (IsVarint(field, fields.key_spec) || IsVarint(field, fields.number_of_bytes)) {
    reading.length.field = field.number();
    return ReadUint32(field, reading.length.value);
  }
  if (IsVarint(field, fields.skip_if_current)) request.skip_if_current = field.varint != 0;
  return Status::kOk;
}

Status ReadContextField(const Field& field, const ContextFields& fields, BatchContext& context) {
  if (Is(field, fields.column_values)) {
    ++context.column_values;
    return IsUtf8(field.bytes) ? Status::kOk : Status::kInvalidUtf8;
  }
  if (Is(field, fields.pairs)) return context.common.Add(field.bytes);
  if (Is(field, fields.column_key)) return ReadString(field, context.column_key);
  return Status::kOk;
}

RequestError CheckNames(const BatchFields& fields, const BatchRequest& request) {
  if (fields.key_id_required && request.key_id.empty()) return {Status::kKeyIdMissing, fields.key_id};
  if (fields.destination_key_id != 0 && request.destination_key_id.empty()) {
    return {Status::kKeyIdMissing, fields.destination_key_id};
  }
  return kAccepted;
}

RequestError CheckItems(const BatchFields& fields, const BatchRequest& request) {
  if (request.items == 0) return {Status::kItemsMissing, fields.items};
  if (request.items > kMaxBatchItems) return {Status::kTooManyItems, fields.items};
  return kAccepted;
}

RequestError CheckColumn(const ContextFields& fields, const BatchContext& context, std::size_t items) {
  if (context.column_key.empty() && context.column_values == 0) return kAccepted;
  if (context.column_key.empty()) return {Status::kColumnLengthMismatch, fields.column_key};
  if (context.column_values != items) return {Status::kColumnLengthMismatch, fields.column_values};
  if (context.common.Has(context.column_key)) return {Status::kColumnKeyCollides, fields.column_key};
  return kAccepted;
}

RequestError FinishContext(const ContextFields& fields, BatchContext& context) {
  if (!context.column_key.empty() && context.common.pair_count() == kMaxContextPairs) {
    return {Status::kContextTooManyPairs, fields.pairs};
  }
  const Status status = context.common.Finish();
  return status == Status::kOk ? kAccepted : RequestError{status, fields.pairs};
}

RequestError FinishTokens(const BatchFields& fields, const BatchRequest& request) {
  const Status status = request.grant_tokens.Finish();
  return status == Status::kOk ? kAccepted : RequestError{status, fields.grant_tokens};
}

}  // namespace
}  // namespace latchkey::wire
