import { allocateWithHeadroom } from '../headroom.ts';
import { type KeyMaterialId, parseKeyMaterialId } from '../keys/key-material-id.ts';
import { nativeFailure } from './native-failure.ts';
import { type NativeKeyTable, type UnaryOperation, operationNumbers } from './native.ts';
import { ExchangeView, RequestView, exchangeViewLength, requestViewLength } from './native-views.ts';
import { requestText } from './request-text.ts';
import { RequestTexts, type TextTable } from './request-texts.ts';

/** What TypeScript decides with, read from one request of CryptoService. Absent names are ''. */
export interface ParsedRequest {
  /** `key_id`, or `source_key_id` of ReEncrypt. */
  readonly keyId: string;
  readonly destinationKeyId: string;
  /** Handle of the backing key that the ciphertext names; 0 when it is not in the table. */
  readonly handle: number;
  /** Where in the request the ciphertext begins. */
  readonly payloadOffset: number;
  /** Upper bound of the response, without the ARNs. */
  readonly responseBytes: number;
  /** How many grant tokens there are. */
  readonly grantTokens: number;
  readonly dryRun: boolean;
}

/**
 * The requests of CryptoService, parsed and answered natively: request bytes in, response bytes out. Throws `KmsError`s
 * for what is wrong with a request or a ciphertext.
 */
export class CryptoCalls {
  readonly texts: RequestTexts;
  readonly #table: DataPlaneTable;
  readonly #view = new Float64Array(requestViewLength);
  readonly #exchangeView = new Float64Array(exchangeViewLength);

  constructor(table: DataPlaneTable) {
    this.texts = new RequestTexts(table);
    this.#table = table;
  }

  /** Refuses everything that can be refused without a key, checksum included. */
  parse(operation: UnaryOperation, request: Buffer): ParsedRequest {
    const view = this.#view;
    const answer = this.#table.parse(operationNumbers[operation], request, view);
    if (answer < 0) throw nativeFailure(operation, answer, view[RequestView.field] ?? 0);
    return {
      keyId: requestText(request, view, RequestView.keyIdOffset),
      destinationKeyId: requestText(request, view, RequestView.destinationKeyIdOffset),
      handle: view[RequestView.handle] ?? 0,
      payloadOffset: view[RequestView.payloadOffset] ?? 0,
      responseBytes: view[RequestView.responseBytes] ?? 0,
      grantTokens: view[RequestView.grantTokens] ?? 0,
      dryRun: view[RequestView.dryRun] === 1,
    };
  }

  /** Reads which request a message of Exchange carries. Throws INVALID_REQUEST for a message that nobody can answer. */
  parseExchange(message: Buffer): ExchangeEnvelope {
    const view = this.#exchangeView;
    const answer = this.#table.parseExchange(message, view);
    const refusal = answer < 0 ? nativeFailure('Exchange', answer, view[ExchangeView.field] ?? 0) : undefined;
    if (refusal !== undefined && view[ExchangeView.field] !== timeoutField) throw refusal;
    const timeoutMs = view[ExchangeView.timeoutMs] ?? -1;
    return {
      id: { high: view[ExchangeView.idHigh] ?? 0, low: view[ExchangeView.idLow] ?? 0 },
      timeoutMs: timeoutMs < 0 ? undefined : timeoutMs,
      requestField: view[ExchangeView.requestField] ?? 0,
      requestOffset: view[ExchangeView.requestOffset] ?? 0,
      requestBytes: view[ExchangeView.requestBytes] ?? 0,
      refusal,
    };
  }

  encrypt(request: Buffer, parsed: ParsedRequest, key: SealingKey): Buffer {
    const out = pooledBuffer(parsed.responseBytes + key.arnBytes.length);
    return written('Encrypt', out, this.#table.encrypt(request, key.handle, key.arnBytes, out));
  }

  decrypt(request: Buffer, parsed: ParsedRequest, key: SealingKey): Buffer {
    const out = ownBuffer(parsed.responseBytes + key.arnBytes.length);
    return written('Decrypt', out, this.#table.decrypt(request, key.handle, key.arnBytes, out));
  }

  reEncrypt(request: Buffer, parsed: ParsedRequest, { source, destination }: Record<'source' | 'destination', SealingKey>): Buffer {
    const out = pooledBuffer(parsed.responseBytes + source.arnBytes.length + destination.arnBytes.length);
    const length = this.#table.reEncrypt(request, source.handle, source.arnBytes, destination.handle, destination.arnBytes, out);
    return written('ReEncrypt', out, length);
  }

  generateDataKey(request: Buffer, parsed: ParsedRequest, key: SealingKey): Buffer {
    const out = ownBuffer(parsed.responseBytes + key.arnBytes.length);
    return written('GenerateDataKey', out, this.#table.generateDataKey(request, key.handle, key.arnBytes, out));
  }

  generateDataKeyWithoutPlaintext(request: Buffer, parsed: ParsedRequest, key: SealingKey): Buffer {
    const out = pooledBuffer(parsed.responseBytes + key.arnBytes.length);
    const length = this.#table.generateDataKeyWithoutPlaintext(request, key.handle, key.arnBytes, out);
    return written('GenerateDataKeyWithoutPlaintext', out, length);
  }

  generateRandom(request: Buffer, parsed: ParsedRequest): Buffer {
    const out = ownBuffer(parsed.responseBytes);
    return written('GenerateRandom', out, this.#table.generateRandom(request, out));
  }

  describeCiphertext(request: Buffer, parsed: ParsedRequest, arnBytes: Uint8Array, current: boolean): Buffer {
    const out = pooledBuffer(parsed.responseBytes + arnBytes.length);
    return written('DescribeCiphertext', out, this.#table.describeCiphertext(request, arnBytes, current, out));
  }
}

/** One message of Exchange, as far as it is about the stream. */
export interface ExchangeEnvelope {
  /** A uint64 in two halves, never 0. */
  readonly id: { readonly high: number; readonly low: number };
  readonly timeoutMs: number | undefined;
  /** Number of the field that holds the request; 0 when there is none that this version knows. */
  readonly requestField: number;
  readonly requestOffset: number;
  readonly requestBytes: number;
  /** Why this request cannot be done, although it is known which it is: its timeout is none. */
  readonly refusal: Error | undefined;
}

/** A backing key in the native table, and the ARN of its key as the response will name it. */
export interface SealingKey {
  readonly handle: number;
  readonly arnBytes: Uint8Array;
}

/** The backing key that the ciphertext of a parsed request names. */
export function namedMaterialId(request: Buffer, { payloadOffset }: ParsedRequest): KeyMaterialId {
  const start = payloadOffset + blobMaterialIdOffset;
  const id = parseKeyMaterialId(request.toString('hex', start, start + materialIdBytes));
  if (id === undefined) throw new Error('A request was taken as parsed that has no ciphertext.');
  return id;
}

type DataPlaneTable = Pick<
  NativeKeyTable,
  | 'parse'
  | 'encrypt'
  | 'decrypt'
  | 'reEncrypt'
  | 'generateDataKey'
  | 'generateDataKeyWithoutPlaintext'
  | 'generateRandom'
  | 'describeCiphertext'
  | 'parseExchange'
> &
  TextTable;

/** For responses without plaintext: a slice of Node's pool, which costs a fifth of memory of its own. */
function pooledBuffer(bytes: number): Buffer {
  return bytes > pooledBytes ? allocateWithHeadroom(bytes) : Buffer.allocUnsafe(bytes);
}

/** For responses with plaintext: memory of its own, not a slice of the pool that other Buffers share. */
function ownBuffer(bytes: number): Buffer {
  return bytes > pooledBytes ? allocateWithHeadroom(bytes) : Buffer.allocUnsafeSlow(bytes);
}

function written(operation: UnaryOperation, out: Buffer, answer: number): Buffer {
  if (answer < 0) throw nativeFailure(operation, answer, 0);
  return out.subarray(0, answer);
}

const blobMaterialIdOffset = 2;
const materialIdBytes = 32;

/** More is never a slice of the pool, and worth to go out without a copy. */
const pooledBytes = 64 * 1024;

/** Of ExchangeRequest. What is wrong with it concerns one request alone. */
const timeoutField = 2;
