import { afterAll, describe, expect, it } from 'vitest';
import { loadNativeAddon, operations, type BatchOperation, type UnaryOperation } from '../../src/crypto/native.ts';
import { RequestTexts, noMaterial } from '../../src/crypto/request-texts.ts';
import { loadProtocol } from '../../src/grpc/protocol.ts';
import { openTable, requestOf } from './batch-table.ts';

const { table } = openTable();
afterAll(() => table.close());
const texts = new RequestTexts(table);
const service = loadProtocol().service('latchkey.v1.CryptoService');
const unary = (operation: UnaryOperation, request: object) => ({
  operation,
  request: service[operation]!.requestSerialize(request),
});
const batch = (operation: BatchOperation, items: number, request: object) => ({
  operation,
  items,
  request: requestOf(operation, request),
});
const blob = (material: number) => Buffer.concat([Buffer.of(1, 1), Buffer.alloc(32, material), Buffer.alloc(41)]);

const context = { b: '2', é: '🔑', a: '', __proto: 'x' };
const pairs = Object.entries(context).toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
const tokens = ['one', 'two', 'drei €', 'x'.repeat(8192)];

describe('grant tokens', () => {
  it.each([...operations].filter((name) => name !== 'GenerateRandom' && name !== 'DescribeCiphertext'))(
    'of %s come in their order',
    (operation) => {
      const request = service[operation]!.requestSerialize({ grant_tokens: tokens });
      expect(texts.grantTokens({ operation, request })).toEqual(tokens);
      expect(texts.grantTokens({ operation, request: Buffer.alloc(0) })).toEqual([]);
    },
  );

  it('are of no call that uses no key', () => {
    expect(() => texts.grantTokens(unary('GenerateRandom', {}))).toThrow('GenerateRandom has no grant_tokens.');
  });
});

describe('an encryption context', () => {
  it.each(['Encrypt', 'Decrypt', 'GenerateDataKey', 'GenerateDataKeyWithoutPlaintext'] as const)('of %s', (operation) => {
    expect(texts.encryptionContext(unary(operation, { encryption_context: context }))).toEqual(pairs);
    expect(texts.encryptionContext(unary(operation, {}))).toEqual([]);
  });

  it.each(['BatchEncrypt', 'BatchDecrypt', 'BatchGenerateDataKey'] as const)('of %s', (operation) => {
    expect(texts.encryptionContext(batch(operation, 1, { encryption_context: context }))).toEqual(pairs);
  });

  it('of ReEncrypt and BatchReEncrypt is one of two', () => {
    const request = { source_encryption_context: context, destination_encryption_context: { only: 'this' } };
    for (const read of [unary('ReEncrypt', request), batch('BatchReEncrypt', 1, request)]) {
      expect(texts.encryptionContext(read, 'source')).toEqual(pairs);
      expect(texts.encryptionContext(read, 'destination')).toEqual([['only', 'this']]);
    }
  });

  it('of a destination is of no call that has none', () => {
    expect(() => texts.encryptionContext(unary('Encrypt', {}), 'destination')).toThrow('has no destination_encryption_context.');
  });

  it('may have 64 pairs', () => {
    const many = Object.fromEntries(Array.from({ length: 64 }, (_, index) => [`key ${100 + index}`, `value ${index}`]));
    expect(texts.encryptionContext(unary('Encrypt', { encryption_context: many }))).toEqual(Object.entries(many));
  });
});

describe('a context column', () => {
  it('is its distinct values and a number for each item', () => {
    const values = ['a', '', 'a', 'ü', '', 'a'];
    const column = texts.column(batch('BatchEncrypt', 6, { item_context_key: 'row', item_context_values: values }));
    expect(column).toEqual({ values: ['a', '', 'ü'], numbers: Uint32Array.of(0, 1, 0, 2, 1, 0) });
  });

  it('of BatchReEncrypt is one of two', () => {
    const read = batch('BatchReEncrypt', 2, {
      source_item_context_values: ['1', '1'],
      destination_item_context_values: ['2', '3'],
    });
    expect(texts.column(read)).toEqual({ values: ['1'], numbers: Uint32Array.of(0, 0) });
    expect(texts.column(read, 'destination')).toEqual({ values: ['2', '3'], numbers: Uint32Array.of(0, 1) });
  });

  it('of 100 000 items gives each its own value', () => {
    for (const distinct of [1, 7, 100_000]) {
      const values = Array.from({ length: 100_000 }, (_, item) => `row-${item % distinct}`);
      const column = texts.column(batch('BatchDecrypt', 100_000, { item_context_values: values }));
      expect(column.values).toHaveLength(distinct);
      expect(Array.from(column.numbers, (number) => column.values[number])).toEqual(values);
    }
  });

  it('of another number of items is a bug', () => {
    const column = { item_context_values: ['a', 'b'] };
    expect(() => texts.column(batch('BatchEncrypt', 1, column))).toThrow('INVALID_ARGUMENT');
    expect(() => texts.column(batch('BatchEncrypt', 3, column))).toThrow('INVALID_ARGUMENT');
  });
});

it('the backing keys of items are numbered in the order of their first appearance', () => {
  const ciphertext_blobs = [blob(7), Buffer.alloc(0), blob(5), Buffer.alloc(75, 9), blob(7)];
  for (const operation of ['BatchDecrypt', 'BatchReEncrypt'] as const) {
    expect(texts.itemMaterials(batch(operation, 5, { ciphertext_blobs }))).toEqual(Uint32Array.of(0, noMaterial, 1, noMaterial, 0));
  }
  expect(() => texts.itemMaterials(batch('BatchEncrypt', 1, { plaintexts: [Buffer.from('x')] }))).toThrow('INVALID_ARGUMENT');
});

it('arguments of other types, and too little room, are refused', () => {
  const { statusNames } = loadNativeAddon();
  const request = requestOf('BatchEncrypt', { grant_tokens: ['t'], encryption_context: { a: 'b' }, item_context_values: ['v'] });
  const spans = new Float64Array(4);
  const one = new Uint32Array(1);
  const loose = table as unknown as Record<
    'grantTokens' | 'contextPairs' | 'columnValues' | 'itemMaterials',
    (...given: unknown[]) => number
  >;
  const statusOf = (answer: number) => (answer < 0 ? statusNames[-answer] : answer);
  expect(statusOf(loose.grantTokens(request, 6, spans))).toBe(1);
  expect(statusOf(loose.grantTokens(request, 6, new Float64Array(1)))).toBe('BUFFER_TOO_SMALL');
  expect(statusOf(loose.contextPairs(request, 2, new Float64Array(3)))).toBe('BUFFER_TOO_SMALL');
  expect(statusOf(loose.columnValues(request, 5, new Float64Array(1), one))).toBe('BUFFER_TOO_SMALL');
  for (const field of [0, -1, 0.5, 2 ** 29, Number.NaN, '6', undefined]) {
    expect(statusOf(loose.grantTokens(request, field, spans))).toBe('INVALID_ARGUMENT');
  }
  expect(statusOf(loose.grantTokens(request, 6, new Uint32Array(4)))).toBe('INVALID_ARGUMENT');
  expect(statusOf(loose.contextPairs('request', 2, spans))).toBe('INVALID_ARGUMENT');
  expect(statusOf(loose.columnValues(request, 5, spans, new Float64Array(1)))).toBe('INVALID_ARGUMENT');
  expect(statusOf(loose.itemMaterials(operations.length, request, one))).toBe('INVALID_ARGUMENT');
  expect(statusOf(loose.itemMaterials(0, request, one))).toBe('INVALID_ARGUMENT');
});
