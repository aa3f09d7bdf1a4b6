import { expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();

/** The story that AWS tells of manual rotation: the alias moves on, the old key stays for what it encrypted. */
it('rotates by hand: a new key, and the alias points at it', async () => {
  const { keys, crypto } = under.latchkey;
  const alias_name = 'alias/app/orders';
  const encryption_context = { order: '1' };
  const encrypt = (text: string) => crypto.encrypt({ key_id: alias_name, plaintext: Buffer.from(text), encryption_context });
  const arnOf = async (key_id: string) => (await keys.describeKey({ key_id })).key_metadata?.arn;

  const first = await under.newKey('orders, first');
  await keys.createAlias({ alias_name, target_key_id: first });
  const old = await encrypt('before');
  expect(old.key_arn).toBe(await arnOf(first));

  const second = await under.newKey('orders, second');
  await keys.updateAlias({ alias_name, target_key_id: second });
  expect(await arnOf(alias_name)).toBe(await arnOf(second));
  const recent = await encrypt('after');
  expect(recent.key_arn).toBe(await arnOf(second));
  expect(recent.key_material_id).not.toBe(old.key_material_id);

  // The ciphertext names its key; an alias would name the wrong one.
  const decryptOld = () => crypto.decrypt({ ciphertext_blob: old.ciphertext_blob, encryption_context });
  const decryptRecent = () => crypto.decrypt({ ciphertext_blob: recent.ciphertext_blob, encryption_context });
  expect((await decryptOld()).plaintext.toString()).toBe('before');
  expect((await decryptOld()).key_arn).toBe(await arnOf(first));
  const namedByAlias = crypto.decrypt({ ciphertext_blob: old.ciphertext_blob, encryption_context, key_id: alias_name });
  expect(await refusalFacts(namedByAlias)).toMatchObject({ reason: 'INCORRECT_KEY' });

  await keys.disableKey({ key_id: first });
  expect(await refusalFacts(decryptOld())).toEqual({ reason: 'KEY_DISABLED', code: 'FAILED_PRECONDITION', fields: [] });
  expect((await decryptRecent()).plaintext.toString()).toBe('after');

  await keys.enableKey({ key_id: first });
  expect((await decryptOld()).plaintext.toString()).toBe('before');

  // ReEncrypt moves old data to the new key; then the old key is no longer needed.
  const moved = await crypto.reEncrypt({
    ciphertext_blob: old.ciphertext_blob,
    source_encryption_context: encryption_context,
    destination_key_id: alias_name,
    destination_encryption_context: encryption_context,
  });
  expect([moved.source_key_arn, moved.key_arn]).toEqual([await arnOf(first), await arnOf(second)]);
  await keys.scheduleKeyDeletion({ key_id: first });
  expect(await refusalFacts(decryptOld())).toMatchObject({ reason: 'KEY_PENDING_DELETION' });
  const opened = await crypto.decrypt({ ciphertext_blob: moved.ciphertext_blob, encryption_context, key_id: alias_name });
  expect(opened.plaintext.toString()).toBe('before');
});

it('points the alias back as easily', async () => {
  const { keys, crypto } = under.latchkey;
  const alias_name = 'alias/app/back';
  const [first, second] = [await under.newKey(), await under.newKey()];
  await keys.createAlias({ alias_name, target_key_id: first });
  const materialUsed = async () => (await crypto.encrypt({ key_id: alias_name, plaintext: Buffer.of(1) })).key_material_id;
  const before = await materialUsed();
  await keys.updateAlias({ alias_name, target_key_id: second });
  expect(await materialUsed()).not.toBe(before);
  await keys.updateAlias({ alias_name, target_key_id: first });
  expect(await materialUsed()).toBe(before);
  const [entry] = (await keys.listAliases({ key_id: first })).aliases;
  expect(entry).toMatchObject({ alias_name, target_key_id: first });
});
