import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, readlink, stat } from 'node:fs/promises';
import { connect as connectSocket } from 'node:net';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { removeHome, startServer } from '../e2e/start-server.ts';
import { useServer } from '../e2e/using-server.ts';

const under = useServer();
const proc = (path: string) => `/proc/${under.server.process.pid}/${path}`;

it('cannot leave a core dump', async () => {
  const limits = await readFile(proc('limits'), 'utf8');
  expect(limits).toMatch(/^Max core file size\s+0\s+0\s/m);
});

it('cannot be traced by its own user: it is not dumpable', async () => {
  // The kernel gives the files of an undumpable process to root, whoever runs it; for root itself only the memory map tells.
  if (process.getuid?.() !== 0) {
    expect((await stat(proc('environ'))).uid).toBe(0);
    return;
  }
  const child = spawn('setpriv', ['--reuid=65534', '--regid=65534', '--clear-groups', 'cat', proc('environ')], { stdio: 'ignore' });
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).not.toBe(0);
});

it.each([
  ['as script/server starts it', ['--disable-sigusr1']],
  ['started by hand', []],
])('opens no inspector when asked by SIGUSR1, %s', async (_, nodeOptions) => {
  const server = await startServer({ nodeOptions });
  server.process.kill('SIGUSR1');
  await new Promise((resolve) => setTimeout(resolve, 500));
  expect((await fetch(`http://${server.metricsAddress}/healthz`)).status).toBe(200);
  expect(await isOpen(9229)).toBe(false);
  expect(server.log.join('\n')).not.toContain('Debugger listening');
  expect(await server.stop()).toBe(0);
  await removeHome(server);
});

it('is started by script/server without the signal that opens an inspector', async () => {
  const script = await readFile(join(import.meta.dirname, '../../script/server'), 'utf8');
  expect(script).toContain('exec node --disable-sigusr1 dist/main.js');
});

it('runs the OpenSSL of Node and no other', async () => {
  const maps = await readFile(proc('maps'), 'utf8');
  expect(maps).not.toContain('libcrypto');
  const [ours] = process.versions.openssl.split('+');
  expect((await under.latchkey.server.getServerInfo({})).openssl_version).toBe(ours);
});

it('is refused under a debugger', async () => {
  const main = join(import.meta.dirname, '../../dist/main.js');
  const child = spawn(process.execPath, ['--inspect=127.0.0.1:0', main], {
    stdio: ['ignore', 'ignore', 'pipe'],
    cwd: under.server.dataDirectory,
    env: {},
  });
  let said = '';
  child.stderr.on('data', (text: Buffer) => (said += text.toString()));
  const [code] = (await once(child, 'exit')) as [number];
  expect([code, said]).toEqual([1, expect.stringContaining('does not run under a debugger')]);
});

it('writes to its data and nowhere else', async () => {
  const { readdir } = await import('node:fs/promises');
  const descriptors = await readdir(proc('fd'));
  const files = await Promise.all(descriptors.map(async (descriptor) => readlink(proc(`fd/${descriptor}`)).catch(() => '')));
  const written = files.filter((path) => path.startsWith('/') && !path.startsWith('/dev/') && !path.startsWith('/proc/'));
  expect(written.filter((path) => !path.startsWith(under.server.dataDirectory))).toEqual([]);
});

async function isOpen(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const socket = connectSocket(port, '127.0.0.1');
  socket.once('connect', () => resolve(true));
  socket.once('error', () => resolve(false));
  return promise.finally(() => socket.destroy());
}
