import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { loadProtocol } from '../../src/client/protocol.ts';
import { type TlsDoor, openTlsDoor } from '../grpc/tls-door.ts';
import { type Authority, type Certificate, localhostNames, makeCa, removeCertificates } from './certificates.ts';

/** grpcio has TLS and HTTP/2 of its own. */
const { Encrypt } = loadProtocol().crypto;
let authority: Authority;
let door: TlsDoor;

beforeAll(async () => {
  authority = makeCa('authority');
  door = await openTlsDoor({ server: authority.issue({ san: [...localhostNames] }), clientCa: [authority] });
});
afterAll(async () => {
  await door.close();
  removeCertificates();
});

it('calls over mTLS with its certificate', async () => {
  const { code, output } = await call(authority.issue({ name: 'python', san: ['URI:spiffe://example.org/python'] }));
  expect(code).toBe(0);
  expect(Encrypt.responseDeserialize(output).key_arn).toContain(door.keyId);
  const rsa = await call(authority.issue({ name: 'python', keyType: 'rsa' }));
  expect(rsa.code).toBe(0);
});

it('is refused without one, and with one of another authority', async () => {
  expect(await call()).toMatchObject({ code: 1, errors: expect.stringMatching(/UNAVAILABLE\n$/) });
  expect(await call(makeCa('other').issue({ name: 'python' }))).toMatchObject({
    code: 1,
    errors: expect.stringMatching(/UNAVAILABLE\n$/),
  });
});

async function call(identity?: Certificate): Promise<{ code: number | null; output: Buffer; errors: string }> {
  const at = (name: string) => join(door.folder.path, name);
  writeFileSync(at('authority.pem'), authority.certificate);
  if (identity !== undefined) writeFileSync(at('client.pem'), identity.certificate);
  if (identity !== undefined) writeFileSync(at('client.key'), identity.key);
  const own = identity === undefined ? ['', ''] : [at('client.pem'), at('client.key')];
  const script = join(import.meta.dirname, '../python/call_over_tls.py');
  const args = [script, `localhost:${door.port}`, at('authority.pem'), ...own, '/latchkey.v1.CryptoService/Encrypt'];
  const python = spawn(join(import.meta.dirname, '../../build/venv/bin/python3'), args, { stdio: ['pipe', 'pipe', 'pipe'] });
  const ended = once(python, 'close') as Promise<[number | null]>;
  python.stdin.end(Encrypt.requestSerialize({ key_id: door.keyId, plaintext: Buffer.from('x') }));
  const [output, errors, [code]] = await Promise.all([buffer(python.stdout), buffer(python.stderr), ended]);
  return { code, output, errors: errors.toString() };
}
