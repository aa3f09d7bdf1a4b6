import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/config/read-config.ts';

describe('settings of the environment', () => {
  it('have defaults for everything', () => {
    expect(readConfig({ PATH: '/bin' })).toEqual({
      listeners: [{ kind: 'tcp', address: '127.0.0.1:50051', setting: 'LATCHKEY_GRPC_ADDRESS', tls: undefined }],
      metrics: { address: '127.0.0.1:9464', setting: 'LATCHKEY_METRICS_ADDRESS', tls: undefined, allowPlaintext: false },
      identities: { certificates: { mapping: [], denyList: undefined }, oidc: [] },
      dataDirectory: `${process.cwd()}/data`,
      secretsDirectory: `${process.cwd()}/secrets`,
      scope: { partition: 'aws', region: 'us-east-1', account: '000000000000' },
      logLevel: 'info',
      shutdownGraceMs: 10_000,
      maxPlaintextBytes: 1024 * 1024,
      maxMessageBytes: 64 * 1024 * 1024,
      maxInFlightBytes: 512 * 1024 * 1024,
      maxConnectionAgeMs: 3_600_000,
    });
  });

  it('take several listeners', () => {
    const { listeners } = readConfig({ LATCHKEY_GRPC_ADDRESS: '127.0.0.1:0, [::1]:1,unix:/run/latchkey.sock' });
    expect(listeners.map(({ address }) => address)).toEqual(['127.0.0.1:0', '[::1]:1', 'unix:/run/latchkey.sock']);
    expect(listeners[2]).toMatchObject({ kind: 'unix', principal: 'administrator' });
  });

  it('take an empty variable as absent', () => {
    expect(readConfig({ LATCHKEY_LOG_LEVEL: '' }).logLevel).toBe('info');
  });

  const foreign = ['ADDRESS', 'TOKEN', 'TOKEN_FILE', 'CA', 'CERTIFICATE', 'KEY', 'VECTORS', 'TEST_SLOW'].map(
    (name) => `LATCHKEY_${name}`,
  );
  it.each(foreign)('leave %s to clients and tests', (name) => {
    expect(() => readConfig({ [name]: 'x' })).not.toThrow();
  });

  it('refuse a name that is none, and tell which there are', () => {
    expect(() => readConfig({ LATCHKEY_GRPC_ADRESS: 'x' })).toThrow(
      /LATCHKEY_GRPC_ADRESS: there is no such setting; there are LATCHKEY_CONFIG, LATCHKEY_GRPC_ADDRESS,.*\. Did you mean LATCHKEY_GRPC_ADDRESS\?$/,
    );
  });

  it('refuse a name that is none also when it is empty', () => {
    expect(() => readConfig({ LATCHKEY_ROOT_KEYY: '' })).toThrow(/LATCHKEY_ROOT_KEYY: there is no such setting/);
  });

  it.each([
    ['LATCHKEY_GRPC_ADDRESS', 'localhost', /host:port or unix:\/path, several separated by commas\./],
    ['LATCHKEY_GRPC_ADDRESS', '127.0.0.1:50051,', /host:port or unix:\/path/],
    ['LATCHKEY_GRPC_ADDRESS', 'unix://run/latchkey.sock', /host:port or unix:\/path/],
    ['LATCHKEY_GRPC_ADDRESS', 'unix:relative.sock', /host:port or unix:\/path/],
    ['LATCHKEY_METRICS_ADDRESS', 'unix:/metrics.sock', /host:port/],
    ['LATCHKEY_ARN_ACCOUNT', '123', /12 digits/],
    ['LATCHKEY_ARN_REGION', 'US EAST', /a-z, 0-9 and -/],
    ['LATCHKEY_ARN_PARTITION', 'aws:x', /a-z, 0-9 and -/],
    ['LATCHKEY_LOG_LEVEL', 'loud', /fatal, error, warn, info, debug, silent/],
    ['LATCHKEY_SHUTDOWN_GRACE_MS', '-1', /0 to 600000/],
    ['LATCHKEY_SHUTDOWN_GRACE_MS', '10s', /0 to 600000/],
    ['LATCHKEY_MAX_PLAINTEXT_BYTES', '0', /1 to 268435456/],
    ['LATCHKEY_MAX_MESSAGE_BYTES', '1e6', /4096 to 536870912/],
    ['LATCHKEY_MAX_MESSAGE_BYTES', '1048576', /at least 65536 more than LATCHKEY_MAX_PLAINTEXT_BYTES/],
  ])('refuse %s=%s and tell what is allowed', (name, value, allowed) => {
    expect(() => readConfig({ [name]: value })).toThrow(allowed);
    expect(() => readConfig({ [name]: value })).toThrow(new RegExp(name));
  });

  it('name every mistake at once', () => {
    expect(() => readConfig({ LATCHKEY_ARN_ACCOUNT: 'x', LATCHKEY_LOG_LEVEL: 'x' })).toThrow(/ARN_ACCOUNT[^]*LOG_LEVEL/);
  });

  it.each([
    ['data', 'data'],
    ['data', 'data/secrets'],
    ['/srv/latchkey', '/srv/latchkey/../latchkey/secrets'],
    ['/', '/srv/secrets'],
  ])('refuse secrets inside the data directory (%s, %s)', (data, secrets) => {
    expect(() => readConfig({ LATCHKEY_DATA_DIR: data, LATCHKEY_SECRETS_DIR: secrets })).toThrow(
      /must not be inside LATCHKEY_DATA_DIR/,
    );
  });

  it('refuse secrets that a link leads into the data directory', () => {
    const folder = mkdtempSync(join(tmpdir(), 'latchkey-config-'));
    mkdirSync(join(folder, 'data/sub'), { recursive: true });
    symlinkSync(join(folder, 'data/sub'), join(folder, 'alias'));
    const environment = { LATCHKEY_DATA_DIR: join(folder, 'data'), LATCHKEY_SECRETS_DIR: join(folder, 'alias/secrets') };
    expect(() => readConfig(environment)).toThrow(/must not be inside LATCHKEY_DATA_DIR/);
    rmSync(folder, { recursive: true });
  });

  it('take secrets beside data whose name begins alike', () => {
    expect(() => readConfig({ LATCHKEY_DATA_DIR: '/srv/data', LATCHKEY_SECRETS_DIR: '/srv/data-secrets' })).not.toThrow();
  });
});
