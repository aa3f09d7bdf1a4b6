import protobuf from 'protobufjs/minimal.js';
import type { EncryptionContext } from './crypto-caller.ts';
import { batchFields, bytesTag, lengthDelimited, varintTag } from './exchange-messages.ts';

/** One item of a batch: what is encrypted or a ciphertext, and its values in the context columns. */
export interface BatchItem {
  readonly payload: Uint8Array;
  readonly itemContextValue: string | undefined;
  /** Only to encrypt again. */
  readonly destinationItemContextValue?: string | undefined;
}

/** A kind of batch: its messages, written and read by hand, since an object for each item would cost more than all else. */
export interface BatchCodec {
  /** Number of its field in an ExchangeRequest. */
  readonly field: number;
  /** How much longer an item's result is than the item. */
  readonly growthBytes: number;
  readonly request: (items: readonly BatchItem[]) => Uint8Array;
  readonly response: (encoded: Buffer) => BatchResponse;
}

export interface BatchResponse {
  /** One for each item, views of the response; empty where it failed. */
  readonly payloads: readonly Buffer[];
  /** One for each ciphertext that was to be encrypted again: whether it was. */
  readonly reEncrypted: readonly boolean[];
  readonly errors: readonly BatchFailure[];
}

export interface BatchFailure {
  /** A google.rpc.Status. */
  readonly encodedStatus: Buffer;
  readonly indexes: readonly number[];
}

export interface KeyAndContext {
  readonly keyId: string;
  readonly context: EncryptionContext;
  readonly column: string | undefined;
}

export interface BatchOfKey extends KeyAndContext {
  readonly grantTokens: readonly string[];
}

export interface ReEncryptBatch {
  readonly source: KeyAndContext;
  readonly destination: KeyAndContext;
  readonly skipIfCurrent: boolean;
  readonly grantTokens: readonly string[];
}

export function encryptBatch({ keyId, context, column, grantTokens }: BatchOfKey): BatchCodec {
  return {
    field: batchFields.encrypt,
    growthBytes: blobOverheadBytes,
    request: (items) => {
      const writer = protobuf.Writer.create();
      writeText(writer, 1, keyId);
      writeContext(writer, 2, context);
      for (const { payload } of items) writer.uint32(bytesTag(3)).bytes(payload);
      writeColumn(writer, 4, { column, values: items.map(({ itemContextValue }) => itemContextValue) });
      writeTexts(writer, 6, grantTokens);
      return writer.finish();
    },
    response: (encoded) => readResponse(encoded, { payloads: 3, reEncrypted: 0, errors: 4 }),
  };
}

/** An empty key id: whichever key each ciphertext names. */
export function decryptBatch({ keyId, context, column, grantTokens }: BatchOfKey): BatchCodec {
  return {
    field: batchFields.decrypt,
    growthBytes: -blobOverheadBytes,
    request: (items) => {
      const writer = protobuf.Writer.create();
      for (const { payload } of items) writer.uint32(bytesTag(1)).bytes(payload);
      writeContext(writer, 2, context);
      writeColumn(writer, 3, { column, values: items.map(({ itemContextValue }) => itemContextValue) });
      writeText(writer, 5, keyId);
      writeTexts(writer, 6, grantTokens);
      return writer.finish();
    },
    response: (encoded) => readResponse(encoded, { payloads: 1, reEncrypted: 0, errors: 2 }),
  };
}

export function reEncryptBatch({ source, destination, skipIfCurrent, grantTokens }: ReEncryptBatch): BatchCodec {
  return {
    field: batchFields.reEncrypt,
    growthBytes: 0,
    request: (items) => {
      const writer = protobuf.Writer.create();
      for (const { payload } of items) writer.uint32(bytesTag(1)).bytes(payload);
      writeText(writer, 2, source.keyId);
      writeContext(writer, 3, source.context);
      writeText(writer, 4, destination.keyId);
      writeContext(writer, 5, destination.context);
      writeColumn(writer, 6, { column: source.column, values: items.map(({ itemContextValue }) => itemContextValue) });
      const values = items.map(({ destinationItemContextValue }) => destinationItemContextValue);
      writeColumn(writer, 8, { column: destination.column, values });
      if (skipIfCurrent) writer.uint32(varintTag(10)).bool(true);
      writeTexts(writer, 11, grantTokens);
      return writer.finish();
    },
    response: (encoded) => readResponse(encoded, { payloads: 1, reEncrypted: 2, errors: 3 }),
  };
}

function writeText(writer: protobuf.Writer, field: number, text: string): void {
  if (text !== '') writer.uint32(bytesTag(field)).string(text);
}

function writeTexts(writer: protobuf.Writer, field: number, texts: readonly string[]): void {
  for (const text of texts) writer.uint32(bytesTag(field)).string(text);
}

function writeContext(writer: protobuf.Writer, field: number, context: EncryptionContext): void {
  for (const [key, value] of Object.entries(context)) {
    writer.uint32(bytesTag(field)).fork();
    writer.uint32(bytesTag(1)).string(key).uint32(bytesTag(2)).string(value);
    writer.ldelim();
  }
}

/** The key of a column, and in the field behind it the values. */
function writeColumn(
  writer: protobuf.Writer,
  field: number,
  { column, values }: { readonly column: string | undefined; readonly values: readonly (string | undefined)[] },
): void {
  if (column === undefined) return;
  writer.uint32(bytesTag(field)).string(column);
  for (const value of values) writer.uint32(bytesTag(field + 1)).string(value ?? '');
}

/** `fields` are their numbers, 0 for what this response does not have. */
function readResponse(encoded: Buffer, fields: { payloads: number; reEncrypted: number; errors: number }): BatchResponse {
  const reader = protobuf.Reader.create(encoded);
  const payloads: Buffer[] = [];
  const reEncrypted: boolean[] = [];
  const errors: BatchFailure[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === bytesTag(fields.payloads)) payloads.push(lengthDelimited(reader));
    else if (tag === bytesTag(fields.errors)) errors.push(readFailure(lengthDelimited(reader)));
    else if (tag === bytesTag(fields.reEncrypted)) reEncrypted.push(...packed(reader).map((flag) => flag !== 0));
    else reader.skipType(tag & 7);
  }
  return { payloads, reEncrypted, errors };
}

/** A BatchError. */
function readFailure(encoded: Buffer): BatchFailure {
  const reader = protobuf.Reader.create(encoded);
  let encodedStatus: Buffer = Buffer.alloc(0);
  const indexes: number[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === bytesTag(1)) encodedStatus = lengthDelimited(reader);
    else if (tag === bytesTag(2)) for (const index of packed(reader)) indexes.push(index);
    else reader.skipType(tag & 7);
  }
  return { encodedStatus, indexes };
}

/** A repeated field of numbers, as proto3 writes them. */
function packed(reader: protobuf.Reader): number[] {
  const end = reader.uint32() + reader.pos;
  const numbers: number[] = [];
  while (reader.pos < end) numbers.push(reader.uint32());
  return numbers;
}

/** What a ciphertext is longer than its plaintext: docs/FORMATS.md. */
const blobOverheadBytes = 74;
