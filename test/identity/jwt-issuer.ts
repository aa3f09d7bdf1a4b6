import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type JWK, exportJWK } from 'jose';
import type { OidcIssuer } from '../../src/identity/oidc-issuer.ts';
import { type JwtKeySource, parseJwks } from '../../src/identity/jwt-keys.ts';

/** When tests of JWTs take place, in seconds since 1970. */
export const second = 1_800_000_000;

/** A key pair of an issuer. */
export interface IssuerKey {
  readonly kid: string;
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
  readonly jwk: JWK;
}

export async function newKey(kid: string): Promise<IssuerKey> {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, privateKey, publicKey, jwk: { ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' } };
}

export const goodClaims = {
  iss: 'https://issuer.example.org',
  aud: 'latchkey',
  sub: 'alice@example.org',
  iat: second - 10,
  exp: second + 300,
} as const;

/** A token with these claims and header fields besides the usual ones; undefined ones are left out. */
export function signed(
  key: IssuerKey,
  claims: Readonly<Record<string, unknown>> = {},
  header: Readonly<Record<string, unknown>> = {},
): string {
  return forged({ alg: 'ES256', kid: key.kid, ...header }, { ...goodClaims, ...claims }, (rest) =>
    sign('sha256', Buffer.from(rest), { key: key.privateKey, dsaEncoding: 'ieee-p1363' }),
  );
}

/** A token whose signature is whatever `sign` makes of the rest. */
export function forged(header: object, claims: object, signature: (rest: string) => Buffer): string {
  const rest = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${rest}.${signature(rest).toString('base64url')}`;
}

/** HS256 with any bytes as the secret. */
export const hmac = (secret: string | Buffer) => (rest: string) => createHmac('sha256', secret).update(rest).digest();

/** Keys that stay as they are. */
export function fixedKeys(...jwks: readonly JWK[]): JwtKeySource {
  const keys = parseJwks(JSON.stringify({ keys: jwks }));
  return { current: () => keys, newer: async () => undefined };
}

export function issuerWith(keys: JwtKeySource, changed: Partial<OidcIssuer> = {}): OidcIssuer {
  return {
    name: 'corp',
    issuer: goodClaims.iss,
    audiences: ['latchkey'],
    algorithms: ['ES256'],
    claims: [],
    nameClaim: 'sub',
    clockSkewSeconds: 60,
    keys,
    ...changed,
  };
}

/** An HTTP server on a free port of this machine. */
export async function serveHttp(answer: RequestListener): Promise<{ readonly url: URL; readonly server: Server; close(): void }> {
  const server = createServer(answer);
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  const { port } = server.address() as AddressInfo;
  return {
    url: new URL(`http://127.0.0.1:${port}/jwks.json`),
    server,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
