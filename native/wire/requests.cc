#include "native/wire/requests.h"

#include "native/wire/field_values.h"
#include "native/wire/protobuf_reader.h"

namespace latchkey::wire {
namespace {

struct DataKeyFields {
  DataKeyRequest& request;
  DataKeyLength length;
};

// Each takes one field of a message, known or not.
Status ReadField(const Field& field, EncryptRequest& out);
Status ReadField(const Field& field, DecryptRequest& out);
Status ReadField(const Field& field, ReEncryptRequest& out);
Status ReadField(const Field& field, DataKeyFields& out);
Status ReadField(const Field& field, RandomRequest& out);
Status ReadField(const Field& field, DescribeCiphertextRequest& out);

template <typename Message>
RequestError ReadFields(Bytes request, Message& out) {
  FieldReader reader(request);
  for (Field field; reader.Next(field);) {
    if (const Status status = ReadField(field, out); status != Status::kOk) return {status, field.number()};
  }
  return {reader.malformed() ? Status::kMalformedRequest : Status::kOk, 0};
}

constexpr RequestError kAccepted = {Status::kOk, 0};
RequestError CheckBlob(Bytes blob, const RequestLimits& limits, std::uint32_t field);
RequestError CheckRandomBytes(std::uint32_t number_of_bytes, std::uint32_t field);
RequestError FinishContext(EncryptionContext& context, std::uint32_t field);
RequestError FinishTokens(const GrantTokens& tokens, std::uint32_t field);

}  // namespace

RequestError Parse(Bytes request, const RequestLimits& limits, EncryptRequest& out) {
  if (const RequestError error = ReadFields(request, out); !error.ok()) return error;
  if (out.key_id.empty()) return {Status::kKeyIdMissing, EncryptRequest::kKeyIdField};
  if (out.plaintext.empty()) return {Status::kPlaintextMissing, EncryptRequest::kPlaintextField};
  if (out.plaintext.size() > limits.max_plaintext_bytes) {
    return {Status::kPlaintextTooLarge, EncryptRequest::kPlaintextField};
  }
  if (const RequestError error = FinishContext(out.context, EncryptRequest::kContextField); !error.ok()) return error;
  return FinishTokens(out.grant_tokens, EncryptRequest::kGrantTokensField);
}

RequestError Parse(Bytes request, const RequestLimits& limits, DecryptRequest& out) {
  if (const RequestError error = ReadFields(request, out); !error.ok()) return error;
  if (const RequestError error = CheckBlob(out.blob, limits, DecryptRequest::kBlobField); !error.ok()) return error;
  if (const RequestError error = FinishContext(out.context, DecryptRequest::kContextField); !error.ok()) return error;
  return FinishTokens(out.grant_tokens, DecryptRequest::kGrantTokensField);
}

RequestError Parse(Bytes request, const RequestLimits& limits, ReEncryptRequest& out) {
  if (const RequestError error = ReadFields(request, out); !error.ok()) return error;
  if (out.destination_key_id.empty()) return {Status::kKeyIdMissing, ReEncryptRequest::kDestinationKeyIdField};
  if (const RequestError error = CheckBlob(out.blob, limits, ReEncryptRequest::kBlobField); !error.ok()) return error;
  if (const RequestError error = FinishContext(out.source_context, ReEncryptRequest::kSourceContextField);
      !error.ok()) {
    return error;
  }
  if (const RequestError error = FinishContext(out.destination_context, ReEncryptRequest::kDestinationContextField);
      !error.ok()) {
    return error;
  }
  return FinishTokens(out.grant_tokens, ReEncryptRequest::kGrantTokensField);
}

RequestError Parse(Bytes request, const RequestLimits& /*limits*/, DataKeyRequest& out) {
  DataKeyFields fields = {.request = out, .length = {}};
  if (const RequestError error = ReadFields(request, fields); !error.ok()) return error;
  if (out.key_id.empty()) return {Status::kKeyIdMissing, DataKeyRequest::kKeyIdField};
  if (const RequestError error = fields.length.Resolve(out.length); !error.ok()) return error;
  if (const RequestError error = FinishContext(out.context, DataKeyRequest::kContextField); !error.ok()) return error;
  return FinishTokens(out.grant_tokens, DataKeyRequest::kGrantTokensField);
}

RequestError Parse(Bytes request, const RequestLimits& /*limits*/, RandomRequest& out) {
  if (const RequestError error = ReadFields(request, out); !error.ok()) return error;
  return CheckRandomBytes(out.number_of_bytes, RandomRequest::kNumberOfBytesField);
}

RequestError Parse(Bytes request, const RequestLimits& limits, DescribeCiphertextRequest& out) {
  if (const RequestError error = ReadFields(request, out); !error.ok()) return error;
  return CheckBlob(out.blob, limits, DescribeCiphertextRequest::kBlobField);
}

namespace {

Status ReadField(const Field& field, EncryptRequest& out) {
  switch (field.tag) {
    case BytesTag(EncryptRequest::kKeyIdField):
      return ReadString(field, out.key_id);
    case BytesTag(EncryptRequest::kPlaintextField):
      return ReadBytes(field, out.plaintext);
    case BytesTag(EncryptRequest::kContextField):
      return out.context.Add(field.bytes);
    case VarintTag(EncryptRequest::kChecksumField):
      return ReadUint32(field, out.plaintext_crc32c);
    case BytesTag(EncryptRequest::kGrantTokensField):
      return out.grant_tokens.Add(field.bytes);
    case VarintTag(EncryptRequest::kDryRunField):
      return ReadBool(field, out.dry_run);
    default:
      return Status::kOk;
  }
}

Status ReadField(const Field& field, DecryptRequest& out) {
  switch (field.tag) {
    case BytesTag(DecryptRequest::kBlobField):
      return ReadBytes(field, out.blob);
    case BytesTag(DecryptRequest::kContextField):
      return out.context.Add(field.bytes);
    case BytesTag(DecryptRequest::kKeyIdField):
      return ReadString(field, out.key_id);
    case VarintTag(DecryptRequest::kChecksumField):
      return ReadUint32(field, out.blob_crc32c);
    case BytesTag(DecryptRequest::kGrantTokensField):
      return out.grant_tokens.Add(field.bytes);
    case VarintTag(DecryptRequest::kDryRunField):
      return ReadBool(field, out.dry_run);
    default:
      return Status::kOk;
  }
}

Status ReadField(const Field& field, ReEncryptRequest& out) {
  switch (field.tag) {
    case BytesTag(ReEncryptRequest::kBlobField):
      return ReadBytes(field, out.blob);
    case BytesTag(ReEncryptRequest::kSourceContextField):
      return out.source_context.Add(field.bytes);
    case BytesTag(ReEncryptRequest::kSourceKeyIdField):
      return ReadString(field, out.source_key_id);
    case BytesTag(ReEncryptRequest::kDestinationKeyIdField):
      return ReadString(field, out.destination_key_id);
    case BytesTag(ReEncryptRequest::kDestinationContextField):
      return out.destination_context.Add(field.bytes);
    case VarintTag(ReEncryptRequest::kChecksumField):
      return ReadUint32(field, out.blob_crc32c);
    case BytesTag(ReEncryptRequest::kGrantTokensField):
      return out.grant_tokens.Add(field.bytes);
    case VarintTag(ReEncryptRequest::kDryRunField):
      return ReadBool(field, out.dry_run);
    default:
      return Status::kOk;
  }
}

Status ReadField(const Field& field, DataKeyFields& out) {
  switch (field.tag) {
    case BytesTag(DataKeyRequest::kKeyIdField):
      return ReadString(field, out.request.key_id);
    case BytesTag(DataKeyRequest::kContextField):
      return out.request.context.Add(field.bytes);
    case VarintTag(DataKeyRequest::kKeySpecField):
    case VarintTag(DataKeyRequest::kNumberOfBytesField):
      out.length.field = field.number();
      return ReadUint32(field, out.length.value);
    case BytesTag(DataKeyRequest::kGrantTokensField):
      return out.request.grant_tokens.Add(field.bytes);
    case VarintTag(DataKeyRequest::kDryRunField):
      return ReadBool(field, out.request.dry_run);
    default:
      return Status::kOk;
  }
}

Status ReadField(const Field& field, RandomRequest& out) {
  if (field.tag != VarintTag(RandomRequest::kNumberOfBytesField)) return Status::kOk;
  return ReadUint32(field, out.number_of_bytes);
}

Status ReadField(const Field& field, DescribeCiphertextRequest& out) {
  switch (field.tag) {
    case BytesTag(DescribeCiphertextRequest::kBlobField):
      return ReadBytes(field, out.blob);
    case VarintTag(DescribeCiphertextRequest::kChecksumField):
      return ReadUint32(field, out.blob_crc32c);
    default:
      return Status::kOk;
  }
}

RequestError CheckBlob(Bytes blob, const RequestLimits& limits, std::uint32_t field) {
  if (blob.empty()) return {Status::kCiphertextMissing, field};
  if (blob.size() > limits.max_plaintext_bytes + kBlobOverheadBytes) return {Status::kCiphertextTooLarge, field};
  return kAccepted;
}

RequestError CheckRandomBytes(std::uint32_t number_of_bytes, std::uint32_t field) {
  if (number_of_bytes < 1 || number_of_bytes > kMaxRandomBytes) return {Status::kLengthOutOfRange, field};
  return kAccepted;
}

RequestError FinishContext(EncryptionContext& context, std::uint32_t field) {
  const Status status = context.Finish();
  return status == Status::kOk ? kAccepted : RequestError{status, field};
}

RequestError FinishTokens(const GrantTokens& tokens, std::uint32_t field) {
  const Status status = tokens.Finish();
  return status == Status::kOk ? kAccepted : RequestError{status, field};
}

}  // namespace

RequestError DataKeyLength::Resolve(std::uint32_t& bytes) const {
  // Values of the enum DataKeySpec. UNSPECIFIED is the same as absent.
  constexpr std::uint32_t kUnspecified = 0;
  constexpr std::uint32_t kAes256 = 1;
  constexpr std::uint32_t kAes128 = 2;

  if (field == DataKeyRequest::kNumberOfBytesField) {
    bytes = value;
    return CheckRandomBytes(value, DataKeyRequest::kNumberOfBytesField);
  }
  switch (value) {
    case kUnspecified:
      return {Status::kLengthMissing, DataKeyRequest::kKeySpecField};
    case kAes256:
      bytes = 32;
      return kAccepted;
    case kAes128:
      bytes = 16;
      return kAccepted;
    default:
      return {Status::kDataKeySpecUnknown, DataKeyRequest::kKeySpecField};
  }
}

}  // namespace latchkey::wire
