import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';
import { connect } from '../../src/client/connect.ts';
import { runServerToItsEnd, startServer } from './start-server.ts';
import { newKeyId } from './using-server.ts';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-settings-'));
});
afterEach(async () => {
  await rm(home, { recursive: true, force: true });
});

describe('the server refuses, and names what is allowed', () => {
  const wrong: readonly (readonly [name: string, value: string, says: RegExp])[] = [
    ['LATCHKEY_GRCP_ADDRESS', '127.0.0.1:0', /LATCHKEY_GRCP_ADDRESS: there is no such setting; there are .*LATCHKEY_GRPC_ADDRESS/],
    ['LATCHKEY_ROOT_KEY', 'AAAA', /LATCHKEY_ROOT_KEY: there is no such setting/],
    ['LATCHKEY_LOG_LEVEL', 'loud', /LATCHKEY_LOG_LEVEL: must be one of .*info/],
    ['LATCHKEY_SHUTDOWN_GRACE_MS', '-1', /LATCHKEY_SHUTDOWN_GRACE_MS: must be a whole number of milliseconds, 0 to 600000/],
    ['LATCHKEY_SHUTDOWN_GRACE_MS', '1e3', /must be a whole number of milliseconds/],
    ['LATCHKEY_MAX_PLAINTEXT_BYTES', '0', /LATCHKEY_MAX_PLAINTEXT_BYTES: must be a whole number of bytes, 1 to/],
    ['LATCHKEY_MAX_PLAINTEXT_BYTES', '67108864', /LATCHKEY_MAX_MESSAGE_BYTES: must be at least/],
    ['LATCHKEY_MAX_MESSAGE_BYTES', '1', /LATCHKEY_MAX_MESSAGE_BYTES: must be a whole number of bytes/],
    ['LATCHKEY_ARN_ACCOUNT', '123', /LATCHKEY_ARN_ACCOUNT: must be 12 digits/],
    ['LATCHKEY_ARN_REGION', 'EU', /LATCHKEY_ARN_REGION: must be/],
    ['LATCHKEY_ARN_PARTITION', 'a b', /LATCHKEY_ARN_PARTITION: must be/],
    ['LATCHKEY_GRPC_ADDRESS', 'localhost', /LATCHKEY_GRPC_ADDRESS.*must be host:port or unix:\/path/],
    ['LATCHKEY_GRPC_ADDRESS', 'unix:relative', /LATCHKEY_GRPC_ADDRESS.*must be host:port or unix:\/path/],
  ];
  const atStart: typeof wrong = [
    ['LATCHKEY_GRCP_ADDRESS', '127.0.0.1:0', /LATCHKEY_GRCP_ADDRESS: there is no such setting/],
    ['LATCHKEY_GRPC_ADDRESS', '127.0.0.1:65536', /65535/],
    ['LATCHKEY_METRICS_ADDRESS', 'unix:/tmp/x', /LATCHKEY_METRICS_ADDRESS.*must be host:port/],
  ];

  it.each(wrong)('%s=%s', (name, value, says) => {
    expect(() => readConfig({ [name]: value })).toThrow(says);
  });

  it.each(atStart)('%s=%s at the start, before anything is made', async (name, value, says) => {
    const { code, output } = await runServerToItsEnd({ home, env: { [name]: value } });
    expect(code).toBe(1);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/\n\s+at /);
    expect(madeAt(home), 'nothing was made').toEqual([]);
  });

  it.each(['data', 'data/', 'data/secrets', './data/../data/x'])(
    'secrets in %s, which is the data folder or inside it',
    (secrets) => {
      expect(() => readConfig({ LATCHKEY_SECRETS_DIR: secrets })).toThrow('must not be inside LATCHKEY_DATA_DIR');
    },
  );

  it('every mistake at once', () => {
    expect(() => readConfig({ LATCHKEY_LOG_LEVEL: 'loud', LATCHKEY_ARN_ACCOUNT: '1' })).toThrow(
      /LATCHKEY_LOG_LEVEL[\s\S]*LATCHKEY_ARN_ACCOUNT|LATCHKEY_ARN_ACCOUNT[\s\S]*LATCHKEY_LOG_LEVEL/,
    );
  });
});

describe('a configuration file', () => {
  it('sets what no variable sets', async () => {
    const env = await withFile(
      `listeners: [{ address: unix:${home}/a }, { address: 127.0.0.1:0 }]\nmetrics: { address: 127.0.0.1:0 }\n` +
        'data_directory: kept\nsecrets_directory: hidden\narn: { region: here-1, account: 012345678901 }',
    );
    const server = await startServer({ home, env: { ...env, LATCHKEY_ARN_REGION: 'there-1' } });
    expect(server.addresses).toEqual([`unix:${home}/a`, expect.stringMatching(/^127\.0\.0\.1:[1-9]\d+$/)]);
    const latchkey = connect({ address: server.address });
    const { key_metadata } = await latchkey.keys.createKey({});
    expect(key_metadata?.arn).toMatch(/^arn:aws:kms:there-1:012345678901:key\//);
    latchkey.close();
    expect(await server.stop()).toBe(0);
    expect([existsSync(join(home, 'kept/latchkey.db')), existsSync(join(home, 'hidden/root.key'))]).toEqual([true, true]);
  });

  it.each([
    ['LOG_LEVEL: info', /latchkey\.yaml:1:1: LOG_LEVEL: there is no such setting/],
    ['listeners: [{ address: 0.0.0.0:0 }]', /latchkey\.yaml:1:15: listeners\[0\]\.address: 0\.0\.0\.0:0 can be reached from other/],
    ['metrics: { address: "[::]:0" }', /latchkey\.yaml:1:12: metrics\.address: \[::\]:0 can be reached from other machines/],
    [
      'listeners: [{ address: "[::1]:0", tls: { certificate: a, key: b } }]',
      /yaml:1:35: listeners\[0\]\.tls\.certificate: .*\/a cannot/,
    ],
    ['metrics: { tls: { certificate: a, key: b } }', /latchkey\.yaml:1:12: metrics\.tls\.certificate: .*\/a cannot be opened/],
    ['identities: { certificates: { deny_list: a } }', /\/a: .*no such file/],
    ['identities: { oidc: [{ name: x, issuer: y, audience: [z], algorithms: [ES256], jwks_file: a }] }', /\/a: .*no such file/],
  ])('%s is refused at the start, before anything is made', async (text, says) => {
    const { code, output } = await runServerToItsEnd({ home, env: await withFile(text) });
    expect(code).toBe(1);
    expect(output).toMatch(says);
    expect(output).not.toMatch(/\n\s+at /);
    expect(madeAt(home), 'nothing was made').toEqual([]);
  });

  it('without folders leaves them at the working directory, which is never the checkout', async () => {
    const server = await startServer({
      home,
      env: await withFile('listeners: [{ address: 127.0.0.1:0 }]\nmetrics: { address: 127.0.0.1:0 }'),
    });
    expect(await server.stop()).toBe(0);
    expect(madeAt(home)).toEqual(['data', 'secrets']);
  });

  /** The variables that a test's server has otherwise are empty: absent. */
  async function withFile(text: string): Promise<Record<string, string>> {
    const path = join(home, 'latchkey.yaml');
    await writeFile(path, text);
    const names = ['LATCHKEY_GRPC_ADDRESS', 'LATCHKEY_METRICS_ADDRESS', 'LATCHKEY_DATA_DIR', 'LATCHKEY_SECRETS_DIR'];
    return { LATCHKEY_CONFIG: path, ...Object.fromEntries(names.map((name) => [name, ''])) };
  }
});

it("ignores clients' and tests' variables, and takes an empty one for absent", async () => {
  const env = { LATCHKEY_ADDRESS: 'x', LATCHKEY_VECTORS: 'x', LATCHKEY_TEST_ANYTHING: 'x', LATCHKEY_LOG_LEVEL: '' };
  const { code } = await runServerToItsEnd({ home, env });
  expect(code).toBe(0);
});

it('makes ARNs of the partition, region and account it is given', async () => {
  const env = { LATCHKEY_ARN_PARTITION: 'aws-eu', LATCHKEY_ARN_REGION: 'here-1', LATCHKEY_ARN_ACCOUNT: '123456789012' };
  const server = await startServer({ home, env });
  const latchkey = connect({ address: server.address, token: server.token });
  const key_id = await newKeyId(latchkey);
  const arn = `arn:aws-eu:kms:here-1:123456789012:key/${key_id}`;
  const { key_metadata } = await latchkey.keys.describeKey({ key_id: arn });
  expect(key_metadata).toMatchObject({ arn, aws_account_id: '123456789012' });
  latchkey.close();
  expect(await server.stop()).toBe(0);
});

it('says on stdout when and where it is ready', async () => {
  const server = await startServer({ home });
  const ready = server.log.map((line) => JSON.parse(line) as Record<string, unknown>).find(({ msg }) => msg === 'ready');
  expect(ready).toMatchObject({ grpc: [server.address], metrics: server.metricsAddress });
  expect(server.address).toMatch(/^127\.0\.0\.1:[1-9]\d+$/);
  await server.stop();
});

/** Of what a server keeps. */
function madeAt(folder: string): readonly string[] {
  return ['data', 'secrets'].filter((name) => existsSync(join(folder, name)));
}
