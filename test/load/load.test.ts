import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { readMetrics } from '../e2e/metrics-page.ts';
import { removeHome, startServer } from '../e2e/start-server.ts';
import { useServer } from '../e2e/using-server.ts';

const running = useServer();
const folder = mkdtempSync(join(tmpdir(), 'latchkey-load-test-'));

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe.each(['unary', 'batch', 'exchange'])('script/load --mode %s', (mode) => {
  it.each(['encrypt', 'decrypt'])('offers %s for a second, checks replies and writes a report', async (operation) => {
    const report = join(folder, `${mode}-${operation}.html`);
    const { code, stdout, stderr } = await load('--mode', mode, '--operation', operation, '--duration', '1', '--report', report);

    expect(stderr).toContain('Made key');
    expect(stdout).not.toContain('Wrong');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Answered +[\d,]+ (calls|batches|streams), [\d,]+\/s$/m);
    expect(stdout).toMatch(/^Latency, p99\.9 +/m);
    expect(stdout).toMatch(/^Replies checked +[1-9]\d* by a real client, 0 wrong$/m);
    expect(stdout).toMatch(/^(Batch)?(Encrypt|Decrypt) +OK +\d+$/m);
    const html = readFileSync(report, 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(3);
    for (const share of ['p50', 'p90']) expect(html).toContain(`>${share}</text>`);
    expect(html).not.toMatch(/<script|<link|<img|src=|href=|url\(/);
  });
});

it('schedules the key that it made for deletion', async () => {
  const { stderr } = await load('--duration', '1');
  const [, key_id = ''] = /^Made key (.*)\.$/m.exec(stderr) ?? [];
  const { key_metadata } = await running.latchkey.keys.describeKey({ key_id });
  expect(key_metadata?.key_state).toBe('KEY_STATE_PENDING_DELETION');
});

it('shows in no command line whose token it was given, and leaves nobody behind', async () => {
  const loading = start(['--duration', '2']);
  await expect.poll(() => childrenOf(loading.process), { timeout: 30_000 }).toHaveLength(1);
  const commandLines = childrenOf(loading.process).map((child) => readFileSync(`/proc/${child}/cmdline`, 'utf8'));
  expect(commandLines.join('\n')).toMatch(/Bearer lk_/);
  expect(commandLines.join('\n')).not.toContain(running.server.token);
  expect(await loading.ended).toMatchObject({ code: 0 });
  const { principals } = await running.latchkey.access.listPrincipals({});
  expect(principals.map(({ path }) => path).filter((path) => path.includes('/load-'))).toEqual([]);
});

it('calls as whoever may make no principals, and says what that shows', async () => {
  await running.latchkey.access.createPrincipal({ name: 'user-of-keys', ready_policy_names: ['key-user'] });
  const { access_token } = await running.latchkey.access.createAccessToken({ principal: 'user/token/user-of-keys' });
  const key_id = await running.newKey();
  const file = join(folder, 'token');
  writeFileSync(file, `${access_token}\n`);
  const { code, stderr } = await load('--duration', '1', '--key-id', key_id, '--token-file', file);
  expect(stderr).toContain('every user of this machine can read your token');
  expect(code).toBe(0);
});

it('offers no more than the rate', async () => {
  const { stdout } = await load('--duration', '2', '--rate', '40');
  const [, calls] = /^Answered +(\d+) calls/m.exec(stdout) ?? [];
  expect(Number(calls)).toBeGreaterThan(60);
  expect(Number(calls)).toBeLessThan(100);
});

it('tells what failed by reason, and fails', async () => {
  const key_id = await running.newKey();
  const before = await encryptions();
  const loading = load('--duration', '3', '--key-id', key_id);
  // Well into the load: what it asks of the server before it begins must succeed.
  while ((await encryptions()) < before + 100) await setTimeout(50);
  await running.latchkey.keys.disableKey({ key_id });
  const { code, stdout } = await loading;
  expect(stdout).toMatch(/^Encrypt +KEY_DISABLED +\d+$/m);
  expect(stdout).toMatch(/^Wrong: The server counts \d+ of Encrypt that ended in KEY_DISABLED\.$/m);
  expect(stdout).toMatch(/^Wrong: Encrypt was answered \d+ times, and the server counts \d+ that succeeded\.$/m);
  expect(code).toBe(1);
});

it('takes batches whose replies have more than 4 MiB', async () => {
  const { code, stdout } = await load('--mode', 'batch', '--items', '20000', '--streams', '1', '--duration', '1');
  expect(stdout).toMatch(/^BatchEncrypt +OK +\d+$/m);
  expect(code).toBe(0);
});

it.each([
  [
    'more items than a batch may have',
    ['--mode', 'batch', '--items', '100000', '--size', '65536'],
    /the server takes 1022 at most/,
  ],
  [
    'a batch over the greatest message',
    ['--mode', 'batch', '--items', '100000', '--size', '1024'],
    /the server takes 60457 at most/,
  ],
  ['the same as a stream', ['--mode', 'exchange', '--items', '100000', '--size', '1024'], /the server takes 60457 at most/],
  ['metrics that are elsewhere', ['--metrics', '127.0.0.1:9'], /--metrics, or LATCHKEY_METRICS_ADDRESS, names another address/],
  ['a folder that there is not', ['--report', join(folder, 'none/load.html')], /is there no such folder\?/],
])('makes no key for %s', async (_, args, message) => {
  const { code, stdout, stderr } = await load(...args);
  expect(stderr).toMatch(message);
  expect(stderr).not.toContain('Made key');
  expect(stdout).toBe('');
  expect(code).toBe(1);
});

describe('a server with small messages', () => {
  const small = useServer({ env: { LATCHKEY_MAX_MESSAGE_BYTES: '1200000' } });

  it.each([
    ['batch', 'encrypt'],
    ['batch', 'decrypt'],
    ['exchange', 'encrypt'],
    ['exchange', 'decrypt'],
  ])('takes the greatest %s to %s that is said to fit', async (mode, operation) => {
    const { address, metricsAddress, token } = small.server;
    const loadSmall = (...args: readonly string[]) => start(args, { LATCHKEY_TOKEN: token }).ended;
    const where = ['--address', address, '--metrics', metricsAddress, '--mode', mode, '--operation', operation];
    const most = ['--size', '200', '--connections', '1', '--streams', '1', '--duration', '1'];
    const refused = await loadSmall(...where, ...most, '--items', '9000');
    const [, items = ''] = /the server takes (\d+) at most/.exec(refused.stderr) ?? [];
    expect(Number(items)).toBeGreaterThan(4000);
    expect(await loadSmall(...where, ...most, '--items', items)).toMatchObject({ code: 0 });
  });
});

it('says what was measured, and which key is left, when the server ends meanwhile', async () => {
  const mortal = await startServer();
  try {
    const loading = start(['--address', mortal.address, '--metrics', mortal.metricsAddress, '--duration', '3'], {
      LATCHKEY_TOKEN: mortal.token,
    });
    await expect.poll(() => loading.stderr(), { timeout: 30_000 }).toContain('Calling');
    await setTimeout(1000);
    await mortal.kill();
    const { code, stdout, stderr } = await loading.ended;
    expect(stdout).toMatch(/^Answered +[\d,]+ calls/m);
    expect(stdout).toMatch(/^Wrong: The server was lost\. The server's metrics cannot be read/m);
    const [, key] = /^Made key (.*)\.$/m.exec(stderr) ?? [];
    expect(stderr).toMatch(new RegExp(`^Key ${key} is not scheduled for deletion \\(`, 'm'));
    expect(stderr).toContain(`script/latchkey keys schedule-deletion ${key} --window 7 --yes --address ${mortal.address}`);
    expect(code).toBe(1);
  } finally {
    await removeHome(mortal);
  }
});

it('ends h2load and tidies up when it is interrupted', async () => {
  const loading = start(['--duration', '120']);
  await expect.poll(() => loading.stderr(), { timeout: 30_000 }).toContain('Calling');
  await expect.poll(() => childrenOf(loading.process)).toHaveLength(1);
  const children = childrenOf(loading.process);
  loading.process.kill('SIGINT');
  expect(await loading.ended).toMatchObject({
    code: 130,
    stdout: '',
    stderr: expect.stringContaining('is scheduled for deletion'),
  });
  expect(children.filter((child) => existsSync(`/proc/${child}`))).toEqual([]);
});

it('says which package brings h2load', async () => {
  const { code, stderr } = await start(['--duration', '1'], { PATH: folder }).ended;
  expect(stderr).toContain('nghttp2-client');
  expect(code).toBe(1);
});

it('refuses wrong usage, and shows its options', async () => {
  expect(await load('--duration', '0')).toEqual({ code: 2, stdout: '', stderr: expect.stringContaining('--duration: 0 is not') });
  expect(await load('--help')).toEqual({ code: 0, stdout: expect.stringContaining('Usage: script/load'), stderr: '' });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function load(...args: readonly string[]): Promise<Ended> {
  return start(args).ended;
}

/** What script/load runs, against the server of this file; an option that is given twice counts as it was given last. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const { address, metricsAddress, token } = running.server;
  const main = join(import.meta.dirname, '../../load/main.ts');
  const child = spawn(process.execPath, [main, '--address', address, '--metrics', metricsAddress, ...args], {
    env: { ...process.env, LATCHKEY_TOKEN: token, ...env },
  });
  const written = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => (written.stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (written.stderr += text));
  const ended = once(child, 'close').then(([code]): Ended => ({ code: code as number | null, ...written }));
  return { process: child, stderr: () => written.stderr, ended };
}

function childrenOf({ pid }: ChildProcess): readonly string[] {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .split(' ')
    .filter((child) => child !== '');
}

async function encryptions(): Promise<number> {
  const { text } = await readMetrics(running.server.metricsAddress);
  return Number(/^latchkey_calls_total\{method="Encrypt",reason="OK"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}
