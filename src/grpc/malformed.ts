import type { MethodDefinition, ServiceDefinition } from '@grpc/grpc-js';
import protobuf from 'protobufjs/minimal.js';
import { KmsError } from '../errors.ts';

/** Stands for a request that does not decode: grpc-js would answer INTERNAL for what is the caller's mistake. */
export class Malformed {
  /** Throws INVALID_REQUEST. */
  static refuse(message: string): never {
    throw new KmsError('INVALID_REQUEST', message);
  }

  readonly message: string;

  constructor(message: string) {
    this.message = message;
  }
}

/** The service with requests that decode to a message or to `Malformed`. */
export function refusingMalformed(service: ServiceDefinition): ServiceDefinition {
  return mapMethods(service, (method) => ({ ...method, requestDeserialize: (bytes: Buffer) => decoded(method, bytes) }));
}

/** The service with requests and responses left as bytes. */
export function rawBytes(service: ServiceDefinition): ServiceDefinition {
  return mapMethods(service, (method) => ({ ...method, requestDeserialize: asTheyAre, responseSerialize: sentAsBytes }));
}

function mapMethods(service: ServiceDefinition, change: (method: AnyMethod) => AnyMethod): ServiceDefinition {
  return Object.fromEntries(Object.entries(service).map(([name, method]) => [name, change(method)]));
}

type AnyMethod = MethodDefinition<object, object>;

function decoded(method: AnyMethod, bytes: Buffer): object {
  try {
    requireWellFormed(bytes);
    const message = method.requestDeserialize(bytes);
    return replacedCharacters(message) > countOf(replacementBytes, bytes) ? new Malformed('A text field is not UTF-8.') : message;
  } catch {
    return new Malformed('The request is not a well-formed protobuf message of this call.');
  }
}

/** protobufjs takes a text that ends with the message for whole, whatever its length says. No request of ours has messages inside. */
function requireWellFormed(bytes: Buffer): void {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag >>> 3 === 0) throw new Error('There is no field 0.');
    // Skipping would take a varint of any length.
    if ((tag & 7) === 0) reader.uint64();
    else reader.skipType(tag & 7);
  }
}

/** protobufjs puts U+FFFD where bytes are not UTF-8; one that was sent as such is in the bytes too. */
function replacedCharacters(message: object): number {
  const texts = Object.values(message).filter((value) => typeof value === 'string');
  return texts.reduce((count, value) => count + countOf('\ufffd', value), 0);
}

function countOf(sought: string | Buffer, text: string | Buffer): number {
  let count = 0;
  for (let at = indexIn(text, sought, 0); at >= 0; at = indexIn(text, sought, at + sought.length)) count++;
  return count;
}

function indexIn(text: string | Buffer, sought: string | Buffer, from: number): number {
  return typeof text === 'string' ? text.indexOf(String(sought), from) : text.indexOf(sought, from);
}

function asTheyAre(bytes: Buffer): Buffer {
  return bytes;
}

function sentAsBytes(response: object): Buffer {
  if (!Buffer.isBuffer(response)) throw new Error('A response that is sent as it is must be a Buffer.');
  return response;
}

const replacementBytes = Buffer.from('\ufffd');
