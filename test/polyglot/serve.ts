/**
 * A server for clients in other languages. Prints a line each of: its address without TLS, the token of its administrator, its address with
 * TLS where a client's certificate is optional, that where it is required, and the folder of the PEM files that `writeCertificates` makes.
 * Ends when stdin does. Nothing of it remains.
 */
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startServer } from '../e2e/start-server.ts';
import { type Certificate, localhostNames, makeCa, removeCertificates } from '../tls/certificates.ts';

const home = mkdtempSync(join(tmpdir(), 'latchkey-polyglot-'));
const folder = join(home, 'tls');
try {
  writeCertificates();
  writeFileSync(join(home, 'latchkey.yaml'), configuration());
  const env = { LATCHKEY_CONFIG: join(home, 'latchkey.yaml'), LATCHKEY_GRPC_ADDRESS: '' };
  const server = await startServer({ home, env });
  const [plaintext, optional, required] = server.addresses;
  process.stdout.write([plaintext, server.token, optional, required, folder, ''].join('\n'));
  process.stdin.resume();
  await once(process.stdin, 'end');
  await server.stop();
} finally {
  rmSync(home, { recursive: true });
}

/** Two authorities, `servers.pem` and `clients.pem`, and certificates with their keys, `<name>.pem` and `<name>.key`. */
function writeCertificates(): void {
  mkdirSync(folder);
  const servers = makeCa('servers');
  const clients = makeCa('clients');
  write('servers.pem', servers.certificate);
  write('clients.pem', clients.certificate);
  writeCertificate('server', servers.issue({ san: [...localhostNames], usage: 'serverAuth' }));
  writeCertificate('ec', clients.issue({ san: ['URI:spiffe://example.org/orders'], usage: 'clientAuth' }));
  writeCertificate('rsa', clients.issue({ san: ['DNS:db.example.org'], usage: 'clientAuth', keyType: 'rsa' }));
  // Of the same name, since a client keeps back a certificate of an authority that the server does not name.
  const others = makeCa('clients');
  writeCertificate('stranger', others.issue({ san: ['URI:spiffe://example.org/orders'], usage: 'clientAuth' }));
  removeCertificates();
}

function writeCertificate(name: string, { certificate, key }: Certificate): void {
  write(`${name}.pem`, certificate);
  write(`${name}.key`, key);
}

function write(name: string, text: string): void {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
}

function configuration(): string {
  const files = 'certificate: tls/server.pem, key: tls/server.key, min_version: 1.3, client_ca: tls/clients.pem';
  return `
listeners:
  - address: 127.0.0.1:0
  - address: 127.0.0.1:0
    tls: { ${files}, client_certificate: optional }
  - address: 127.0.0.1:0
    tls: { ${files}, client_certificate: required }
`;
}
