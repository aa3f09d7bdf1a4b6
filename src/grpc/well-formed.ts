import { isUtf8 } from 'node:buffer';
import type { MethodDefinition } from '@grpc/proto-loader';
import descriptor from 'protobufjs/ext/descriptor/index.js';
import protobuf from 'protobufjs/minimal.js';
import { KmsError, invalidField } from '../errors.ts';

type Reader = protobuf.Reader;

/** Checks the bytes of a request before they are decoded. Throws INVALID_REQUEST. */
export type RequestCheck = (bytes: Buffer) => void;

/**
 * The check for a method's requests. protobufjs alone takes a text that is cut off by the end of the message for whole, puts
 * U+FFFD where a text is not UTF-8, and reads a field by its number whatever its wire type says. Messages inside are checked the
 * same way; no message of the API may hold itself, so that the depth is bounded by the API.
 */
export function requestCheck({ requestType }: RequestOf): RequestCheck {
  const fields = fieldsOf(requestType.type, messagesIn(requestType.fileDescriptorProtos));
  return (bytes) => {
    try {
      checkMessage(bytes, fields, '');
    } catch (error) {
      throw error instanceof KmsError ? error : malformedRequest();
    }
  };
}

export function malformedRequest(): KmsError {
  return new KmsError('INVALID_REQUEST', 'The request is not a well-formed protobuf message of this call.');
}

function checkMessage(bytes: Uint8Array, fields: Fields, path: string): void {
  const reader = protobuf.Reader.create(bytes);
  const seen = new Set<string>();
  while (reader.pos < reader.len) checkField(reader, fields, { path, seen });
}

interface Place {
  readonly path: string;
  /** Keys of the message's maps so far, behind the names of their fields. */
  readonly seen: Set<string>;
}

function checkField(reader: Reader, fields: Fields, place: Place): void {
  const tag = reader.uint32();
  const wireType = tag & 7;
  const number = tag >>> 3;
  const field = fields.get(number);
  if (number === 0) throw malformedRequest();
  if (field === undefined) skip(reader, wireType);
  else if (field.isNumber && wireType === varint) reader.uint64();
  else if (field.isNumber && field.isRepeated && wireType === lengthDelimited) checkPacked(reader.bytes());
  else if (field.isNumber || wireType !== lengthDelimited) throw malformedRequest();
  else checkLengthDelimited(reader.bytes(), field, place);
}

function checkLengthDelimited(bytes: Uint8Array, { name, isText, isMap, inside }: Field, { path, seen }: Place): void {
  if (isText && !isUtf8(bytes)) throw invalidField(`${path}${name}`, 'must be UTF-8.');
  if (inside !== undefined) checkMessage(bytes, inside, `${path}${name}.`);
  if (!isMap) return;
  const pair = `${name} ${keyOf(bytes)}`;
  // protobufjs would take the last value, and who wrote the request may have meant another.
  if (seen.has(pair)) throw invalidField(`${path}${name}`, 'must have each key once.');
  seen.add(pair);
}

/** Of an entry of a map, which has been checked; a text. */
function keyOf(bytes: Uint8Array): string {
  const reader = protobuf.Reader.create(bytes);
  let key = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 1) key = reader.string();
    else skip(reader, tag & 7);
  }
  return key;
}

function checkPacked(bytes: Uint8Array): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) reader.uint64();
}

function skip(reader: Reader, wireType: number): void {
  // Skipping would take a varint of any length.
  if (wireType === varint) reader.uint64();
  else reader.skipType(wireType);
}

type RequestOf = Pick<MethodDefinition<object, object>, 'requestType'>;
type Fields = ReadonlyMap<number, Field>;

interface Field {
  readonly name: string;
  readonly isText: boolean;
  readonly isNumber: boolean;
  readonly isRepeated: boolean;
  readonly isMap: boolean;
  /** The fields of a message. */
  readonly inside?: Fields;
}

interface Descriptor {
  readonly options?: { readonly mapEntry?: boolean };
  readonly field: readonly {
    readonly name: string;
    readonly number: number;
    readonly type: string;
    readonly label: string;
    readonly typeName?: string;
  }[];
}

/** A message's fields by number, from its descriptor. */
function fieldsOf(message: object, messages: ReadonlyMap<string, object>): Fields {
  const { field } = message as Descriptor;
  return new Map(
    field.map(({ name, number, type, label, typeName }) => {
      const isNumber = numberTypes.includes(type);
      const known = isNumber || lengthDelimitedTypes.includes(type);
      const inside = type === 'TYPE_MESSAGE' ? messages.get(lastName(typeName)) : undefined;
      const isMap = (inside as Descriptor | undefined)?.options?.mapEntry === true;
      if (!known && inside === undefined) throw new Error(`Requests with fields of ${type} (${name}) cannot be checked yet.`);
      return [
        number,
        {
          name,
          isNumber,
          isText: type === 'TYPE_STRING',
          isRepeated: label === 'LABEL_REPEATED',
          isMap,
          ...(inside === undefined ? {} : { inside: fieldsOf(inside, messages) }),
        },
      ];
    }),
  );
}

/**
 * The messages of all files that the request needs, with the entries of their maps, by their names without packages and outer
 * messages: where several entries have one name, they are pairs of texts.
 */
function messagesIn(files: readonly Buffer[]): ReadonlyMap<string, object> {
  const options = { enums: String, defaults: true, arrays: true };
  return new Map(
    files
      .map((file) => descriptor.FileDescriptorProto.toObject(descriptor.FileDescriptorProto.decode(file), options) as FileOf)
      .flatMap(({ messageType }) => messageType.flatMap((message) => [message, ...message.nestedType]))
      .map((message) => [message.name, message]),
  );
}

interface FileOf {
  readonly messageType: readonly { readonly name: string; readonly nestedType: readonly { readonly name: string }[] }[];
}

function lastName(typeName = ''): string {
  return typeName.slice(typeName.lastIndexOf('.') + 1);
}

/** Every other type needs a rule of its own above. */
const numberTypes: readonly string[] = ['TYPE_ENUM', 'TYPE_UINT32', 'TYPE_BOOL', 'TYPE_INT32', 'TYPE_INT64'];
const lengthDelimitedTypes: readonly string[] = ['TYPE_STRING', 'TYPE_BYTES'];
const varint = 0;
const lengthDelimited = 2;
