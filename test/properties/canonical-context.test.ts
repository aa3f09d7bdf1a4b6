import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openSqliteStore } from '../../src/storage/sqlite/open-sqlite-store.ts';
import { type Service, openService } from '../e2e/in-process-service.ts';
import { type SecretKey, everySecretKey, xaesOpen } from '../security/key-oracle.ts';
import { contextWithPairs } from './arbitraries.ts';
import { newKeyId } from './two-keys.ts';

/** The bytes that a context becomes, seen from outside: a blob opens with them as docs/FORMATS.md writes them, and no others. */
let home: string;
let service: Service;
let keyId: string;
let secrets: SecretKey[];

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-context-'));
  const store = await openSqliteStore({ dataDirectory: join(home, 'data') });
  service = await openService({ store, secretsDirectory: join(home, 'secrets') });
  keyId = await newKeyId(service);
  secrets = everySecretKey({ dataDirectory: join(home, 'data'), secretsDirectory: join(home, 'secrets') });
});
afterAll(async () => {
  service.table.close();
  await rm(home, { recursive: true });
});

it('sorts pairs by the bytes of their keys, not by UTF-16 units', async () => {
  // U+10000 is d800 dc00 in UTF-16, before ff5e; in UTF-8 it is f0 90 80 80, behind ef bd 9e.
  const [first, second] = [['\uff5e', 'a'] as const, ['\u{10000}', 'b'] as const];
  const blob = await service.encrypt({
    key_id: keyId,
    plaintext: Buffer.from('x'),
    encryption_context: Object.fromEntries([second, first]),
  });
  expect(open(blob, canonical([first, second])).toString()).toBe('x');
  expect(() => open(blob, canonical([second, first]))).toThrow(/authenticate/);
});

it('writes any context as the format says', async () => {
  await fc.assert(
    fc.asyncProperty(contextWithPairs, async (pairs) => {
      fc.pre(pairs.every(([key]) => key !== '__proto__'));
      const blob = await service.encrypt({
        key_id: keyId,
        plaintext: Buffer.from('x'),
        encryption_context: Object.fromEntries(pairs),
      });
      const sorted = pairs.toSorted(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
      expect(open(blob, canonical(sorted)).toString()).toBe('x');
    }),
    { numRuns: 100 },
  );
});

it('writes the empty context as four zero bytes', async () => {
  const blob = await service.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
  expect(open(blob, Buffer.alloc(4)).toString()).toBe('x');
});

function open(blob: Buffer, canonicalContext: Buffer): Buffer {
  const name = `input key of ${blob.toString('hex', 2, 34)}`;
  const inputKey = secrets.find((key) => key.name === name);
  if (inputKey === undefined) throw new Error(`The store has no ${name}.`);
  return xaesOpen(inputKey.bytes, blob.subarray(34), Buffer.concat([blob.subarray(0, 34), canonicalContext]));
}

/** The pairs in the order given. */
function canonical(pairs: readonly (readonly [string, string])[]): Buffer {
  return Buffer.concat([u32(pairs.length), ...pairs.flatMap(([key, value]) => [lengthAndBytes(key), lengthAndBytes(value)])]);
}

function lengthAndBytes(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([u32(bytes.length), bytes]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
