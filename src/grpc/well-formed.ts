import { isUtf8 } from 'node:buffer';
import type { MethodDefinition } from '@grpc/proto-loader';
import protobuf from 'protobufjs/minimal.js';
import { KmsError, invalidField } from '../errors.ts';

type Reader = protobuf.Reader;

/** Checks the bytes of a request before they are decoded. Throws INVALID_REQUEST. */
export type RequestCheck = (bytes: Buffer) => void;

/**
 * The check for a method's requests. protobufjs alone takes a text that is cut off by the end of the message for whole, puts
 * U+FFFD where a text is not UTF-8, and reads a field by its number whatever its wire type says. Requests are flat: of their
 * fields none is a message.
 */
export function requestCheck({ requestType }: Pick<MethodDefinition<object, object>, 'requestType'>): RequestCheck {
  const fields = fieldsOf(requestType.type);
  return (bytes) => {
    const reader = protobuf.Reader.create(bytes);
    try {
      while (reader.pos < reader.len) checkField(reader, fields);
    } catch (error) {
      throw error instanceof KmsError ? error : malformedRequest();
    }
  };
}

export function malformedRequest(): KmsError {
  return new KmsError('INVALID_REQUEST', 'The request is not a well-formed protobuf message of this call.');
}

interface Field {
  readonly name: string;
  readonly isText: boolean;
}

/** A message's fields by number, from its descriptor. */
function fieldsOf(descriptor: object): ReadonlyMap<number, Field> {
  const { field } = descriptor as { field: readonly { name: string; number: number; type: string }[] };
  return new Map(
    field.map(({ name, number, type }) => {
      if (!checkedTypes.includes(type)) throw new Error(`Requests with fields of ${type} (${name}) cannot be checked yet.`);
      return [number, { name, isText: type === 'TYPE_STRING' }];
    }),
  );
}

function checkField(reader: Reader, fields: ReadonlyMap<number, Field>): void {
  const tag = reader.uint32();
  const wireType = tag & 7;
  const number = tag >>> 3;
  const field = fields.get(number);
  if (number === 0) throw malformedRequest();
  if (field !== undefined && wireType !== (field.isText ? lengthDelimited : varint)) throw malformedRequest();
  if (field?.isText === true) {
    if (!isUtf8(reader.bytes())) throw invalidField(field.name, 'must be UTF-8.');
  } else if (wireType === varint) {
    // Skipping would take a varint of any length.
    reader.uint64();
  } else {
    reader.skipType(wireType);
  }
}

/** Every other type, and every repeated field, needs a rule of its own above. */
const checkedTypes: readonly string[] = ['TYPE_STRING', 'TYPE_ENUM', 'TYPE_UINT32', 'TYPE_BOOL'];
const varint = 0;
const lengthDelimited = 2;
