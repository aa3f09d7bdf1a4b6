import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { refusalFacts } from './refusal.ts';
import { useServer } from './using-server.ts';

const under = useServer();
const refusedToken = { reason: 'INVALID_REQUEST', code: 'INVALID_ARGUMENT', fields: ['client_token'] };

describe('client_token of CreateKey', () => {
  it('answers a repeated call with the key that the first one made, as it is now', async () => {
    const { keys } = under.latchkey;
    const request = { description: 'once', client_token: randomUUID() };
    const first = (await keys.createKey(request)).key_metadata;
    expect((await keys.createKey(request)).key_metadata).toEqual(first);
    await keys.rotateKeyOnDemand({ key_id: first?.key_id ?? '' });
    const later = (await keys.createKey(request)).key_metadata;
    expect(later).toMatchObject({ key_id: first?.key_id, rotation: { key_material_count: 2 } });
  });

  it('makes one key when the same call is made many times at once', async () => {
    const client_token = randomUUID();
    const made = await Promise.all(Array.from({ length: 20 }, async () => under.latchkey.keys.createKey({ client_token })));
    expect(new Set(made.map(({ key_metadata }) => key_metadata?.key_id)).size).toBe(1);
  });

  it('is refused with other parameters', async () => {
    const client_token = randomUUID();
    await under.latchkey.keys.createKey({ description: 'a', client_token });
    expect(await refusalFacts(under.latchkey.keys.createKey({ description: 'b', client_token }))).toEqual(refusedToken);
  });

  it('takes a default and its absence for the same', async () => {
    const client_token = randomUUID();
    const first = await under.latchkey.keys.createKey({ client_token });
    const spelt = {
      client_token,
      key_spec: 'KEY_SPEC_SYMMETRIC_DEFAULT',
      origin: 'ORIGIN_TYPE_AWS_KMS',
      key_usage: 'KEY_USAGE_TYPE_ENCRYPT_DECRYPT',
    } as const;
    expect(await under.latchkey.keys.createKey(spelt)).toEqual(first);
  });
});

describe('client_token of RotateKeyOnDemand', () => {
  it('answers as the first call did and does not rotate again, even after other rotations', async () => {
    const { keys } = under.latchkey;
    const request = { key_id: await under.newKey(), client_token: randomUUID() };
    const first = await keys.rotateKeyOnDemand(request);
    await keys.rotateKeyOnDemand({ key_id: request.key_id });
    expect(await keys.rotateKeyOnDemand(request)).toEqual(first);
    expect((await keys.describeKey({ key_id: request.key_id })).key_metadata?.rotation?.key_material_count).toBe(3);
  });

  it('answers again although the key was disabled meanwhile', async () => {
    const { keys } = under.latchkey;
    const request = { key_id: await under.newKey(), client_token: randomUUID() };
    const first = await keys.rotateKeyOnDemand(request);
    await keys.disableKey({ key_id: request.key_id });
    expect(await keys.rotateKeyOnDemand(request)).toEqual(first);
  });

  it('is refused with other parameters, and is another token for another key and another call', async () => {
    const { keys } = under.latchkey;
    const [key_id, other] = [await under.newKey(), await under.newKey()];
    const client_token = randomUUID();
    const { key_material_id } = await keys.rotateKeyOnDemand({ key_id, client_token });
    const changed = keys.rotateKeyOnDemand({ key_id, client_token, expected_current_key_material_id: key_material_id });
    expect(await refusalFacts(changed)).toEqual(refusedToken);
    await keys.rotateKeyOnDemand({ key_id: other, client_token });
    await keys.createKey({ client_token });
  });
});
