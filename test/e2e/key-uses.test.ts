import { afterAll, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import type { KeyUses__Output } from '../../src/generated/latchkey/v1/KeyUses.ts';
import { refusalFacts } from './refusal.ts';
import { type RunningServer, removeHome, startServer } from './start-server.ts';
import { newKeyId, useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('five.');

async function usesOf(key_id: string): Promise<KeyUses__Output | null> {
  return (await under.latchkey.keys.describeKey({ key_id })).uses;
}

/** Of each backing key, oldest first: encryptions, decryptions. */
async function countsPerBackingKey(key_id: string): Promise<(readonly [string | undefined, string | undefined])[]> {
  const { rotations } = await under.latchkey.keys.listKeyRotations({ key_id, include_key_material: true });
  return rotations.map(({ uses }) => [uses?.encryptions, uses?.decryptions]);
}

describe('the uses of a key', () => {
  it('are none at first, counted since it was made', async () => {
    const key_id = await under.newKey();
    const { key_metadata, uses } = await under.latchkey.keys.describeKey({ key_id });
    const none = { encryptions: '0', decryptions: '0', plaintext_bytes: '0', first_used_date: null, last_used_date: null };
    expect(uses).toEqual({ ...none, tracking_start_date: key_metadata?.creation_date });
    expect(await under.latchkey.keys.getKeyLastUsage({ key_id })).toEqual({
      key_arn: key_metadata?.arn,
      key_last_usage: null,
      key_creation_date: key_metadata?.creation_date,
      tracking_start_date: key_metadata?.creation_date,
    });
  });

  it('show as soon as the call was answered', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = await under.newKey();
    // The addon reads the coarse clock of Linux, which is up to a tick behind.
    const before = Date.now() - 20;
    const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext });
    const encrypted = await usesOf(key_id);
    expect(encrypted).toMatchObject({ encryptions: '1', decryptions: '0', plaintext_bytes: '5' });
    await crypto.decrypt({ ciphertext_blob });
    const decrypted = await usesOf(key_id);
    const after = Date.now();

    expect(decrypted).toMatchObject({ encryptions: '1', decryptions: '1', plaintext_bytes: '10' });
    expect(decrypted?.first_used_date).toEqual(encrypted?.first_used_date);
    const times = [before, millisecondsOf(decrypted?.first_used_date), millisecondsOf(decrypted?.last_used_date), after];
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const { key_last_usage } = await keys.getKeyLastUsage({ key_id });
    expect(key_last_usage?.timestamp).toEqual(decrypted?.last_used_date);
  });

  it('count what each call does to it', async () => {
    const { crypto } = under.latchkey;
    const [key_id, other] = [await under.newKey(), await under.newKey()];
    const counts = async () => Promise.all([key_id, other].map(async (id) => (await countsPerBackingKey(id))[0]));
    const { ciphertext_blob } = await crypto.generateDataKey({ key_id, number_of_bytes: 32 });
    await crypto.generateDataKeyWithoutPlaintext({ key_id, number_of_bytes: 32 });
    expect(await counts()).toEqual([
      ['2', '0'],
      ['0', '0'],
    ]);
    await crypto.reEncrypt({ ciphertext_blob, destination_key_id: other });
    expect(await counts()).toEqual([
      ['2', '1'],
      ['1', '0'],
    ]);
    await crypto.describeCiphertext({ ciphertext_blob });
    await refusalFacts(crypto.decrypt({ ciphertext_blob, encryption_context: { not: 'its own' } }));
    expect(await counts()).toEqual([
      ['2', '1'],
      ['1', '0'],
    ]);
  });

  it('are those of each of its backing keys, and of all together, also by pages', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = await under.newKey();
    const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext });
    await keys.rotateKeyOnDemand({ key_id });
    await crypto.encrypt({ key_id, plaintext });
    await crypto.encrypt({ key_id, plaintext });
    await crypto.decrypt({ ciphertext_blob });
    expect(await countsPerBackingKey(key_id)).toEqual([
      ['1', '1'],
      ['2', '0'],
    ]);
    expect(await usesOf(key_id)).toMatchObject({ encryptions: '3', decryptions: '1', plaintext_bytes: '20' });
    const page = await keys.listKeyRotations({ key_id, include_key_material: true, page_size: 1 });
    expect(page.rotations.map(({ uses }) => uses?.encryptions)).toEqual(['1']);
    const next = await keys.listKeyRotations({
      key_id,
      include_key_material: true,
      page_size: 1,
      page_token: page.next_page_token,
    });
    expect(next.rotations.map(({ uses }) => uses?.encryptions)).toEqual(['2']);
  });

  it('still show when its backing keys have left memory', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = await under.newKey();
    await crypto.encrypt({ key_id, plaintext });
    await keys.scheduleKeyDeletion({ key_id });
    expect(await usesOf(key_id)).toMatchObject({ encryptions: '1' });
    expect((await keys.getKeyLastUsage({ key_id })).key_last_usage).not.toBeNull();
  });

  it('take a key by id or ARN only', async () => {
    const facts = await refusalFacts(under.latchkey.keys.getKeyLastUsage({ key_id: 'alias/any' }));
    expect(facts).toEqual({ reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['key_id'] });
  });
});

describe('a stop in order', () => {
  const servers: RunningServer[] = [];
  afterAll(async () => {
    for (const server of servers) await server.kill();
    if (servers[0] !== undefined) await removeHome(servers[0]);
  });

  it('keeps every use', async () => {
    const first = await startServer();
    servers.push(first);
    const before = connect({ address: first.address, token: first.token });
    const key_id = await newKeyId(before);
    await Promise.all(Array.from({ length: 20 }, async () => before.crypto.encrypt({ key_id, plaintext })));
    const { uses } = await before.keys.describeKey({ key_id });
    before.close();
    expect(await first.stop()).toBe(0);

    const second = await startServer({ home: `${first.dataDirectory}/..` });
    servers.push(second);
    const after = connect({ address: second.address, token: second.token });
    expect(uses).toMatchObject({ encryptions: '20', plaintext_bytes: '100' });
    expect((await after.keys.describeKey({ key_id })).uses).toEqual(uses);
    await after.crypto.encrypt({ key_id, plaintext });
    expect((await after.keys.describeKey({ key_id })).uses).toMatchObject({ encryptions: '21' });
    after.close();
  });
});

function millisecondsOf(timestamp: KeyUses__Output['last_used_date'] | undefined): number {
  return timestamp ? Number(timestamp.seconds) * 1000 + timestamp.nanos / 1e6 : NaN;
}
