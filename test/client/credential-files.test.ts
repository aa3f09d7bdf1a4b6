import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { foundTls, foundToken, type Environment } from '../../src/client/credential-files.ts';
import { CredentialsError } from '../../src/client/credentials-error.ts';

const local = '127.0.0.1:50051';
const remote = 'kms.example.org:50051';

let directory = '';
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'latchkey-credentials-'));
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const path = (name: string): string => join(directory, name);

function write(name: string, text: string, mode = 0o600): string {
  writeFileSync(path(name), text, { mode });
  chmodSync(path(name), mode);
  return path(name);
}

async function tokenFor(address: string, environment: Environment): Promise<string | undefined> {
  const found = foundToken(address, environment);
  return typeof found === 'function' ? found() : found;
}

describe('the token', () => {
  test('is that of LATCHKEY_TOKEN, of LATCHKEY_TOKEN_FILE, or of the administrator, in this order', async () => {
    write('admin.token', 'lk_admin\n');
    const admin = { LATCHKEY_SECRETS_DIR: directory };
    const file = { ...admin, LATCHKEY_TOKEN_FILE: write('token', ' lk_file\n', 0o644) };
    expect(await tokenFor(local, { ...file, LATCHKEY_TOKEN: 'lk_variable' })).toBe('lk_variable');
    expect(await tokenFor(local, { ...file, LATCHKEY_TOKEN: '' })).toBe('lk_file');
    expect(await tokenFor(local, admin)).toBe('lk_admin');
    expect(await tokenFor(remote, file)).toBe('lk_file');
  });

  test('of the administrator is found in the folder secrets', async () => {
    mkdirSync(path('secrets'));
    write('secrets/admin.token', 'lk_admin');
    const before = process.cwd();
    process.chdir(directory);
    try {
      expect(await tokenFor(local, {})).toBe('lk_admin');
    } finally {
      process.chdir(before);
    }
  });

  test.each([local, '[::1]:1', 'localhost:50051'])('of the administrator is for %s', async (address) => {
    write('admin.token', 'lk_admin');
    expect(await tokenFor(address, { LATCHKEY_SECRETS_DIR: directory })).toBe('lk_admin');
  });

  test.each([remote, '192.0.2.1:50051', '[2001:db8::1]:50051', 'unix:/run/latchkey.sock'])(
    'of the administrator is not for %s',
    async (address) => {
      write('admin.token', 'lk_admin');
      expect(await tokenFor(address, { LATCHKEY_SECRETS_DIR: directory })).toBeUndefined();
    },
  );

  test('is nothing where there is none', async () => {
    expect(await tokenFor(local, { LATCHKEY_SECRETS_DIR: directory })).toBeUndefined();
    expect(await tokenFor(local, { LATCHKEY_SECRETS_DIR: path('no-such-folder') })).toBeUndefined();
  });

  test.each([0o644, 0o640, 0o604, 0o660, 0o602])('of the administrator is not used from a file of mode %o', (mode) => {
    write('admin.token', 'lk_admin', mode);
    expect(() => foundToken(local, { LATCHKEY_SECRETS_DIR: directory })).toThrow(/admin\.token is not used: .*chmod 600/);
  });

  test('of the administrator is not used from a file of somebody else', () => {
    write('admin.token', 'lk_admin');
    const me = process.getuid!();
    vi.spyOn(process, 'getuid').mockReturnValue(me + 1);
    expect(() => foundToken(local, { LATCHKEY_SECRETS_DIR: directory })).toThrow('admin.token is not used');
  });

  test.each(['a link', 'a folder'])('of the administrator is not used from %s', (kind) => {
    if (kind === 'a link') symlinkSync(write('elsewhere', 'lk_admin'), path('admin.token'));
    else mkdirSync(path('admin.token'), { mode: 0o700 });
    expect(() => foundToken(local, { LATCHKEY_SECRETS_DIR: directory })).toThrow(CredentialsError);
  });

  test.each([
    ['a file that is not there', () => ({ LATCHKEY_TOKEN_FILE: path('missing') }), 'ENOENT'],
    ['an empty file', () => ({ LATCHKEY_TOKEN_FILE: write('token', '\n') }), 'EBADMSG'],
    ['a file of two lines', () => ({ LATCHKEY_TOKEN_FILE: write('token', 'lk_one\nlk_two\n') }), 'EBADMSG'],
    ['a variable of two words', () => ({ LATCHKEY_TOKEN: 'lk_one two' }), 'EBADMSG'],
  ])('is an error when it was named and is none: %s', (_, environment, code) => {
    const find = () => foundToken(local, environment());
    expect(find).toThrow(CredentialsError);
    expect(find).toThrow(expect.objectContaining({ code }));
    expect(find).not.toThrow(/lk_one/);
  });

  test('of a file is read again, so that it can be replaced', async () => {
    const file = write('token', 'lk_old');
    let now = 1_000_000;
    vi.spyOn(performance, 'now').mockImplementation(() => now);
    const found = foundToken(local, { LATCHKEY_TOKEN_FILE: file });
    if (typeof found !== 'function') throw new Error('expected a function');
    write('token', 'lk_new');
    now += 1000;
    expect(await found()).toBe('lk_old');
    now += 1;
    expect(await found()).toBe('lk_new');
    rmSync(file);
    now += 1001;
    expect(found).toThrow(CredentialsError);
  });
});

describe('TLS', () => {
  const named = {};

  test('is that of the files that the environment names', () => {
    const LATCHKEY_CA = write('ca.pem', 'authority');
    const LATCHKEY_CERTIFICATE = write('certificate.pem', 'certificate');
    const LATCHKEY_KEY = write('key.pem', 'key');
    expect(foundTls(remote, named, {})).toBeUndefined();
    expect(foundTls(remote, named, { LATCHKEY_CA: '' })).toBeUndefined();
    expect(foundTls(remote, named, { LATCHKEY_CA })).toEqual({ ca: 'authority' });
    expect(foundTls(local, named, { LATCHKEY_CA, LATCHKEY_CERTIFICATE, LATCHKEY_KEY })).toEqual({
      ca: 'authority',
      certificate: 'certificate',
      key: 'key',
    });
    expect(foundTls(remote, named, { LATCHKEY_CA: 'system' })).toEqual({});
  });

  test('is for a Unix socket only if it is named for it', () => {
    const ca = write('ca.pem', 'authority');
    expect(foundTls('unix:/run/latchkey.sock', {}, { LATCHKEY_CA: ca })).toBeUndefined();
    expect(foundTls('unix:/run/latchkey.sock', { ca }, {})).toEqual({ ca: 'authority' });
  });

  test('of files that are named goes before that of the environment', () => {
    const ca = write('ca.pem', 'authority');
    const other = write('other.pem', 'other');
    const certificate = write('certificate.pem', 'certificate');
    expect(foundTls(remote, { ca, certificate }, { LATCHKEY_CA: other, LATCHKEY_KEY: other })).toEqual({
      ca: 'authority',
      certificate: 'certificate',
      key: 'other',
    });
  });

  test('with a file that is not there is an error', () => {
    expect(() => foundTls(remote, { ca: path('missing') }, {})).toThrow(`${path('missing')} cannot be read: ENOENT.`);
  });
});
