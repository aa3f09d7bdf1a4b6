import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { StartRefused } from '../../src/errors.ts';
import { readTlsFiles } from '../../src/tls/tls-files.ts';
import { type TlsMaterial, checkTlsMaterial } from '../../src/tls/tls-material.ts';
import { type Authority, type Certificate, makeCa, removeCertificates } from './certificates.ts';
import { type TlsFolder, makeTlsFolder } from './tls-folder.ts';

let root: Authority;
let intermediate: Authority;
let server: Certificate;
let folder: TlsFolder;

beforeAll(() => {
  root = makeCa('root');
  intermediate = root.issueAuthority('intermediate');
  server = intermediate.issue({ name: 'server', san: ['DNS:kms.example'] });
});
beforeEach(() => void (folder = makeTlsFolder({ server, clientCa: [root] })));
afterEach(() => folder.remove());
afterAll(removeCertificates);

describe('what is taken', () => {
  it('is a chain, its key, and the authorities of clients', async () => {
    const material = await read();
    expect(material.leaf.subjectAltName).toBe('DNS:kms.example');
    expect(material.clientAuthorities.map(({ subject }) => subject)).toEqual(['CN=root']);
    expect(material.warnings).toEqual([]);
    expect(Object.isFrozen(material)).toBe(true);
  });

  it('may have text between the blocks, and the root behind them', async () => {
    writeFileSync(folder.settings.certificate, `Some words.\n${server.certificate}And more.\n${root.certificate}`);
    const { certificate } = await read();
    expect(certificate.match(/BEGIN CERTIFICATE/g)).toHaveLength(3);
    expect(certificate).not.toContain('words');
  });

  it.each(['rsa', 'ec'] as const)('may be %s', async (keyType) => {
    folder.write({ server: root.issue({ keyType, san: ['DNS:kms.example'] }) });
    expect((await read()).warnings).toEqual([]);
  });

  it('may be a key as openssl ecparam writes it', async () => {
    const old = execFileSync('openssl', ['ec'], { input: server.key, stdio: ['pipe', 'pipe', 'ignore'], encoding: 'utf8' });
    writeFileSync(folder.settings.key, `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${old}`);
    expect(await read()).toBeDefined();
  });

  it('is told from what differs in any file', async () => {
    const { fingerprint } = await read();
    expect((await read()).fingerprint).toBe(fingerprint);
    folder.write({ clientCa: [root, intermediate] });
    expect((await read()).fingerprint).not.toBe(fingerprint);
  });

  it('is warned of when its dates are wrong, or it names no host', async () => {
    const [past, future] = [new Date('2020-01-01T00:00:00Z'), new Date('2090-01-01T00:00:00Z')];
    folder.write({ server: root.issue({ notBefore: new Date('2019-01-01'), notAfter: past }) });
    expect((await read()).warnings).toEqual([
      expect.stringMatching(/^listeners\[0\]\.tls\.certificate: .* expired on 2020-01-01T00:00:00\.000Z\.$/),
      expect.stringContaining('no subjectAltName'),
    ]);
    folder.write({ server, clientCa: [makeCa('early', { notBefore: future, notAfter: new Date('2091-01-01') })] });
    expect((await read()).warnings).toEqual([expect.stringMatching(/client_ca: CN=early is valid only from 2090/)]);
  });
});

describe('a file is refused', () => {
  const shell = (command: string) => (path: string) => execFileSync('sh', ['-c', command, 'sh', path]);
  it.each([
    ['key', 'that is absent', shell('rm "$1"'), /cannot be opened: ENOENT/],
    ['key', 'that everybody can read', shell('chmod 604 "$1"'), /defaultMode/],
    ['key', 'that is a pipe', shell('rm "$1" && mkfifo -m 600 "$1"'), /is not a file/],
    ['certificate', 'that is a folder', shell('rm "$1" && mkdir "$1"'), /is not a file/],
    ['client_ca', 'that everybody can write', shell('chmod 646 "$1"'), /chmod o-w/],
    ['client_ca', 'that is too large', shell('truncate -s 300000 "$1"'), /at most 262144/],
  ] as const)('%s %s', async (field, _what, spoil, message) => {
    const path = field === 'client_ca' ? (folder.settings.clients?.ca ?? '') : folder.settings[field];
    spoil(path);
    await expectRefused(field, path, message);
  });
});

describe('a certificate is refused', () => {
  it.each([
    ['that is absent', () => 'no PEM at all', /holds no certificate/],
    ['that is cut off', () => server.certificate.slice(0, -30), /not whole/],
    ['that lacks its end, before another', () => server.certificate.replace('-----END CERTIFICATE-----\n', ''), /not whole/],
    ['that is not one', () => server.certificate.replace(/MII.{20}/, 'AAAA'), /cannot be read/],
    ['behind its authority', () => intermediate.certificate + server.certificate, /not a chain/],
    ['with an authority that is not its own', () => root.issue().certificate + intermediate.certificate, /not a chain/],
    ['together with a key', () => server.certificate + server.key, /holds a PRIVATE KEY/],
  ])('%s', async (_what, text, message) => {
    writeFileSync(folder.settings.certificate, text());
    await expectRefused('certificate', folder.settings.certificate, message);
  });

  it('whose key is too short for OpenSSL', async () => {
    folder.write({ server: root.issue({ keyType: 'rsa-1024' }) });
    await expect(read()).rejects.toThrow(/^listeners\[0\]\.tls: OpenSSL does not take these files: .*key too small/);
  });
});

describe('a key is refused', () => {
  const encrypt = (...args: string[]) =>
    execFileSync('openssl', args, { input: server.key, encoding: 'utf8', stdio: ['pipe', 'pipe', 'ignore'] });
  it.each([
    ['that is absent', () => server.certificate, /no private key/],
    ['of another certificate', () => root.issue().key, /not the key of the first certificate of the chain: CN=server/],
    ['that is one of two', () => server.key + server.key, /several private keys/],
    ['that is not one', () => server.key.replace(/MIG.{10}/, 'AAAA'), /cannot be read/],
    ['with a passphrase', () => encrypt('pkcs8', '-topk8', '-passout', 'pass:x'), /is encrypted/],
    ['with a passphrase, the old way', () => encrypt('ec', '-aes128', '-passout', 'pass:x'), /is encrypted/],
  ])('%s', async (_what, text, message) => {
    writeFileSync(folder.settings.key, text());
    await expectRefused('key', folder.settings.key, message);
  });
});

describe('a client CA is refused', () => {
  it.each([
    ['that is empty', () => '', /no client could be identified/],
    ['that is cut off', () => root.certificate.slice(0, 200), /not whole/],
    ['that is no authority', () => root.issue({ name: 'alice' }).certificate, /CN=alice is the certificate of no authority/],
    ['without its root', () => intermediate.certificate, /CN=intermediate is an intermediate authority; add its root, CN=root/],
  ])('%s', async (_what, text, message) => {
    writeFileSync(folder.settings.clients?.ca ?? '', text());
    await expectRefused('client_ca', folder.settings.clients?.ca ?? '', message);
  });
});

async function read(): Promise<TlsMaterial> {
  return checkTlsMaterial(await readTlsFiles(folder.settings), folder.settings, Date.now());
}

async function expectRefused(field: string, path: string, message: RegExp): Promise<void> {
  const error: unknown = await read().catch((caught: unknown) => caught);
  if (!(error instanceof StartRefused)) throw new Error(`It was not refused: ${String(error)}`);
  expect(error.message.replace(path, '…')).toMatch(/^listeners\[0\]\.tls\.(certificate|key|client_ca): …[ :]/);
  expect(error.message).toContain(`.${field}: ${path}`);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('BEGIN');
}
