import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { type ReloadingTls, openReloadingTls } from '../../src/tls/reloading-tls.ts';
import { type Authority, type Certificate, makeCa, removeCertificates } from './certificates.ts';
import { type TlsFolder, makeTlsFolder } from './tls-folder.ts';

let authority: Authority;
let first: Certificate;
let second: Certificate;
let folder: TlsFolder;
let tls: ReloadingTls;
let events: string[];

beforeAll(() => {
  authority = makeCa('authority');
  first = authority.issue({ name: 'first', san: ['DNS:x'] });
  second = authority.issue({ name: 'second', san: ['DNS:x'] });
});
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  folder = makeTlsFolder({ server: first, clientCa: [authority] });
  await open();
});
afterEach(() => {
  tls.close();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
  folder.remove();
});
afterAll(removeCertificates);

it('takes what has been the same at two looks', async () => {
  folder.write({ server: second });
  await look();
  expect([current(), events]).toEqual(['first', []]);
  await look();
  expect([current(), events]).toEqual(['second', ['reloaded', 'told of second']]);
  await look();
  await look();
  expect(events).toHaveLength(2);
});

it('does not take a file that is being written', async () => {
  const path = folder.settings.clients?.ca ?? '';
  const others = [makeCa('a'), makeCa('b'), makeCa('c')];
  let text = '';
  for (const { certificate } of others) {
    text += certificate;
    // Every time a whole set of authorities, and too few.
    writeFileSync(path, text);
    await look();
  }
  expect(events).toEqual([]);
  await look();
  expect(tls.current.clientAuthorities.map(({ subject }) => subject)).toEqual(['CN=a', 'CN=b', 'CN=c']);
});

it('keeps the pair that fits while half of another is there, and says so once', async () => {
  writeFileSync(folder.settings.certificate, second.certificate);
  for (let times = 0; times < 4; times++) await look();
  expect([current(), events]).toEqual(['first', [expect.stringMatching(/^refused: .*not the key of the first certificate/)]]);
  writeFileSync(folder.settings.key, second.key);
  await look();
  await look();
  expect([current(), events.slice(1)]).toEqual(['second', ['reloaded', 'told of second']]);
});

it('says once that a file is gone, and again when it is gone again', async () => {
  const gone = async (): Promise<void> => {
    rmSync(folder.settings.key);
    for (let times = 0; times < 4; times++) await look();
    folder.write({ server: first });
    await look();
  };
  await gone();
  expect(events).toEqual([expect.stringContaining('cannot be opened')]);
  await gone();
  expect(events).toHaveLength(2);
  expect(current()).toBe('first');
});

it('follows links that are swapped, as Kubernetes does', async () => {
  tls.close();
  const at = (...path: string[]) => join(folder.path, ...path);
  const publish = (name: string, { certificate, key }: Certificate): void => {
    mkdirSync(at(name));
    writeFileSync(at(name, 'tls.crt'), certificate);
    writeFileSync(at(name, 'tls.key'), key, { mode: 0o440 });
    symlinkSync(name, at('..data.new'));
    renameSync(at('..data.new'), at('..data'));
  };
  publish('..1', first);
  for (const file of ['tls.crt', 'tls.key']) {
    rmSync(at(file));
    symlinkSync(join('..data', file), at(file));
  }
  await open();
  publish('..2', second);
  await look();
  await look();
  expect(current()).toBe('second');
});

it('keeps a valid certificate when the other has expired', async () => {
  folder.write({ server: authority.issue({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') }) });
  await look();
  await look();
  expect([current(), events]).toEqual(['first', [expect.stringMatching(/expired on 2021.*in use is valid/)]]);
});

it('waits for a certificate to become valid', async () => {
  tls.close();
  let now = Date.now();
  await open(() => now);
  folder.write({ server: authority.issue({ name: 'later', san: ['DNS:x'], notBefore: new Date(now + 3_600_000) }) });
  await look();
  await look();
  expect([current(), events]).toEqual(['first', [expect.stringContaining('valid only from')]]);
  now += 3_600_001;
  await look();
  expect(current()).toBe('later');
});

it('takes what is there at once when it is asked to', async () => {
  folder.write({ server: second });
  await tls.reload();
  expect(current()).toBe('second');
  await tls.reload();
  expect(events).toEqual(['reloaded', 'told of second']);
});

it('looks no more when it is closed', async () => {
  tls.close();
  folder.write({ server: second });
  await look();
  await look();
  expect(current()).toBe('first');
});

async function open(now: () => number = Date.now): Promise<void> {
  events = [];
  const report = {
    reloaded: () => events.push('reloaded'),
    refused: (_settings: unknown, error: Error) => events.push(`refused: ${error.message}`),
  };
  tls = await openReloadingTls(folder.settings, { now, report, intervalMs: 1000 });
  tls.onChange(({ leaf }) => events.push(`told of ${leaf.subject.slice(3)}`));
}

/** Until it is over: a look that is asked for waits for the one before, and finds nothing else. */
async function look(): Promise<void> {
  vi.advanceTimersByTime(1000);
  await tls.settled;
}

function current(): string {
  return tls.current.leaf.subject.slice('CN='.length);
}
