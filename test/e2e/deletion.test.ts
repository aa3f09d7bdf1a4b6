import { describe, expect, it } from 'vitest';
import { dayMs } from '../../src/keys/days.ts';
import { everythingAbout, stateOfKey } from './everything-about.ts';
import { readMetrics } from './metrics-page.ts';
import { refusal, refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const plaintext = Buffer.from('x');

describe('a key whose deletion is scheduled', () => {
  it('has a date after the waiting period: 30 days unless the call says otherwise', async () => {
    const { keys } = under.latchkey;
    for (const [asked, days] of [
      [0, 30],
      [7, 7],
      [30, 30],
    ] as const) {
      const key_id = await under.newKey();
      const answer = await keys.scheduleKeyDeletion({ key_id, pending_window_in_days: asked });
      const { key_metadata } = await keys.describeKey({ key_id });
      expect(answer).toEqual({
        key_arn: key_metadata?.arn,
        deletion_date: key_metadata?.deletion_date,
        key_state: 'KEY_STATE_PENDING_DELETION',
        pending_window_in_days: days,
      });
      expect(key_metadata).toMatchObject({ key_state: 'KEY_STATE_PENDING_DELETION', enabled: false });
      expect(Math.abs(Number(answer.deletion_date?.seconds) * 1000 - Date.now() - days * dayMs)).toBeLessThan(60_000);
    }
  });

  it('is refused at every use, and every attempt is counted and logged with the key', async () => {
    const { keys, crypto } = under.latchkey;
    const { server } = under;
    const key_id = await under.newKey();
    const other = await under.newKey();
    const { ciphertext_blob, key_material_id } = await crypto.encrypt({ key_id, plaintext });
    const ofOther = (await crypto.encrypt({ key_id: other, plaintext })).ciphertext_blob;
    await keys.scheduleKeyDeletion({ key_id });

    const series = 'latchkey_refused_uses_total{reason="KEY_PENDING_DELETION"}';
    const counted = async () => (await readMetrics(server.metricsAddress)).value(series);
    const logged = () => server.log.map(parsed).filter((line) => line['keyId'] === key_id && line['level'] === 40);
    const before = await counted();
    const attempts = [
      () => crypto.encrypt({ key_id, plaintext }),
      () => crypto.decrypt({ ciphertext_blob }),
      () => crypto.decrypt({ ciphertext_blob, key_id }),
      () => crypto.reEncrypt({ ciphertext_blob, destination_key_id: other }),
      () => crypto.reEncrypt({ ciphertext_blob: ofOther, destination_key_id: key_id }),
      () => crypto.generateDataKey({ key_id, number_of_bytes: 32 }),
      () => crypto.generateDataKeyWithoutPlaintext({ key_id, number_of_bytes: 32 }),
    ];
    for (const [index, attempt] of attempts.entries()) {
      expect((await refusal(attempt())).reason).toBe('KEY_PENDING_DELETION');
      expect(await counted()).toBe(before + index + 1);
      await expect.poll(() => logged().length).toBe(index + 1);
    }
    expect(logged()[0]).toMatchObject({ reason: 'KEY_PENDING_DELETION', keyId: key_id });
    expect(logged()[1]).toMatchObject({ reason: 'KEY_PENDING_DELETION', keyId: key_id, keyMaterialId: key_material_id });

    // Looking at it, and managing it, is no attempt to use it.
    await keys.describeKey({ key_id });
    await crypto.describeCiphertext({ ciphertext_blob });
    await refusal(keys.enableKey({ key_id }));
    expect(await counted()).toBe(before + attempts.length);
    expect(logged()).toHaveLength(attempts.length);
  });

  it('is kept, disabled, by CancelKeyDeletion, and as good as before once it is enabled', async () => {
    const { keys, crypto } = under.latchkey;
    const key_id = await under.newKey();
    await keys.createAlias({ alias_name: 'alias/kept', target_key_id: key_id });
    const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext });
    await keys.scheduleKeyDeletion({ key_id, pending_window_in_days: 7 });
    const { key_arn } = await keys.cancelKeyDeletion({ key_id });
    expect((await keys.describeKey({ key_id })).key_metadata).toMatchObject({
      arn: key_arn,
      key_state: 'KEY_STATE_DISABLED',
      deletion_date: null,
    });
    expect((await refusal(crypto.decrypt({ ciphertext_blob }))).reason).toBe('KEY_DISABLED');
    expect((await refusal(keys.cancelKeyDeletion({ key_id }))).reason).toBe('INVALID_STATE');
    await keys.enableKey({ key_id });
    expect((await crypto.decrypt({ ciphertext_blob, key_id: 'alias/kept' })).plaintext).toEqual(plaintext);
  });

  it('stays what it is across a restart of the caller: scheduling again is refused and moves no date', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    await keys.scheduleKeyDeletion({ key_id, pending_window_in_days: 30 });
    const before = await everythingAbout(under.latchkey, key_id);
    const again = keys.scheduleKeyDeletion({ key_id, pending_window_in_days: 7 });
    expect(await refusalFacts(again)).toMatchObject({ reason: 'KEY_PENDING_DELETION' });
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);
  });
});

describe('deletion protection', () => {
  it('refuses the deletion until it is lifted', async () => {
    const { keys } = under.latchkey;
    const { key_metadata } = await keys.createKey({ deletion_protection: true });
    const key_id = key_metadata?.key_id ?? '';
    expect(key_metadata?.deletion_protection).toBe(true);
    const facts = await refusalFacts(keys.scheduleKeyDeletion({ key_id }));
    expect(facts).toEqual({ reason: 'DELETION_PROTECTED', code: 'FAILED_PRECONDITION', fields: [] });
    expect((await keys.describeKey({ key_id })).key_metadata).toEqual(key_metadata);
    await keys.setDeletionProtection({ key_id, deletion_protection: false });
    await keys.scheduleKeyDeletion({ key_id });
    expect(await stateOfKey(under.latchkey, key_id)).toBe('PENDING_DELETION');
  });

  it('can be set later, and setting what is set changes nothing', async () => {
    const { keys } = under.latchkey;
    const key_id = await under.newKey();
    await keys.setDeletionProtection({ key_id, deletion_protection: true });
    const before = await everythingAbout(under.latchkey, key_id);
    await keys.setDeletionProtection({ key_id, deletion_protection: true });
    expect(await everythingAbout(under.latchkey, key_id)).toEqual(before);
    expect((await refusal(keys.scheduleKeyDeletion({ key_id }))).reason).toBe('DELETION_PROTECTED');
    // Disabling is not deleting.
    await keys.disableKey({ key_id });
  });
});

function parsed(line: string): Record<string, unknown> {
  return line.startsWith('{') ? (JSON.parse(line) as Record<string, unknown>) : {};
}
