import { mkdtemp, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { type Server, createServer } from 'node:net';
import { networkInterfaces, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/connect.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { resolveListenAddress } from '../../src/grpc/listen-address.ts';
import { type RunningServer, runServerToItsEnd, startServer } from './start-server.ts';

let home: string;
const running: RunningServer[] = [];
const listeners: Server[] = [];

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'latchkey-listen-'));
});
afterEach(async () => {
  await Promise.all(running.splice(0).map(async (server) => server.kill()));
  for (const listener of listeners.splice(0)) listener.close();
  await rm(home, { recursive: true, force: true });
});

describe('TCP', () => {
  it.each(['127.0.0.1:0', '127.8.9.10:0', '[::1]:0', 'localhost:0'])('listens on %s', async (address) => {
    const server = await start(address);
    for (const listener of server.addresses) {
      expect(await versionAt(listener, server)).toMatch(/^\d/);
    }
  });

  it('listens on several addresses', async () => {
    const server = await start(`127.0.0.1:0, unix:${home}/second`);
    expect(server.addresses).toHaveLength(2);
    expect(await versionAt(server.addresses[0]!, server)).toBe(await versionAt(server.addresses[1]!, server));
  });

  const lan = Object.values(networkInterfaces())
    .flat()
    .find((found) => found !== undefined && !found.internal && found.family === 'IPv4')?.address;
  const reachable = [
    '0.0.0.0:0',
    '[::]:0',
    '[::ffff:127.0.0.1]:0',
    '[::ffff:0.0.0.0]:0',
    '0:0',
    '10.1.2.3:0',
    '[fe80::1]:0',
    '[2001:db8::1]:0',
    `${lan ?? '192.168.1.1'}:0`,
  ];
  it.each(reachable)('refuses %s', async (address) => {
    const resolving = async () => {
      const config = readConfig({ LATCHKEY_GRPC_ADDRESS: address });
      return Promise.all(config.listeners.map(async ({ address: text, setting }) => resolveListenAddress(text, setting)));
    };
    await expect(resolving()).rejects.toThrow(/can be reached from other machines|must be host:port|the host must be/);
  });

  it.each(['LATCHKEY_GRPC_ADDRESS', 'LATCHKEY_METRICS_ADDRESS'])('refuses 0.0.0.0 as %s', async (setting) => {
    const address = setting === 'LATCHKEY_GRPC_ADDRESS' ? '127.0.0.1:0,0.0.0.0:0' : '0.0.0.0:0';
    const { code, output } = await runServerToItsEnd({ home, env: { [setting]: address } });
    expect([code, output]).toEqual([1, expect.stringContaining('can be reached from other machines')]);
  });

  it('refuses a port that is taken, and says so', async () => {
    const first = await start('127.0.0.1:0');
    const { code, output } = await runServerToItsEnd({ home: join(home, 'other'), env: { LATCHKEY_GRPC_ADDRESS: first.address } });
    expect([code, output]).toEqual([1, expect.stringContaining(`Cannot listen on ${first.address}`)]);
  });
});

describe('a Unix socket', () => {
  const path = () => join(home, 'socket');

  it('is there for its owner only, and gone after the end', async () => {
    const server = await start(`unix:${path()}`);
    const found = await stat(path());
    expect([found.isSocket(), found.mode & 0o777]).toEqual([true, 0o600]);
    expect(await versionAt(server.address, server)).toMatch(/^\d/);
    await server.stop();
    await expect(stat(path())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('is replaced when it is dead', async () => {
    const killed = await start(`unix:${path()}`);
    await killed.kill();
    expect((await stat(path())).isSocket()).toBe(true);
    const server = await start(`unix:${path()}`);
    expect(await versionAt(server.address, server)).toMatch(/^\d/);
  });

  it('is not stolen while another process listens on it', async () => {
    const owner = createServer().listen(path());
    listeners.push(owner);
    const { code, output } = await refusedOn(path());
    expect([code, output]).toEqual([1, expect.stringContaining('is in use by another process')]);
    expect((await stat(path())).isSocket()).toBe(true);
  });

  it('does not replace a file that is no socket, nor what a link points at', async () => {
    await writeFile(path(), 'precious');
    expect(await refusedOn(path())).toEqual({ code: 1, output: expect.stringContaining('is not a socket') });
    await symlink(path(), join(home, 'link'));
    expect(await refusedOn(join(home, 'link'))).toEqual({ code: 1, output: expect.stringContaining('is not a socket') });
    expect((await stat(path())).size).toBe('precious'.length);
  });

  it('is refused where there is no folder', async () => {
    const { code, output } = await refusedOn(join(home, 'absent/socket'));
    expect([code, output]).toEqual([1, expect.stringContaining(`the folder ${join(home, 'absent')} does not exist`)]);
    expect(output).toContain('listeners in the file of LATCHKEY_CONFIG');
  });
});

async function start(address: string): Promise<RunningServer> {
  const server = await startServer({ home, env: { LATCHKEY_GRPC_ADDRESS: address } });
  running.push(server);
  return server;
}

async function refusedOn(path: string): Promise<{ code: number | null; output: string }> {
  return runServerToItsEnd({ home, env: { LATCHKEY_GRPC_ADDRESS: `unix:${path}` } });
}

async function versionAt(address: string, { token }: RunningServer): Promise<string> {
  const latchkey = connect({ address, token });
  try {
    return (await latchkey.server.getServerInfo({})).version;
  } finally {
    latchkey.close();
  }
}
