import protobuf from 'protobufjs/minimal.js';

/** Numbers of the fields of ExchangeRequest.request and ExchangeResponse.result that stand for batches: the same in both. */
export const batchFields = { encrypt: 3, decrypt: 4, reEncrypt: 5 } as const;

/** What an ExchangeResponse holds; a result or status is still encoded, and a view of the message. */
export interface ExchangeAnswer {
  readonly id: number;
  /** Number of the field that is set; 0 when this version knows none of them. */
  readonly field: number;
  readonly body: Uint8Array;
}

export interface ExchangeLimits {
  readonly maxRequestsInFlight: number;
  readonly maxMessageBytes: number;
  readonly maxReplyBytes: number;
  readonly maxBatchItems: number;
}

/** An ExchangeRequest. */
export function requestMessage(
  id: number,
  { field, body, timeoutMs }: { readonly field: number; readonly body: Uint8Array; readonly timeoutMs: number },
): Buffer {
  const writer = protobuf.Writer.create().uint32(varintTag(1)).uint64(id);
  writer.uint32(bytesTag(2)).fork();
  writer.uint32(varintTag(1)).int64(Math.floor(timeoutMs / 1000));
  writer.uint32(varintTag(2)).int32(Math.floor(timeoutMs % 1000) * 1_000_000);
  writer.ldelim();
  return bufferOf(writer.uint32(bytesTag(field)).bytes(body).finish());
}

/** An ExchangeRequest that gives up another. */
export function cancelMessage(id: number): Buffer {
  const writer = protobuf.Writer.create().uint32(varintTag(1)).uint64(id);
  return bufferOf(writer.uint32(bytesTag(cancelField)).uint32(0).finish());
}

/** Takes an ExchangeResponse apart. Throws for what is none. */
export function parseAnswer(message: Uint8Array): ExchangeAnswer {
  const reader = protobuf.Reader.create(message);
  let id = 0;
  let field = 0;
  let body: Uint8Array = new Uint8Array();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === varintTag(1)) id = Number(reader.uint64());
    else if ((tag & 7) === 2) {
      field = tag >>> 3;
      body = lengthDelimited(reader);
    } else reader.skipType(tag & 7);
  }
  return { id, field, body };
}

export function parseLimits(body: Uint8Array): ExchangeLimits {
  const reader = protobuf.Reader.create(body);
  const values = new Map<number, number>();
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if ((tag & 7) === 0) values.set(tag >>> 3, Number(reader.uint64()));
    else reader.skipType(tag & 7);
  }
  // What a later server leaves out is not limited by it.
  const limit = (field: number): number => values.get(field) ?? Infinity;
  return { maxRequestsInFlight: limit(1), maxMessageBytes: limit(2), maxReplyBytes: limit(3), maxBatchItems: limit(5) };
}

/** A view of the next bytes, not a copy. */
export function lengthDelimited(reader: protobuf.Reader): Buffer {
  const length = reader.uint32();
  const start = reader.pos;
  reader.skip(length);
  return Buffer.from(reader.buf.buffer, reader.buf.byteOffset + start, length);
}

export function varintTag(field: number): number {
  return field << 3;
}

export function bytesTag(field: number): number {
  return (field << 3) | 2;
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const cancelField = 14;
/** Of ExchangeResponse. */
export const errorField = 14;
export const limitsField = 15;
export const drainingField = 16;
