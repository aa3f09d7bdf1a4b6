import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refusalFacts } from '../e2e/refusal.ts';
import { type AccessService, type Newcomer, allow, openAccessService } from './access-service.ts';

/**
 * A ciphertext of one key is not opened, nor moved, through what somebody may do with another, whichever way the call names keys,
 * and in a batch no item is answered for what others of it are allowed. Batches are small and so large that a thread works on them.
 */
let world: AccessService;
let own: string;
let foreign: string;
let disabledOwn: string;
/** May do everything with `own` and `disabledOwn`, and nothing with `foreign`. */
let alice: Newcomer;
/** May use `own` for one tenant only. */
let tenant: Newcomer;
/** Has a grant for `own` and the other tenant only. */
let grantee: Newcomer;
const sizes = [3, 300] as const;
const notPermitted = 7;

beforeAll(async () => {
  world = await openAccessService();
  [own, foreign, disabledOwn] = [await world.newKey(), await world.newKey(), await world.newKey()];
  const arns = [own, disabledOwn].map(arnOf);
  alice = await world.newcomer('alice', allow('kms:*', arns));
  const when = { Condition: { StringEquals: { 'kms:EncryptionContext:tenant': 'a' } } };
  tenant = await world.newcomer('tenant', allow('kms:*', arnOf(own), when));
  grantee = await world.newcomer('grantee');
  await world.admin.keys.createGrant({
    key_id: own,
    grantee_principal: grantee.arn,
    operations: [
      'GRANT_OPERATION_DECRYPT',
      'GRANT_OPERATION_ENCRYPT',
      'GRANT_OPERATION_RE_ENCRYPT_FROM',
      'GRANT_OPERATION_RE_ENCRYPT_TO',
    ],
    constraints: { encryption_context_subset: { tenant: 'b' } },
  });
  await world.admin.keys.disableKey({ key_id: disabledOwn });
});
afterAll(() => world.close());

describe('one ciphertext', () => {
  it('is not decrypted, whichever key is named', async () => {
    const ciphertext_blob = await encrypted(foreign);
    const { crypto } = alice.latchkey;
    expect(await reason(crypto.decrypt({ ciphertext_blob }))).toBe('ACCESS_DENIED');
    expect(await reason(crypto.decrypt({ ciphertext_blob, key_id: foreign }))).toBe('ACCESS_DENIED');
    expect(await reason(crypto.decrypt({ ciphertext_blob, key_id: own }))).toBe('INCORRECT_KEY');
    expect(await reason(crypto.describeCiphertext({ ciphertext_blob }))).toBe('ACCESS_DENIED');
  });

  it('is not moved to a key that may be used, nor from one', async () => {
    const { crypto } = alice.latchkey;
    const from = async (key_id: string, names: object) =>
      reason(crypto.reEncrypt({ ciphertext_blob: await encrypted(key_id), destination_key_id: own, ...names }));
    expect(await from(foreign, {})).toBe('ACCESS_DENIED');
    expect(await from(foreign, { source_key_id: foreign })).toBe('ACCESS_DENIED');
    expect(await from(foreign, { source_key_id: own })).toBe('INCORRECT_KEY');
    expect(await from(own, { destination_key_id: foreign })).toBe('ACCESS_DENIED');
    expect(await from(own, { destination_key_id: foreign, source_key_id: own })).toBe('ACCESS_DENIED');
  });
});

describe.each(sizes)('a batch of %i', (size) => {
  it('decrypts only what is of the key that may be used', async () => {
    const ciphertext_blobs = await everySecondForeign(size);
    const { crypto } = alice.latchkey;
    const answer = await crypto.batchDecrypt({ ciphertext_blobs });
    expect(answer.plaintexts.map(String)).toEqual(everySecond(size, 'x', ''));
    expect(refusedIn(answer)).toEqual(everySecond(size, 0, notPermitted));
    const named = await crypto.batchDecrypt({ ciphertext_blobs, key_id: own });
    expect(named.plaintexts.map(String)).toEqual(everySecond(size, 'x', ''));
    expect(await reason(crypto.batchDecrypt({ ciphertext_blobs, key_id: foreign }))).toBe('ACCESS_DENIED');
  });

  it('moves only what is of the key that may be used, and nowhere else', async () => {
    const ciphertext_blobs = await everySecondForeign(size);
    const { crypto } = alice.latchkey;
    const answer = await crypto.batchReEncrypt({ ciphertext_blobs, destination_key_id: own });
    expect(answer.ciphertext_blobs.map(({ length }) => length > 0)).toEqual(everySecond(size, true, false));
    expect(refusedIn(answer)).toEqual(everySecond(size, 0, notPermitted));
    for (const skip_if_current of [false, true])
      expect(await reason(crypto.batchReEncrypt({ ciphertext_blobs, destination_key_id: foreign, skip_if_current }))).toBe(
        'ACCESS_DENIED',
      );
  });

  describe.each(['policy', 'grant'] as const)('whose items have contexts of their own, by a %s', (by) => {
    const allowed = by === 'policy' ? 'a' : 'b';
    const values = Array.from({ length: size }, (_, index) => (index % 3 === 0 ? 'a' : index % 3 === 1 ? 'b' : 'c'));
    const expected = values.map((value) => (value === allowed ? 0 : notPermitted));
    const caller = () => (by === 'policy' ? tenant : grantee).latchkey.crypto;

    it('encrypts those that may be', async () => {
      const plaintexts = values.map(() => Buffer.from('x'));
      const answer = await caller().batchEncrypt({
        key_id: own,
        plaintexts,
        item_context_key: 'tenant',
        item_context_values: values,
      });
      expect(refusedIn(answer)).toEqual(expected);
      expect(answer.ciphertext_blobs.map(({ length }) => length > 0)).toEqual(expected.map((code) => code === 0));
    });

    it.each(['named', 'not named'])('decrypts those that may be, the key %s', async (named) => {
      const ciphertext_blobs = await encryptedFor(values);
      const answer = await caller().batchDecrypt({
        ciphertext_blobs,
        item_context_key: 'tenant',
        item_context_values: values,
        key_id: named === 'named' ? own : '',
      });
      expect(refusedIn(answer)).toEqual(expected);
      expect(answer.plaintexts.map(String)).toEqual(expected.map((code) => (code === 0 ? 'x' : '')));
    });

    it('re-encrypts those that may be, from and to', async () => {
      const ciphertext_blobs = await encryptedFor(values);
      const other = values.map(() => allowed);
      const request = {
        ciphertext_blobs,
        destination_key_id: own,
        source_item_context_key: 'tenant',
        destination_item_context_key: 'tenant',
        source_item_context_values: values,
      };
      const from = await caller().batchReEncrypt({ ...request, destination_item_context_values: other });
      expect(refusedIn(from)).toEqual(expected);
      const allAllowed = await encryptedFor(other);
      const to = await caller().batchReEncrypt({
        ...request,
        ciphertext_blobs: allAllowed,
        source_item_context_values: other,
        destination_item_context_values: values,
      });
      expect(refusedIn(to)).toEqual(expected);
    });

    it('a value that all items share is no way around', async () => {
      const forbidden = { tenant: 'c' };
      const plaintexts = values.map(() => Buffer.from('x'));
      expect(await reason(caller().batchEncrypt({ key_id: own, plaintexts, encryption_context: forbidden }))).toBe('ACCESS_DENIED');
      const twice = {
        key_id: own,
        plaintexts,
        encryption_context: { tenant: allowed },
        item_context_key: 'tenant',
        item_context_values: values,
      };
      expect(await reason(caller().batchEncrypt(twice))).toBe('INVALID_REQUEST');
    });
  });
});

describe('what a destination tells', () => {
  it.each(['alone', 'batch'])('a source that cannot be used hides whether there is a destination: %s', async (how) => {
    const { crypto } = alice.latchkey;
    await world.admin.keys.enableKey({ key_id: disabledOwn });
    const ciphertext_blob = await encrypted(disabledOwn);
    await world.admin.keys.disableKey({ key_id: disabledOwn });
    const said = await Promise.all(
      [foreign, '00000000-0000-4000-8000-000000000000', 'alias/absent'].map((destination_key_id) => {
        const names = { source_key_id: disabledOwn, destination_key_id };
        return reason(
          how === 'alone'
            ? crypto.reEncrypt({ ciphertext_blob, ...names })
            : crypto.batchReEncrypt({ ciphertext_blobs: [ciphertext_blob], ...names }),
        );
      }),
    );
    expect(new Set(said).size).toBe(1);
  });
});

async function encrypted(key_id: string, encryption_context: Record<string, string> = {}): Promise<Buffer> {
  return (await world.admin.crypto.encrypt({ key_id, plaintext: Buffer.from('x'), encryption_context })).ciphertext_blob;
}

async function encryptedFor(values: readonly string[]): Promise<Buffer[]> {
  const plaintexts = values.map(() => Buffer.from('x'));
  const request = { key_id: own, plaintexts, item_context_key: 'tenant', item_context_values: [...values] };
  return (await world.admin.crypto.batchEncrypt(request)).ciphertext_blobs;
}

async function everySecondForeign(size: number): Promise<Buffer[]> {
  const [ofOwn, ofForeign] = [await encrypted(own), await encrypted(foreign)];
  return everySecond(size, ofOwn, ofForeign);
}

function everySecond<T>(size: number, even: T, odd: T): T[] {
  return Array.from({ length: size }, (_, index) => (index % 2 === 0 ? even : odd));
}

interface Failures {
  readonly errors: readonly { readonly status: { readonly code: number } | null; readonly indexes: readonly number[] }[];
  readonly failed_count: number;
  readonly plaintexts?: readonly Buffer[];
  readonly ciphertext_blobs?: readonly Buffer[];
}

/** The gRPC code of each item. */
function refusedIn({ errors, plaintexts, ciphertext_blobs = [] }: Failures): number[] {
  const codes = Array.from({ length: (plaintexts ?? ciphertext_blobs).length }, () => 0);
  for (const { status, indexes } of errors) for (const index of indexes) codes[index] = status?.code ?? -1;
  return codes;
}

async function reason(call: Promise<unknown>): Promise<string | undefined> {
  return (await refusalFacts(call)).reason;
}

function arnOf(keyId: string): string {
  return `arn:aws:kms:us-east-1:000000000000:key/${keyId}`;
}
