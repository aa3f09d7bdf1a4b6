import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { readMetrics } from '../e2e/metrics-page.ts';
import { runServerToItsEnd, startServer } from '../e2e/start-server.ts';

/** The vector of docs/FORMATS.md, "From material to key and id". */
const keyId = '00112233-4455-6677-8899-aabbccddeeff';
const material = '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f';
const materialId = '5afe6cda12811a6d1d3b149f2a09434a4d3a7bf509f43dc8c04552fd61879a4b';
const seed = `keys:
  - key_id: ${keyId}
    key_material: '${material}'
    description: Orders
    aliases: [alias/orders]
    tags: { team: shop }
`;

let home: string;
let seedFile: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'latchkey-seed-'));
  seedFile = join(home, 'seed.yaml');
  writeFileSync(seedFile, seed);
});
afterEach(async () => rm(home, { recursive: true }));

describe('a server with --dev --seed', () => {
  it('has the keys of the seed, marked insecure, says so, and may be started with it again', async () => {
    for (const start of ['first', 'second']) {
      const server = await startServer({ home, args: ['--dev', '--seed', seedFile] });
      const latchkey = connect({ address: server.address, token: server.token });
      const { key_metadata: key } = await latchkey.keys.describeKey({ key_id: 'alias/orders' });
      expect(key, start).toMatchObject({
        key_id: keyId,
        current_key_material_id: materialId,
        description: 'Orders',
        insecure: true,
        key_state: 'KEY_STATE_ENABLED',
      });
      const { tags } = await latchkey.keys.listResourceTags({ key_id: keyId });
      expect(tags).toEqual([{ tag_key: 'team', tag_value: 'shop' }]);
      const { ciphertext_blob } = await latchkey.crypto.encrypt({ key_id: keyId, plaintext: Buffer.from('x') });
      expect((await latchkey.crypto.decrypt({ ciphertext_blob })).plaintext.toString()).toBe('x');
      expect((await readMetrics(server.metricsAddress)).text).toContain('latchkey_insecure_keys 1\n');
      latchkey.close();
      expect(await server.stop()).toBe(0);
      expect(server.log.join('\n')).toContain('--dev: for development only');
      expect(server.log.join('\n')).toContain('keys whose material is known');
      expect(server.log.join('\n')).not.toContain(material);
    }
  });

  it('leaves a store that is refused without --dev, also after the key was changed', async () => {
    const server = await startServer({ home, args: ['--dev', '--seed', seedFile] });
    const latchkey = connect({ address: server.address, token: server.token });
    await latchkey.keys.rotateKeyOnDemand({ key_id: keyId });
    await latchkey.keys.scheduleKeyDeletion({ key_id: keyId });
    latchkey.close();
    expect(await server.stop()).toBe(0);

    const { code, output } = await runServerToItsEnd({ home });
    expect(code).toBe(1);
    expect(output).toMatch(/was made with --seed.*--dev/);
    expect(await runServerToItsEnd({ home, args: ['--dev'] })).toMatchObject({ code: 0 });
  });

  it('says at every start without a seed that it is for development', async () => {
    const { code, output } = await runServerToItsEnd({ home, args: ['--dev'] });
    expect(code).toBe(0);
    expect(output).toContain('--dev: for development only');
    // A store that --dev alone has used holds no known key.
    expect(await runServerToItsEnd({ home })).toMatchObject({ code: 0 });
  });
});

const refusals: readonly (readonly [what: string, args: readonly string[], content: string | undefined, says: RegExp])[] = [
  ['--seed without --dev', ['--seed'], seed, /it needs --dev/],
  ['an argument that there is not', ['--seeds'], seed, /takes --dev and, with it, --seed FILE/],
  ['a seed file that is not there', ['--dev', '--seed'], undefined, /cannot be read/],
  ['a seed that is not YAML', ['--dev', '--seed'], 'keys: [', /is not YAML/],
  ['a key id in upper case', ['--dev', '--seed'], seed.replace(keyId, keyId.toUpperCase()), /key_id: must be a UUID/],
  ['material of 31 bytes', ['--dev', '--seed'], seed.replace(material, material.slice(2)), /key_material: must be 32 bytes/],
  ['an alias without alias/', ['--dev', '--seed'], seed.replace('alias/orders', 'orders'), /must be alias\//],
  ['a reserved alias', ['--dev', '--seed'], seed.replace('alias/orders', 'alias/aws/x'), /is reserved/],
  ['a reserved tag', ['--dev', '--seed'], seed.replace('team', "'aws:team'"), /begins with aws:/],
  ['a field that there is not', ['--dev', '--seed'], `${seed}    material: x\n`, /material/],
];

it.each(refusals)('a server with %s does not start', async (_, args, content, says) => {
  if (content === undefined) await rm(seedFile);
  else writeFileSync(seedFile, content);
  const { code, output } = await runServerToItsEnd({ home, args: [...args, seedFile] });
  expect(code).toBe(1);
  expect(output).toMatch(says);
  expect(output).not.toMatch(/\n\s+at /);
});

it('a seed with other material for a key that is there is refused', async () => {
  expect(await runServerToItsEnd({ home, args: ['--dev', '--seed', seedFile] })).toMatchObject({ code: 0 });
  writeFileSync(seedFile, seed.replace(material, material.replace('00', 'ff')));
  const { code, output } = await runServerToItsEnd({ home, args: ['--dev', '--seed', seedFile] });
  expect(code).toBe(1);
  expect(output).toContain('in the store with other material');
});

it('a seed for a store that holds other keys is refused, and leaves it as it is', async () => {
  const server = await startServer({ home });
  const latchkey = connect({ address: server.address, token: server.token });
  await latchkey.keys.createKey({});
  latchkey.close();
  expect(await server.stop()).toBe(0);
  const { code, output } = await runServerToItsEnd({ home, args: ['--dev', '--seed', seedFile] });
  expect(code).toBe(1);
  expect(output).toContain('holds keys that are not from a seed');
  expect(await runServerToItsEnd({ home })).toMatchObject({ code: 0 });
});
