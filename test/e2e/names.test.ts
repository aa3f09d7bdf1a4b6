import { expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

/** Names that differ in case only, or that mean something to JavaScript, are names like any other. */
const under = useServer();
const odd = ['__proto__', 'constructor', 'toString', 'a', 'A'] as const;

it('keeps such tags apart, also as filters', async () => {
  const { keys } = under.latchkey;
  const tags = odd.map((name) => ({ tag_key: name, tag_value: name === 'a' ? '__proto__' : `of ${name}` }));
  const { key_metadata } = await keys.createKey({ tags });
  const key_id = key_metadata?.key_id ?? '';
  await keys.createKey({ tags: [{ tag_key: 'A', tag_value: '__proto__' }] });
  expect((await keys.listResourceTags({ key_id })).tags).toEqual(tags.toSorted(byKey));
  for (const tag of tags) {
    expect(
      (await keys.listKeys({ tags: [tag] })).keys.map((key) => key.key_id),
      tag.tag_key,
    ).toEqual([key_id]);
  }
  await keys.untagResource({ key_id, tag_keys: ['__proto__', 'a'] });
  expect((await keys.listResourceTags({ key_id })).tags.map(({ tag_key }) => tag_key)).toEqual(['A', 'constructor', 'toString']);
});

it('keeps such aliases apart', async () => {
  const { keys } = under.latchkey;
  const targets = new Map<string, string>();
  for (const name of odd) {
    const target_key_id = await under.newKey(name);
    await keys.createAlias({ alias_name: `alias/${name}`, target_key_id });
    targets.set(name, target_key_id);
  }
  for (const [name, target] of targets) {
    expect((await keys.describeKey({ key_id: `alias/${name}` })).key_metadata).toMatchObject({ key_id: target, description: name });
  }
  await keys.deleteAlias({ alias_name: 'alias/__proto__' });
  expect(await refusalFacts(keys.describeKey({ key_id: 'alias/__proto__' }))).toMatchObject({ reason: 'ALIAS_NOT_FOUND' });
  expect(await refusalFacts(keys.describeKey({ key_id: 'alias/hasOwnProperty' }))).toMatchObject({ reason: 'ALIAS_NOT_FOUND' });
  expect((await keys.describeKey({ key_id: 'alias/A' })).key_metadata?.key_id).toBe(targets.get('A'));
});

it('keeps such client tokens apart', async () => {
  const made = await Promise.all(['__proto__', 'constructor', 't', 'T'].map((client_token) => createdWith(client_token)));
  expect(new Set(made).size).toBe(4);
  expect(await createdWith('__proto__')).toBe(made[0]);
});

it('binds such encryption contexts to the ciphertext', async () => {
  const { crypto } = under.latchkey;
  const key_id = await under.newKey();
  const context = (...names: string[]) => Object.fromEntries(names.map((name) => [name, `of ${name}`]));
  const encryption_context = context(...odd);
  expect(Object.keys(encryption_context)).toHaveLength(5);
  const { ciphertext_blob } = await crypto.encrypt({ key_id, plaintext: Buffer.from('x'), encryption_context });
  const opened = await crypto.decrypt({ ciphertext_blob, encryption_context: context(...odd.toReversed()) });
  expect(opened.plaintext.toString()).toBe('x');
  for (const other of [
    context('constructor', 'toString', 'a', 'A'),
    context('__PROTO__', 'constructor', 'toString', 'a', 'A'),
    { ...encryption_context, a: 'OF a' },
    {},
  ]) {
    const refused = crypto.decrypt({ ciphertext_blob, encryption_context: other });
    expect(await refusalFacts(refused)).toMatchObject({ reason: 'INVALID_CIPHERTEXT' });
  }
});

async function createdWith(client_token: string): Promise<string | undefined> {
  return (await under.latchkey.keys.createKey({ client_token })).key_metadata?.key_id;
}

function byKey(a: { tag_key: string }, b: { tag_key: string }): number {
  return Buffer.compare(Buffer.from(a.tag_key), Buffer.from(b.tag_key));
}
