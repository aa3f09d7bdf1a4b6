import { randomBytes } from 'node:crypto';
import { frameHeaderBytes, grpcFrame } from '../bench/grpc-frame.ts';
import { withChecksum } from '../src/client/checksums.ts';
import type { Latchkey } from '../src/client/connect.ts';
import { loadProtocol } from '../src/client/protocol.ts';
import { exchangeOnce } from './exchange-once.ts';
import { greatestReplyBytes, maxReplyBytesKey } from './large-replies.ts';
import type { Mode, Operation, Options } from './options.ts';

/** What h2load sends again and again, and the same sent once by a real client. */
export interface Offer {
  /** `/package.Service/Method`. */
  readonly path: string;
  /** Headers of the request that not every call of gRPC has. */
  readonly headers: readonly string[];
  /** What `latchkey_calls_total` counts it as, and how often. */
  readonly countedAs: string;
  readonly callsPerRequest: number;
  /** The gRPC frames of one request. */
  readonly body: Buffer;
  /** Sends it once, and looks at the reply. Throws LatchkeyError when there is none. */
  sample(): Promise<Sample>;
}

export interface Sample {
  /** Whether the reply is what was asked for: what was encrypted decrypts to the plaintext. */
  readonly isRight: boolean;
  /** Of the reply, with the headers of its gRPC frames. */
  readonly replyBytes: number;
}

/** Prepares what the options ask for; `crypto` must take large replies. Throws LatchkeyError when ciphertexts for it cannot be made. */
export async function makeOffer(
  options: Pick<Options, OfferOptions>,
  keyId: string,
  { crypto, token }: Pick<Parts, 'crypto' | 'token'>,
): Promise<Offer> {
  const plaintexts = Array.from({ length: options.items }, () => randomBytes(options.size));
  const offer = await makers[options.mode][options.operation]({ address: options.address, token, keyId, plaintexts, crypto });
  return token === undefined ? offer : { ...offer, headers: [...offer.headers, `authorization: Bearer ${token}`] };
}

type OfferOptions = 'address' | 'mode' | 'operation' | 'size' | 'items';

interface Parts {
  readonly address: string;
  /** Of the caller; undefined where the connection says who that is. */
  readonly token: string | undefined;
  readonly keyId: string;
  readonly plaintexts: readonly Buffer[];
  readonly crypto: Latchkey['crypto'];
}

async function unaryEncrypt({ keyId, plaintexts: [plaintext = Buffer.alloc(0)], crypto }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.Encrypt;
  const request = { key_id: keyId, plaintext, encryption_context };
  return {
    path,
    headers: [],
    countedAs: 'Encrypt',
    callsPerRequest: 1,
    body: grpcFrame(requestSerialize(withChecksum(request))),
    sample: async () => {
      const reply = await crypto.encrypt(request);
      const opened = await crypto.decrypt({ ciphertext_blob: reply.ciphertext_blob, encryption_context });
      return { isRight: opened.plaintext.equals(plaintext), replyBytes: framed([responseSerialize(reply)]) };
    },
  };
}

async function unaryDecrypt({ keyId, plaintexts: [plaintext = Buffer.alloc(0)], crypto }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.Decrypt;
  const { ciphertext_blob } = await crypto.encrypt({ key_id: keyId, plaintext, encryption_context });
  const request = { ciphertext_blob, encryption_context };
  return {
    path,
    headers: [],
    countedAs: 'Decrypt',
    callsPerRequest: 1,
    body: grpcFrame(requestSerialize(withChecksum(request))),
    sample: async () => {
      const reply = await crypto.decrypt(request);
      return { isRight: reply.plaintext.equals(plaintext), replyBytes: framed([responseSerialize(reply)]) };
    },
  };
}

async function batchEncrypt({ keyId, plaintexts, crypto }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.BatchEncrypt;
  const context = columnFor(plaintexts);
  const request = { key_id: keyId, plaintexts: [...plaintexts], ...context };
  return {
    path,
    headers: allowingLargeReplies,
    countedAs: 'BatchEncrypt',
    callsPerRequest: 1,
    body: grpcFrame(requestSerialize(request)),
    sample: async () => {
      const reply = await crypto.batchEncrypt(request);
      const opened = await crypto.batchDecrypt({ ciphertext_blobs: reply.ciphertext_blobs, ...context });
      return { isRight: areEqual(opened.plaintexts, plaintexts), replyBytes: framed([responseSerialize(reply)]) };
    },
  };
}

async function batchDecrypt({ keyId, plaintexts, crypto }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.BatchDecrypt;
  const context = columnFor(plaintexts);
  const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id: keyId, plaintexts: [...plaintexts], ...context });
  const request = { ciphertext_blobs, ...context };
  return {
    path,
    headers: allowingLargeReplies,
    countedAs: 'BatchDecrypt',
    callsPerRequest: 1,
    body: grpcFrame(requestSerialize(request)),
    sample: async () => {
      const reply = await crypto.batchDecrypt(request);
      return { isRight: areEqual(reply.plaintexts, plaintexts), replyBytes: framed([responseSerialize(reply)]) };
    },
  };
}

async function exchangeEncrypt({ keyId, plaintexts, crypto, ...caller }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.Exchange;
  const requests = plaintexts.map((plaintext, index) => ({
    id: String(index + 1),
    encrypt: withChecksum({ key_id: keyId, plaintext, encryption_context }),
  }));
  return {
    path,
    headers: [],
    countedAs: 'Encrypt',
    callsPerRequest: requests.length,
    body: Buffer.concat(requests.map((request) => grpcFrame(requestSerialize(request)))),
    sample: async () => {
      const replies = await exchangeOnce(callerOf(caller), requests);
      const blobs = new Map(replies.map(({ id, encrypt }) => [id, encrypt?.ciphertext_blob ?? Buffer.alloc(0)]));
      const ciphertext_blobs = requests.map(({ id }) => blobs.get(id) ?? Buffer.alloc(0));
      const opened = await crypto.batchDecrypt({ ciphertext_blobs, encryption_context });
      return { isRight: areEqual(opened.plaintexts, plaintexts), replyBytes: framed(replies.map(responseSerialize)) };
    },
  };
}

async function exchangeDecrypt({ keyId, plaintexts, crypto, ...caller }: Parts): Promise<Offer> {
  const { path, requestSerialize, responseSerialize } = service.Exchange;
  const { ciphertext_blobs } = await crypto.batchEncrypt({
    key_id: keyId,
    plaintexts: [...plaintexts],
    encryption_context,
  });
  const requests = ciphertext_blobs.map((ciphertext_blob, index) => ({
    id: String(index + 1),
    decrypt: withChecksum({ ciphertext_blob, encryption_context }),
  }));
  return {
    path,
    headers: [],
    countedAs: 'Decrypt',
    callsPerRequest: requests.length,
    body: Buffer.concat(requests.map((request) => grpcFrame(requestSerialize(request)))),
    sample: async () => {
      const replies = await exchangeOnce(callerOf(caller), requests);
      const opened = new Map(replies.map(({ id, decrypt }) => [id, decrypt?.plaintext ?? Buffer.alloc(0)]));
      const inOrder = requests.map(({ id }) => opened.get(id) ?? Buffer.alloc(0));
      return { isRight: areEqual(inOrder, plaintexts), replyBytes: framed(replies.map(responseSerialize)) };
    },
  };
}

function callerOf({ address, token }: Pick<Parts, 'address' | 'token'>) {
  return token === undefined ? { address } : { address, token };
}

/** Binds each item to its row, as one would a column of a table. */
function columnFor(plaintexts: readonly Buffer[]) {
  return { encryption_context, item_context_key: 'row', item_context_values: plaintexts.map((_, index) => String(index)) };
}

/** An item that failed is empty, and so never equal. */
function areEqual(replies: readonly Buffer[], expected: readonly Buffer[]): boolean {
  return replies.length === expected.length && expected.every((bytes, index) => replies[index]?.equals(bytes) === true);
}

function framed(messages: readonly Uint8Array[]): number {
  return messages.reduce((sum, { length }) => sum + frameHeaderBytes + length, 0);
}

const service = loadProtocol().crypto;
const encryption_context = { purpose: 'load' };
const allowingLargeReplies = [`${maxReplyBytesKey}: ${greatestReplyBytes}`];

const makers: Readonly<Record<Mode, Record<Operation, (parts: Parts) => Promise<Offer>>>> = {
  unary: { encrypt: unaryEncrypt, decrypt: unaryDecrypt },
  batch: { encrypt: batchEncrypt, decrypt: batchDecrypt },
  exchange: { encrypt: exchangeEncrypt, decrypt: exchangeDecrypt },
};
