import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { batchFailures } from './batch-reply.ts';
import { refusal, refusalFacts } from './refusal.ts';
import { threadNames } from './thread-names.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const small = useServer({ env: { LATCHKEY_MAX_PLAINTEXT_BYTES: '1000', LATCHKEY_MAX_MESSAGE_BYTES: '200000' } });
const context = { purpose: 'test', Zeile: 'ä' };
const sizes = [1, 2, 15, 16, 17, 255, 4096];
const plaintexts = sizes.map((size) => randomBytes(size));
const invalidArgument = 3;
const failedPrecondition = 9;

describe('BatchEncrypt and BatchDecrypt', () => {
  it.each([
    ['on the calling thread', plaintexts],
    ['on a thread of the addon', Array.from({ length: 1000 }, (_, index) => randomBytes(64 + (index % 64)))],
  ])('give and take what the unary calls take and give, %s', async (_, items) => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const batch = await crypto.batchEncrypt({ key_id, plaintexts: items, encryption_context: context });
    expect(batch).toMatchObject({ key_arn: expect.stringContaining(key_id) as string, errors: [], failed_count: 0 });
    expect(batch.ciphertext_blobs.map(({ length }) => length)).toEqual(items.map(({ length }) => length + 74));
    expect(new Set(batch.ciphertext_blobs.map((blob) => blob.toString('hex', 34, 58))).size).toBe(items.length);

    const some = [...batch.ciphertext_blobs.entries()].slice(0, 10);
    for (const [index, ciphertext_blob] of some) {
      const one = await crypto.decrypt({ ciphertext_blob, encryption_context: context });
      expect(one.plaintext).toEqual(items[index]);
      expect(one.key_material_id).toBe(batch.key_material_id);
    }
    const ones = await Promise.all(
      items.slice(0, 10).map(async (plaintext) => crypto.encrypt({ key_id, plaintext, encryption_context: context })),
    );
    const ciphertext_blobs = [...ones.map((one) => one.ciphertext_blob), ...batch.ciphertext_blobs];
    const opened = await crypto.batchDecrypt({ ciphertext_blobs, encryption_context: context });
    expect(opened).toMatchObject({ errors: [], failed_count: 0 });
    expect(opened.plaintexts).toEqual([...items.slice(0, 10), ...items]);
  });

  it('run large ones on threads that have a name', async () => {
    const key_id = await under.newKey();
    await under.latchkey.crypto.batchEncrypt({ key_id, plaintexts: [randomBytes(200_000)] });
    expect(threadNames(under.server.process.pid)).toContain('latchkey-batch');
  });

  it('bind each item to its row by the context column', async () => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const item_context_key = 'row';
    const item_context_values = plaintexts.map((_, index) => `${index}`);
    const common = { key_id, plaintexts, encryption_context: context };
    const { ciphertext_blobs } = await crypto.batchEncrypt({ ...common, item_context_key, item_context_values });

    for (const [index, ciphertext_blob] of ciphertext_blobs.entries()) {
      const encryption_context = { ...context, row: `${index}` };
      expect((await crypto.decrypt({ ciphertext_blob, encryption_context })).plaintext).toEqual(plaintexts[index]);
    }
    const moved = item_context_values.with(1, '2').with(2, '1');
    const request = { ciphertext_blobs, encryption_context: context, item_context_key };
    const opened = await crypto.batchDecrypt({ ...request, item_context_values: moved });
    expect(opened.plaintexts).toEqual(plaintexts.with(1, Buffer.alloc(0)).with(2, Buffer.alloc(0)));
    expect(opened.failed_count).toBe(2);
    expect(batchFailures(opened.errors)).toEqual([
      { reason: 'INVALID_CIPHERTEXT', code: invalidArgument, fields: [], indexes: [1, 2] },
    ]);
  });

  it('open a mixture of keys and backing keys, and fail alone what cannot be opened', async () => {
    const { crypto, keys } = under.latchkey;
    const keyIds = [under.newKey(), under.newKey(), under.newKey(), under.newKey()] as const;
    const [rotated, disabled, deleted, compromised] = await Promise.all(keyIds);
    const seal = async (key_id: string) => (await crypto.encrypt({ key_id, plaintext: Buffer.from(key_id) })).ciphertext_blob;
    const old = await seal(rotated);
    await keys.rotateKeyOnDemand({ key_id: rotated });
    const [recent, ofDisabled, ofDeleted, ofCompromised] = [
      await seal(rotated),
      await seal(disabled),
      await seal(deleted),
      await seal(compromised),
    ];
    await keys.disableKey({ key_id: disabled });
    await keys.scheduleKeyDeletion({ key_id: deleted, pending_window_in_days: 7 });
    const { key_material_id } = await crypto.describeCiphertext({ ciphertext_blob: ofCompromised });
    await keys.rotateKeyOnDemand({ key_id: compromised });
    await keys.setKeyMaterialCompromised({ key_id: compromised, key_material_id, compromised: true });
    const altered = Buffer.from(old);
    altered.writeUInt8(altered.readUInt8(60) ^ 1, 60);
    const unknown = Buffer.concat([Buffer.of(1, 1), randomBytes(100)]);
    const short = Buffer.of(1, 1);
    const ciphertext_blobs = [old, altered, ofDisabled, recent, unknown, ofDeleted, short, ofCompromised, ofDisabled];

    const opened = await crypto.batchDecrypt({ ciphertext_blobs });
    const sealed = Buffer.from(rotated);
    const none = Buffer.alloc(0);
    expect(opened.plaintexts).toEqual([sealed, none, none, sealed, none, none, none, none, none]);
    expect(opened.failed_count).toBe(7);
    expect(batchFailures(opened.errors)).toEqual(
      expect.arrayContaining([
        { reason: 'INVALID_CIPHERTEXT', code: invalidArgument, fields: [], indexes: [1, 4, 6] },
        { reason: 'KEY_DISABLED', code: failedPrecondition, fields: [], indexes: [2, 8] },
        { reason: 'KEY_PENDING_DELETION', code: failedPrecondition, fields: [], indexes: [5] },
        { reason: 'KEY_MATERIAL_COMPROMISED', code: failedPrecondition, fields: [], indexes: [7] },
      ]),
    );
    expect(opened.errors).toHaveLength(4);

    const named = await crypto.batchDecrypt({ ciphertext_blobs, key_id: rotated });
    expect(named.plaintexts).toEqual(opened.plaintexts);
    expect(batchFailures(named.errors)).toEqual(
      expect.arrayContaining([
        { reason: 'INVALID_CIPHERTEXT', code: invalidArgument, fields: [], indexes: [1, 6] },
        { reason: 'INCORRECT_KEY', code: invalidArgument, fields: [], indexes: [2, 4, 5, 7, 8] },
      ]),
    );
    expect(named.errors).toHaveLength(2);
    expect(await refusalFacts(crypto.batchDecrypt({ ciphertext_blobs, key_id: disabled }))).toMatchObject({
      reason: 'KEY_DISABLED',
    });
    expect(await refusalFacts(crypto.batchEncrypt({ key_id: disabled, plaintexts }))).toMatchObject({ reason: 'KEY_DISABLED' });
  });

  it('tell one reason once, although its items have different keys', async () => {
    const { crypto, keys } = under.latchkey;
    const disabled = await Promise.all([1, 2, 3].map(async () => under.newKey()));
    const sealed = await Promise.all(disabled.map(async (key_id) => crypto.encrypt({ key_id, plaintext: Buffer.of(1) })));
    for (const key_id of disabled) await keys.disableKey({ key_id });
    const { errors } = await crypto.batchDecrypt({ ciphertext_blobs: sealed.map(({ ciphertext_blob }) => ciphertext_blob) });
    expect(batchFailures(errors)).toEqual([{ reason: 'KEY_DISABLED', code: failedPrecondition, fields: [], indexes: [0, 1, 2] }]);
    expect(errors[0]?.status?.message).toMatch(/ Others of these items have other keys, with which it is the same\.$/);
  });

  it('fail alone items that are empty or over the limit', async () => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const large = Buffer.alloc(1024 * 1024 + 1);
    const sealed = await crypto.batchEncrypt({ key_id, plaintexts: [Buffer.of(1), Buffer.alloc(0), large, Buffer.of(2)] });
    expect(sealed.ciphertext_blobs.map(({ length }) => length)).toEqual([75, 0, 0, 75]);
    expect(batchFailures(sealed.errors)).toEqual([
      { reason: 'INVALID_REQUEST', code: invalidArgument, fields: ['plaintexts'], indexes: [1] },
      { reason: 'INVALID_REQUEST', code: invalidArgument, fields: ['plaintexts'], indexes: [2] },
    ]);
    const opened = await crypto.batchDecrypt({ ciphertext_blobs: [...sealed.ciphertext_blobs, Buffer.alloc(large.length + 74)] });
    expect(opened.plaintexts).toEqual([Buffer.of(1), Buffer.alloc(0), Buffer.alloc(0), Buffer.of(2), Buffer.alloc(0)]);
    expect(batchFailures(opened.errors)).toEqual([
      { reason: 'INVALID_REQUEST', code: invalidArgument, fields: ['ciphertext_blobs'], indexes: [1, 2] },
      { reason: 'INVALID_REQUEST', code: invalidArgument, fields: ['ciphertext_blobs'], indexes: [4] },
    ]);
  });
});

describe('BatchReEncrypt', () => {
  it('moves ciphertexts to another key, context and column', async () => {
    const { crypto } = under.latchkey;
    const [source, destination] = await Promise.all([under.newKey(), under.newKey()]);
    const values = plaintexts.map((_, index) => `row ${index}`);
    const column = { item_context_key: 'old', item_context_values: values };
    const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id: source, plaintexts, encryption_context: context, ...column });
    const moved = await crypto.batchReEncrypt({
      ciphertext_blobs: ciphertext_blobs.with(3, Buffer.from('no ciphertext')),
      source_encryption_context: context,
      source_item_context_key: 'old',
      source_item_context_values: values,
      destination_key_id: destination,
      destination_encryption_context: { to: 'there' },
      destination_item_context_key: 'new',
      destination_item_context_values: values,
    });
    expect(moved.re_encrypted).toEqual(plaintexts.map((_, index) => index !== 3));
    expect(batchFailures(moved.errors)).toEqual([
      { reason: 'INVALID_CIPHERTEXT', code: invalidArgument, fields: [], indexes: [3] },
    ]);
    for (const [index, ciphertext_blob] of moved.ciphertext_blobs.entries()) {
      if (index === 3) continue;
      const opened = await crypto.decrypt({ ciphertext_blob, encryption_context: { to: 'there', new: `row ${index}` } });
      expect(opened.plaintext).toEqual(plaintexts[index]);
      expect(opened.key_arn).toContain(destination);
    }
  });

  it('skips what is current, verified, so that a job can be run again', async () => {
    const { crypto, keys } = under.latchkey;
    const key_id = await under.newKey();
    const rows = { item_context_key: 'row', item_context_values: plaintexts.map((_, index) => `${index}`) };
    const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id, plaintexts, encryption_context: context, ...rows });
    const job = {
      ciphertext_blobs,
      source_encryption_context: context,
      source_item_context_key: rows.item_context_key,
      source_item_context_values: rows.item_context_values,
      destination_key_id: key_id,
      destination_encryption_context: context,
      destination_item_context_key: rows.item_context_key,
      destination_item_context_values: rows.item_context_values,
      skip_if_current: true,
    };
    const skipped = await crypto.batchReEncrypt(job);
    expect(skipped.ciphertext_blobs).toEqual(ciphertext_blobs);
    expect(skipped.re_encrypted).toEqual(plaintexts.map(() => false));
    expect(skipped.failed_count).toBe(0);

    const otherRow = { ...job, destination_item_context_values: rows.item_context_values.with(2, 'other') };
    expect((await crypto.batchReEncrypt(otherRow)).re_encrypted).toEqual(plaintexts.map((_, index) => index === 2));
    expect((await crypto.batchReEncrypt({ ...job, skip_if_current: false })).re_encrypted).toEqual(plaintexts.map(() => true));

    const altered = Buffer.from(ciphertext_blobs[4] ?? '');
    altered.writeUInt8(altered.readUInt8(altered.length - 1) ^ 1, altered.length - 1);
    const verified = await crypto.batchReEncrypt({ ...job, ciphertext_blobs: ciphertext_blobs.with(4, altered) });
    expect(verified.ciphertext_blobs).toEqual(ciphertext_blobs.with(4, Buffer.alloc(0)));
    expect(verified.failed_count).toBe(1);

    await keys.rotateKeyOnDemand({ key_id });
    const moved = await crypto.batchReEncrypt(job);
    expect(moved.re_encrypted).toEqual(plaintexts.map(() => true));
    expect((await crypto.batchReEncrypt({ ...job, ciphertext_blobs: moved.ciphertext_blobs })).re_encrypted).toEqual(
      plaintexts.map(() => false),
    );
  });

  it('fails as a whole for its destination', async () => {
    const { crypto, keys } = under.latchkey;
    const key_id = await under.newKey();
    const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id, plaintexts });
    await keys.disableKey({ key_id });
    const facts = await refusalFacts(crypto.batchReEncrypt({ ciphertext_blobs, destination_key_id: key_id }));
    expect(facts.reason).toBe('KEY_DISABLED');
  });
});

it('BatchGenerateDataKey makes keys that are all different and open', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const made = await crypto.batchGenerateDataKey({ key_id, encryption_context: context, number_of_bytes: 24, count: 300 });
  expect(made.key_arn).toContain(key_id);
  expect(new Set(made.plaintexts.map((key) => key.toString('hex'))).size).toBe(300);
  expect(made.plaintexts.every(({ length }) => length === 24)).toBe(true);
  const opened = await crypto.batchDecrypt({ ciphertext_blobs: made.ciphertext_blobs, encryption_context: context });
  expect(opened.plaintexts).toEqual(made.plaintexts);
});

describe('a reply over the limit', () => {
  it('is refused before any work, with the number of items that fit', async () => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const items = Array.from({ length: 5 }, () => Buffer.alloc(1024 * 1024 - 100));
    const refused = await refusal(crypto.batchEncrypt({ key_id, plaintexts: items }));
    expect(refused).toMatchObject({ reason: 'RESPONSE_TOO_LARGE', code: 'RESOURCE_EXHAUSTED' });
    expect(refused.message).toMatch(/send 3 items or fewer/);
    const fitting = await crypto.batchEncrypt({ key_id, plaintexts: items.slice(0, 3) });
    expect(fitting.failed_count).toBe(0);
  });

  it('is one over the greatest message of the server too, whatever the caller takes', async () => {
    const { crypto } = small.latchkey;
    const request = { key_id: await small.newKey(), number_of_bytes: 1000 };
    expect((await crypto.batchGenerateDataKey({ ...request, count: 90 })).ciphertext_blobs).toHaveLength(90);
    const refused = await refusal(crypto.batchGenerateDataKey({ ...request, count: 110 }));
    expect(refused).toMatchObject({ reason: 'RESPONSE_TOO_LARGE', code: 'RESOURCE_EXHAUSTED' });
    expect(refused.message).toContain('the caller takes 200000');
  });

  it('comes to a caller that takes so much', async () => {
    const { crypto } = under.latchkey;
    const key_id = await under.newKey();
    const items = Array.from({ length: 5 }, () => randomBytes(1024 * 1024 - 100));
    const takesAll = { maxReplyBytes: 64 * 1024 * 1024 };
    const { ciphertext_blobs } = await crypto.batchEncrypt({ key_id, plaintexts: items }, takesAll);
    expect((await crypto.batchDecrypt({ ciphertext_blobs }, takesAll)).plaintexts).toEqual(items);
    for (const takesLess of [{}, { maxReplyBytes: 5_000_000 }]) {
      expect((await refusal(crypto.batchDecrypt({ ciphertext_blobs }, takesLess))).reason).toBe('RESPONSE_TOO_LARGE');
    }
  });
});
