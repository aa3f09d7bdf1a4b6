import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { StartRefused } from '../../src/errors.ts';
import { clearSocketPath, resolveListenAddress } from '../../src/grpc/listen-address.ts';

describe('listen addresses', () => {
  it.each([
    ['127.0.0.1:50051', [{ kind: 'tcp', host: '127.0.0.1', port: 50051 }]],
    ['127.9.9.9:0', [{ kind: 'tcp', host: '127.9.9.9', port: 0 }]],
    ['[::1]:7', [{ kind: 'tcp', host: '::1', port: 7 }]],
    ['unix:/run/x.sock', [{ kind: 'unix', path: '/run/x.sock' }]],
  ])('%s', async (text, addresses) => {
    expect(await resolveListenAddress(text, 'SETTING')).toEqual(addresses);
  });

  it('take localhost where it means only this machine', async () => {
    const addresses = await resolveListenAddress('localhost:0', 'SETTING');
    expect(addresses.length).toBeGreaterThan(0);
    expect(addresses.every((address) => address.kind === 'tcp' && ['127.0.0.1', '::1'].includes(address.host))).toBe(true);
  });

  it('refuse localhost where it means another machine', async () => {
    const elsewhere = async () => [{ address: '127.0.0.1' }, { address: '10.0.0.7' }];
    await expect(resolveListenAddress('localhost:1', 'SETTING', { lookUp: elsewhere })).rejects.toThrow(
      /can be reached from other machines/,
    );
  });

  it.each([
    '0.0.0.0:1',
    '[::]:1',
    '10.0.0.1:1',
    '192.168.1.1:1',
    '[fe80::1]:1',
    '[::ffff:127.0.0.1]:1',
    '128.0.0.1:1',
    '127.0.0.1:65536',
    'no.such.host.invalid:1',
  ])('%s is refused with the name of its setting', async (text) => {
    await expect(resolveListenAddress(text, 'SETTING')).rejects.toThrow(StartRefused);
    await expect(resolveListenAddress(text, 'SETTING')).rejects.toThrow(/^SETTING: /);
  });

  it('may be reached from other machines with TLS', async () => {
    const withTls = { mayBeRemote: true };
    expect(await resolveListenAddress('0.0.0.0:1', 'SETTING', withTls)).toEqual([{ kind: 'tcp', host: '0.0.0.0', port: 1 }]);
    expect(await resolveListenAddress('[::]:1', 'SETTING', withTls)).toEqual([{ kind: 'tcp', host: '::', port: 1 }]);
    await expect(resolveListenAddress('some.host:1', 'SETTING', withTls)).rejects.toThrow(/must be an IP address or localhost/);
  });
});

describe('socket paths', () => {
  let directory: string;
  beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), 'latchkey-socket-'))));
  afterEach(() => rm(directory, { recursive: true }));

  it('may be free', async () => {
    await expect(clearSocketPath(join(directory, 'x.sock'))).resolves.toBeUndefined();
  });

  it('are not taken from a file that is no socket', async () => {
    const path = join(directory, 'x.sock');
    await writeFile(path, 'precious');
    await expect(clearSocketPath(path)).rejects.toThrow(/not a socket/);
  });

  it('are not taken from a live process', async () => {
    const path = join(directory, 'x.sock');
    const server = createServer();
    await new Promise<void>((resolve) => void server.listen(path, resolve));
    await expect(clearSocketPath(path)).rejects.toThrow(/in use by another process/);
    await new Promise((resolve) => server.close(resolve));
  });
});
