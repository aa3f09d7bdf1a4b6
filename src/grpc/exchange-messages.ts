import protobuf from 'protobufjs/minimal.js';
import type { CryptoOperation } from '../crypto/native.ts';
import { hasHeadroom, prefixed } from '../headroom.ts';

/** Numbers of the fields of ExchangeRequest.request and ExchangeResponse.result that stand for calls: the same in both. */
export const callFields = {
  BatchEncrypt: 3,
  BatchDecrypt: 4,
  BatchReEncrypt: 5,
  BatchGenerateDataKey: 6,
  Encrypt: 7,
  Decrypt: 8,
  ReEncrypt: 9,
  GenerateDataKey: 10,
  GenerateDataKeyWithoutPlaintext: 11,
  GenerateRandom: 12,
  DescribeCiphertext: 13,
} as const satisfies Record<CryptoOperation, number>;

/** Of ExchangeRequest. */
export const cancelField = 14;

/** Name of a request of a stream, as its uint64 in two halves. */
export interface ExchangeId {
  readonly high: number;
  readonly low: number;
}

/** ExchangeResponse with the response of a call. */
export function responseMessage(id: ExchangeId, operation: CryptoOperation, response: Uint8Array): Buffer {
  return envelope(id, callFields[operation], response);
}

/** ExchangeResponse with a google.rpc.Status. */
export function errorMessage(id: ExchangeId, rpcStatus: Uint8Array): Buffer {
  return envelope(id, errorField, rpcStatus);
}

/** ExchangeResponse with ExchangeLimits. */
export function limitsMessage(limits: ExchangeLimits): Buffer {
  const writer = protobuf.Writer.create();
  writer.uint32(tag(1, varint)).uint32(limits.maxRequestsInFlight);
  writer.uint32(tag(2, varint)).uint64(limits.maxMessageBytes);
  writer.uint32(tag(3, varint)).uint64(limits.maxReplyBytes);
  writer.uint32(tag(4, varint)).uint64(limits.maxPlaintextBytes);
  writer.uint32(tag(5, varint)).uint32(limits.maxBatchItems);
  return envelope(noRequest, limitsField, writer.finish());
}

export interface ExchangeLimits {
  readonly maxRequestsInFlight: number;
  readonly maxMessageBytes: number;
  readonly maxReplyBytes: number;
  readonly maxPlaintextBytes: number;
  readonly maxBatchItems: number;
}

/** ExchangeResponse with Draining. */
export function drainingMessage(graceMs: number): Buffer {
  const duration = protobuf.Writer.create();
  duration.uint32(tag(1, varint)).int64(Math.floor(graceMs / 1000));
  duration.uint32(tag(2, varint)).int32((graceMs % 1000) * 1_000_000);
  const draining = protobuf.Writer.create().uint32(tag(1, lengthDelimited)).bytes(duration.finish());
  return envelope(noRequest, drainingField, draining.finish());
}

/** A message without room in front of it is copied: less than a tenth of what its frame costs. */
function envelope(id: ExchangeId, field: number, message: Uint8Array): Buffer {
  const isInPlace = hasHeadroom(message);
  const out = Buffer.allocUnsafe(maxEnvelopeBytes + (isInPlace ? 0 : message.length));
  let at = 0;
  if (id.low !== 0 || id.high !== 0) {
    out[at++] = tag(1, varint);
    at = writeVarint(out, at, id);
  }
  // Fields up to 15 have tags of one byte, 16 has one of two.
  at = writeVarint(out, at, { high: 0, low: tag(field, lengthDelimited) });
  at = writeVarint(out, at, { high: 0, low: message.length });
  if (isInPlace) return prefixed(out.subarray(0, at), message);
  out.set(message, at);
  return out.subarray(0, at + message.length);
}

function writeVarint(out: Buffer, start: number, { high, low }: ExchangeId): number {
  let at = start;
  let rest = low;
  let above = high;
  while (above > 0 || rest > 0x7f) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest = ((rest >>> 7) | ((above & 0x7f) << 25)) >>> 0;
    above >>>= 7;
  }
  out[at++] = rest;
  return at;
}

function tag(field: number, wireType: number): number {
  return field * 8 + wireType;
}

const varint = 0;
const lengthDelimited = 2;
const errorField = 14;
const limitsField = 15;
const drainingField = 16;
const noRequest: ExchangeId = { high: 0, low: 0 };
/** Tag and varint of the id, tag and length of the message. */
const maxEnvelopeBytes = 1 + 10 + 2 + 5;
